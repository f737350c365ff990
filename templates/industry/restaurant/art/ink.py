"""The woodblock manner of these pictures: paper, brush strokes of changing width, printed colour with wood grain."""

import math
import random

PAPER, SHADE, WHITE = "#fbf3e4", "#ead9bc", "#fffaee"
INK, WASH, MIST = "#2a1c17", "#75655a", "#cdbb9b"
RED, DEEP, VERMILION = "#9e2a22", "#6b1713", "#c8442e"
OCHRE, GOLD, CREAM = "#b98a3e", "#e7b95a", "#f6dc9c"
BROWN, CARAMEL, DARK = "#6e3a1d", "#b2601f", "#3b231a"
JADE, GREEN, SPROUT = "#5c7a3a", "#3f5f38", "#a9bf78"
BLUE, PALEBLUE, SLATE = "#2f5a80", "#b9cbd0", "#4d5557"


def spline(points, steps=10, closed=False):
    """Catmull-Rom through the points."""
    n = len(points)
    if closed:
        at = lambda i: points[i % n]
        spans = n
    else:
        at = lambda i: points[min(max(i, 0), n - 1)]
        spans = n - 1
    out = []
    for i in range(spans):
        a, b, c, d = at(i - 1), at(i), at(i + 1), at(i + 2)
        for k in range(steps):
            t = k / steps
            out.append(tuple(
                0.5 * (2 * b[j] + (c[j] - a[j]) * t + (2 * a[j] - 5 * b[j] + 4 * c[j] - d[j]) * t * t
                       + (3 * b[j] - a[j] - 3 * c[j] + d[j]) * t ** 3) for j in (0, 1)))
    if not closed:
        out.append(points[-1])
    return out


def d(points, closed=True):
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def fill(points, colour, more=""):
    return f'<path d="{d(points)}" fill="{colour}" {more}/>'


def blob(points, colour, more="", steps=8):
    return fill(spline(points, steps, True), colour, more)


class Ribbon:
    """A body along a spine: maps (t along, s across in -1..1) to the plane."""

    def __init__(self, points, widths, steps=12):
        self.spine = spline(points, steps)
        ws = spline([(i, w) for i, w in enumerate(widths)], 12)
        self.width = lambda t: ws[min(int(t * (len(ws) - 1)), len(ws) - 1)][1]

    def at(self, t, s=0.0):
        n = len(self.spine) - 1
        f = min(max(t, 0), 1) * n
        i = min(int(f), n - 1)
        (x0, y0), (x1, y1) = self.spine[i], self.spine[i + 1]
        x, y = x0 + (x1 - x0) * (f - i), y0 + (y1 - y0) * (f - i)
        (x0, y0), (x1, y1) = self.spine[max(i - 2, 0)], self.spine[min(i + 3, n)]
        length = math.hypot(x1 - x0, y1 - y0) or 1
        w = self.width(t) * s
        return x - (y1 - y0) / length * w, y + (x1 - x0) / length * w

    def outline(self, a=0.0, b=1.0, s=1.0, n=40):
        ts = [a + (b - a) * i / n for i in range(n + 1)]
        return [self.at(t, -s) for t in ts] + [self.at(t, s) for t in reversed(ts)]


def stroke(points, width=5.0, colour=INK, head=0.35, tail=0.05, smooth=True, more=""):
    """One brush stroke: swells after the head, thins to the tail."""
    line = spline(points, 10) if smooth and len(points) > 2 else points
    if len(line) == 2:
        (x0, y0), (x1, y1) = line
        line = [(x0 + (x1 - x0) * k / 12, y0 + (y1 - y0) * k / 12) for k in range(13)]
    n = len(line) - 1
    left, right = [], []
    for i, (x, y) in enumerate(line):
        (x0, y0), (x1, y1) = line[max(i - 1, 0)], line[min(i + 1, n)]
        length = math.hypot(x1 - x0, y1 - y0) or 1
        t = i / n
        w = width / 2 * (head + (1 - head) * math.sin(min(t / 0.35, 1) * math.pi / 2)) \
            * (tail + (1 - tail) * math.sin(min((1 - t) / 0.45, 1) * math.pi / 2))
        nx, ny = -(y1 - y0) / length * w, (x1 - x0) / length * w
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return fill(left + right[::-1], colour, more)


def ring(points, width=4.0, colour=INK):
    """A closed contour drawn in one go, with the brush's swelling."""
    line = points if len(points) > 14 else spline(points, 8, True)
    n = len(line)
    outer, inner = [], []
    for i in range(n + 1):
        (x0, y0), (x, y), (x1, y1) = line[(i - 1) % n], line[i % n], line[(i + 1) % n]
        length = math.hypot(x1 - x0, y1 - y0) or 1
        w = width / 2 * (0.72 + 0.38 * math.sin(i / n * 2 * math.pi * 2 + 1))
        nx, ny = -(y1 - y0) / length * w, (x1 - x0) / length * w
        outer.append((x + nx, y + ny))
        inner.append((x - nx, y - ny))
    return f'<path d="{d(outer)}{d(inner)}" fill="{colour}" fill-rule="evenodd"/>'


