"""The flat manner of these pictures: level lines, plain shapes, one low sun on the left, long shadows to the right."""

import math

TEAL, DEEP, NIGHT, MIST = "#1f6468", "#123f45", "#0e2d33", "#dce9e6"
SAND, WOOD, DAWN, REED, LINEN = "#efe6d8", "#b79b77", "#e7b48b", "#8aa88f", "#faf7f1"
DUNE, BARK, LAMP, CLAY, AQUA, PALE = "#dccbb0", "#7d6248", "#f8d38a", "#c9825c", "#3f8a8b", "#9fc4bf"


def pts(points):
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def poly(points, colour, more=""):
    return f'<polygon points="{pts(points)}" fill="{colour}" {more}/>'


def rect(x, y, w, h, colour, r=0, more=""):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{r}" fill="{colour}" {more}/>'


def circ(x, y, r, colour, more=""):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}" {more}/>'


def oval(x, y, rx, ry, colour, more=""):
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{colour}" {more}/>'


def path(data, colour, more=""):
    return f'<path d="{data}" fill="{colour}" {more}/>'


def line(data, colour, width=3, more=""):
    return f'<path d="{data}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round" {more}/>'


def group(body, more=""):
    return f"<g {more}>{body}</g>"


def hull(points):
    points = sorted(set(points))
    out = []
    for run in (points, points[::-1]):
        part = []
        for p in run:
            while len(part) > 1 and (part[-1][0] - part[-2][0]) * (p[1] - part[-2][1]) <= (part[-1][1] - part[-2][1]) * (p[0] - part[-2][0]):
                part.pop()
            part.append(p)
        out += part[:-1]
    return out


def shadow(points, dx=90, dy=34, colour=NIGHT, opacity=.22):
    """The long shadow of a convex shape."""
    return poly(hull(list(points) + [(x + dx, y + dy) for x, y in points]), colour, f'opacity="{opacity}"')


def corners(x, y, w, h):
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def disc(x, y, rx, ry=None, n=28):
    return [(x + rx * math.cos(i * 2 * math.pi / n), y + (ry or rx) * math.sin(i * 2 * math.pi / n)) for i in range(n)]


def bands(x, y, w, h, colours):
    """A sky or a wall of light in level bands."""
    step = h / len(colours)
    return "".join(rect(x, y + i * step, w, step + 1, c) for i, c in enumerate(colours))


DUSK = ["#2d7276", "#4b8783", "#7ba293", "#aebb9f", "#d8c5a0", "#e9bd93"]


def hills(y, w, colours=("#6f9c93", "#4a8683", "#2c6f71"), height=70):
    out = []
    for i, c in enumerate(colours):
        base, amp, shift = y, height * (1 - i * .28), i * 137
        d = f"M{-20} {base}"
        for x in range(-20, w + 41, 20):
            v = math.sin((x + shift) / 97) + .6 * math.sin((x + shift) / 43 + i) + .4 * math.sin((x + shift) / 201)
            d += f"L{x} {base - amp * (.55 + .28 * v):.1f}"
        out.append(path(d + f"L{w + 40} {base}Z", c))
    return "".join(out)


def roof(cx, top, bottom, half_top, half, colour=DEEP, lit="#1b555a", rows=14):
    up = 12
    d = f"M{cx - half_top} {top}Q{cx - half * .8} {bottom - up} {cx - half} {bottom - up}L{cx - half} {bottom - up + 7}Q{cx} {bottom + 10} {cx + half} {bottom - up + 7}L{cx + half} {bottom - up}Q{cx + half * .8} {bottom - up} {cx + half_top} {top}Z"
    out = path(d, colour) + path(f"M{cx - half_top} {top}Q{cx - half * .8} {bottom - up} {cx - half} {bottom - up}L{cx - half} {bottom - up + 7}Q{cx - half * .5} {bottom + 1} {cx} {bottom - 1}L{cx} {top}Z", lit)
    for i in range(1, rows):
        u = -1 + 2 * i / rows
        out += line(f"M{cx + u * half_top:.1f} {top + 4}Q{cx + u * half * .72:.1f} {top + (bottom - top) * .6:.1f} {cx + u * half * .96:.1f} {bottom - 4 - 8 * u * u:.1f}", NIGHT, 2, 'opacity=".45"')
    return out + rect(cx - half_top - 8, top - 8, half_top * 2 + 16, 10, NIGHT, 3)


def lattice(x, y, w, h, light=LAMP, frame=DEEP, cols=3, rows=4, bar=3):
    out = rect(x, y, w, h, light) + rect(x, y + h * .5, w, h * .5, "#fbe2ae", 0, 'opacity=".6"')
    for i in range(1, cols):
        out += rect(x + w * i / cols - bar / 2, y, bar, h, frame)
    for j in range(1, rows):
        out += rect(x, y + h * j / rows - bar / 2, w, bar, frame)
    return out + f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="none" stroke="{frame}" stroke-width="{bar * 2}"/>'


def lantern(x, y, s=1.0, cord=30):
    return (rect(x - 1, y - cord, 2, cord, NIGHT) + circ(x, y, 34 * s, LAMP, 'opacity=".22"') + oval(x, y, 17 * s, 20 * s, CLAY) + oval(x - 3 * s, y, 9 * s, 19 * s, DAWN)
            + rect(x - 9 * s, y - 23 * s, 18 * s, 5 * s, NIGHT) + rect(x - 9 * s, y + 18 * s, 18 * s, 5 * s, NIGHT) + rect(x - 1, y + 22 * s, 2, 16 * s, CLAY))


def willow(x, y, n=9, spread=20, length=190, colour="#5f9385"):
    out = ""
    for i in range(n):
        ln = length * (.62 + .38 * math.sin(i * 2.4 + 1))
        x0, x1 = x + i * spread, x + i * spread + 10 * math.sin(i * 1.7)
        out += line(f"M{x0} {y}Q{x0 + 8} {y + ln * .5} {x1:.0f} {y + ln:.0f}", colour, 3)
        for j in range(2, int(ln / 16)):
            t = j * 16 / ln
            px, py = x0 + (x1 - x0) * t * t + 8 * 2 * t * (1 - t), y + ln * t
            f = 1 if j % 2 else -1
            out += path(f"M{px:.0f} {py:.0f}q{9 * f} 4 {7 * f} 17q{-8 * f} -6 {-7 * f} -17Z", colour)
    return out


def ripples(rows, colour=PALE, opacity=.6):
    return "".join(rect(x, y, w, 3, colour, 1.5, f'opacity="{opacity}"') for x, y, w in rows)


def steam(x, y, h=70, colour=LINEN):
    return line(f"M{x} {y}c-16 {-h * .3:.0f} 16 {-h * .5:.0f} 0 {-h}", colour, 5, 'opacity=".75"')


def page(body, w=640, h=480, ground=SAND):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">\n{rect(0, 0, w, h, ground)}\n{body}\n</svg>\n'