def oval(cx, cy, rx, ry, a=0, b=360, n=48, turn=0):
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    out = []
    for i in range(n + (0 if b - a == 360 else 1)):
        t = math.radians(a + (b - a) * i / n)
        x, y = rx * math.cos(t), ry * math.sin(t)
        out.append((cx + x * c - y * s, cy + x * s + y * c))
    return out


def box(x, y, w, h):
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def arc(cx, cy, rx, ry, a, b, width=4, colour=INK, turn=0):
    return stroke(oval(cx, cy, rx, ry, a, b, 30, turn), width, colour, smooth=False, head=.3, tail=.15)


def printed(*parts):
    """Colour from a wood block: grain shows, the block sits a hair off the key lines."""
    return '<g filter="url(#print)" transform="translate(2.5 2)">' + "".join(parts) + "</g>"


def inked(*parts):
    return '<g filter="url(#ink)">' + "".join(parts) + "</g>"


def steam(x, y, h=90, colour=WASH, w=5, flip=1):
    """A curl of steam as block cutters draw clouds: rises in an S and rolls up."""
    f = flip
    return stroke([(x, y), (x + 14 * f, y - h * .25), (x - 8 * f, y - h * .5), (x + 8 * f, y - h * .78),
                   (x + 26 * f, y - h * .84), (x + 30 * f, y - h * .68), (x + 18 * f, y - h * .64)], w, colour, .2, .1)


def plate(cx, cy, rx, ry, depth=22, band=True, colour=WHITE, line=BLUE):
    """Blue-and-white porcelain seen from the seat; returns (colour, lines)."""
    c = [f'<ellipse cx="{cx + 10}" cy="{cy + depth + 10}" rx="{rx * .98}" ry="{ry * .98}" fill="{INK}" opacity=".32"/>',
         fill(oval(cx, cy, rx, ry, 0, 180) + oval(cx, cy + depth, rx * .62, ry * .7, 180, 0), PALEBLUE),
         fill(oval(cx, cy, rx, ry), colour), fill(oval(cx, cy + 3, rx * .78, ry * .76), "#f3ead6")]
    k = [ring(oval(cx, cy, rx, ry), 4.5), arc(cx, cy + depth, rx * .62, ry * .7, 8, 172, 4)]
    if band:
        n = int((rx + ry) / 9)
        for i in range(n):
            t = 2 * math.pi * i / n
            x, y = cx + rx * .885 * math.cos(t), cy + ry * .88 * math.sin(t)
            c.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="6.5" ry="4" fill="{line}" '
                     f'transform="rotate({math.degrees(t) * (1 if i % 2 else 1) + 40:.0f} {x:.1f} {y:.1f})"/>')
        c.append(f'<ellipse cx="{cx}" cy="{cy + 3}" rx="{rx * .78}" ry="{ry * .76}" fill="none" stroke="{line}" stroke-width="2.5"/>')
    return printed(*c), inked(*k)


def bowl(cx, cy, rx, ry, h, foot=.45, colour=WHITE, line=BLUE, motif=True):
    """A deep bowl: outer wall, foot ring, cloud scroll; its opening is the ellipse (cx, cy, rx, ry)."""
    wall = oval(cx, cy, rx, ry, 0, 180, 24)
    low = [(cx - rx, cy), (cx - rx * .93, cy + h * .45), (cx - rx * foot, cy + h), (cx + rx * foot, cy + h),
           (cx + rx * .93, cy + h * .45), (cx + rx, cy)]
    side = spline(low, 8)
    c = [f'<ellipse cx="{cx + 8}" cy="{cy + h + 12}" rx="{rx * .85}" ry="{ry * .62}" fill="{INK}" opacity=".32"/>',
         fill(oval(cx, cy, rx, ry), PALEBLUE), fill(side + wall, colour), fill(spline([(cx, cy + h), (cx + rx * foot, cy + h), (cx + rx * .93, cy + h * .45),
                                                 (cx + rx, cy), (cx + rx * .72, cy + ry * .72), (cx + rx * .55, cy + h * .6)], 8, True), PALEBLUE, 'opacity=".8"'),
         fill(box(cx - rx * foot, cy + h - 3, rx * foot * 2, 14), PALEBLUE)]
    k = [stroke(low[:3], 5), stroke(low[:2:-1], 5), arc(cx, cy + h + 6, rx * foot, 10, 0, 180, 4),
         ring(oval(cx, cy, rx, ry), 5)]
    if motif:
        for i in (-1, 0, 1):
            x, y = cx + i * rx * .42, cy + ry + h * .33 - abs(i) * abs(i) * 5
            k.append(stroke([(x - 20, y + 8), (x - 8, y - 8), (x + 8, y - 4), (x + 4, y + 6), (x - 3, y + 2)], 4.5, line))
            k.append(stroke([(x - 4, y + 12), (x + 12, y + 13), (x + 24, y + 5)], 4, line))
        k.append(arc(cx, cy + 9, rx * .98, ry, 10, 170, 3, line))
    return printed(*c), inked(*k)


def leaf(x, y, length, angle, colour=JADE, w=.22):
    a = math.radians(angle)
    at = lambda u, v: (x + u * length * math.cos(a) - v * length * math.sin(a), y + u * length * math.sin(a) + v * length * math.cos(a))
    return fill(spline([at(0, 0), at(.35, -w), at(1, 0), at(.35, w)], 6, True), colour)


def parsley(x, y, size=16, rnd=None):
    """A sprig of coriander."""
    out = [stroke([(x, y + size), (x, y)], 3, GREEN)]
    for a in (-150, -110, -70, -30):
        out.append(leaf(x, y, size, a, JADE if a % 20 else GREEN, .35))
    return "".join(out)


def chopsticks(x0, y0, x1, y1, gap=9, colour=BROWN):
    a = math.atan2(y1 - y0, x1 - x0) + math.pi / 2
    out = []
    for k in (-1, 1):
        ox, oy = math.cos(a) * gap * k, math.sin(a) * gap * k
        thick = [(x0 + ox * 1.5 - 5 * math.cos(a), y0 + oy * 1.5 - 5 * math.sin(a)), (x0 + ox * 1.5 + 5 * math.cos(a), y0 + oy * 1.5 + 5 * math.sin(a)),
                 (x1 + ox * .6 + 2.4 * math.cos(a), y1 + oy * .6 + 2.4 * math.sin(a)), (x1 + ox * .6 - 2.4 * math.cos(a), y1 + oy * .6 - 2.4 * math.sin(a))]
        mid = [(thick[0][0] * .72 + thick[3][0] * .28, thick[0][1] * .72 + thick[3][1] * .28), (thick[1][0] * .72 + thick[2][0] * .28, thick[1][1] * .72 + thick[2][1] * .28)]
        out += [fill(thick, colour), fill([thick[0], thick[1], mid[1], mid[0]], RED if colour != RED else DEEP), f'<path d="{d(thick)}" fill="none" stroke="{INK}" stroke-width="2"/>']
    return inked(*out)


def table(y, colour=RED, dark=DEEP, w=640, h=480):
    """A lacquered table top with its grain and front edge."""
    rnd = random.Random(y)
    c = [fill(box(-30, y, w + 60, h - y + 30), colour)]
    k = [stroke([(-30, y), (w * .5, y - 1.5), (w + 30, y)], 6, INK, .8, .7)]
    for i in range(9):
        yy = y + 18 + i * (h - y) / 9
        x = rnd.randint(-40, w - 200)
        c.append(stroke([(x, yy), (x + 130, yy + rnd.randint(-4, 4)), (x + rnd.randint(240, 420), yy)], 3.5, dark, .1, .1, more='opacity=".7"'))
    return printed(*c) + inked(*k)


def willow(x, y, n=7, spread=22, length=170, seed=1, colour=JADE):
    rnd = random.Random(seed)
    out = []
    for i in range(n):
        x0 = x + i * spread
        ln = length * rnd.uniform(.55, 1)
        sway = rnd.uniform(-14, 10)
        line = spline([(x0 - 10, y), (x0 + 4, y + ln * .35), (x0 + sway, y + ln)], 8)
        out.append(stroke(line, 2.6, GREEN, smooth=False))
        for j in range(3, len(line), 2):
            for f in (65, 118):
                out.append(leaf(*line[j], 19, f + rnd.randint(-8, 8), colour if rnd.random() < .75 else SPROUT, .15))
    return "".join(out)


BLEED = 8        # drawn beyond the trimmed edge, so that the roughened edge falls away


def page(body, w=640, h=480, sky=PAPER, low=SHADE, grain=True):
    worn = "0.84 1 1" if grain else "1 1 1"
    b = BLEED
    return f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-b} {-b} {w + 2 * b} {h + 2 * b}" width="{w + 2 * b}" height="{h + 2 * b}">
<defs>
<linearGradient id="paper" x1="0" y1="0" x2="0" y2="1"><stop offset=".3" stop-color="{sky}"/><stop offset="1" stop-color="{low}"/></linearGradient>
<filter id="ink" x="-5%" y="-5%" width="110%" height="110%"><feTurbulence type="fractalNoise" baseFrequency="0.05" numOctaves="1" seed="4" result="n"/><feDisplacementMap in="SourceGraphic" in2="n" scale="5" xChannelSelector="R" yChannelSelector="G"/></filter>
<filter id="print" x="-5%" y="-5%" width="110%" height="110%"><feTurbulence type="fractalNoise" baseFrequency="0.03" numOctaves="1" seed="9" result="n"/><feDisplacementMap in="SourceGraphic" in2="n" scale="5" xChannelSelector="R" yChannelSelector="G" result="s"/><feTurbulence type="fractalNoise" baseFrequency="0.006 0.16" numOctaves="2" seed="21"/><feColorMatrix type="matrix" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -9 6.7" result="g"/><feComponentTransfer in="g" result="g2"><feFuncA type="discrete" tableValues="{worn}"/></feComponentTransfer><feComposite in="s" in2="g2" operator="in"/></filter>
</defs>
<rect x="{-b}" y="{-b}" width="{w + 2 * b}" height="{h + 2 * b}" fill="url(#paper)"/>
{body}
</svg>
'''
