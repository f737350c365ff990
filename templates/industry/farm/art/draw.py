"""Draws the farm's pictures as SVG: shapes cut from painted paper, laid on kraft. Run in this folder: python3 draw.py

Then, for each: rsvg-convert NAME.svg | pngquant --nofs --quality 60-80 --speed 1 --strip - > ../pictures/NAME.png;
optipng -o4 it. Without dithering the flat paper stays flat and the file small.
"""

import math
import pathlib
import random

LEAF, DARK, KRAFT, DEEP, SOIL = "#3F6B2A", "#27461A", "#E9D7B5", "#C9A26B", "#5B4023"
SUN, BERRY, CREAM, ORANGE, SAGE, MOSS = "#F0B429", "#C9402F", "#FFF9EA", "#E2802B", "#A9B57A", "#6F8F3F"
RUST, WINE, SKY = "#A9532A", "#8C3A3F", "#F3E3BE"


def shade(colour, by):
    """Lighter for a positive share, darker for a negative one."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    aim = 255 if by > 0 else 30
    return "#" + "".join(f"{round(p + (aim - p) * abs(by)):02x}" for p in parts)


class Sheet:
    def __init__(self, seed, width=640, height=480, ground=KRAFT):
        self.random, self.width, self.height = random.Random(seed), width, height
        self.parts, self.shapes = [], 0
        self.parts.append(f'<rect width="{width}" height="{height}" fill="{ground}"/>')
        for _ in range(width * height // 2600):  # the fibres of kraft paper
            x, y, a = self.random.uniform(0, width), self.random.uniform(0, height), self.random.uniform(0, math.pi)
            n = self.random.uniform(4, 13)
            tone = shade(ground, self.random.choice((-0.12, -0.18, 0.35)))
            self.parts.append(
                f'<path d="M{x:.0f} {y:.0f}q{n * math.cos(a):.0f} {n * math.sin(a):.0f} {n * math.cos(a + 1):.0f}'
                f' {n * math.sin(a + 1):.0f}" stroke="{tone}" fill="none" stroke-width="1.3"/>'
            )

    def outline(self, points, smooth=True, facet=15, wobble=0.9):
        """The way scissors go: a smooth line taken in short straight snips."""
        line = []
        count = len(points)
        for i in range(count):
            p0, p1, p2, p3 = (points[(i + k) % count] for k in (-1, 0, 1, 2))
            length = math.dist(p1, p2)
            steps = max(1, round(length / facet))
            for s in range(steps):
                t = s / steps
                if smooth:
                    x, y = (
                        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                        for a, b, c, d in zip(p0, p1, p2, p3)
                    )
                else:
                    x, y = (b + (c - b) * t for b, c in zip(p1, p2))
                line.append((x + self.random.uniform(-wobble, wobble), y + self.random.uniform(-wobble, wobble)))
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) + "z", line

    def cut(self, points, fill, smooth=True, lift=5, brush=0.5, angle=-0.5, tones=None, facet=15, wobble=0.9):
        """One piece of painted paper: its shadow, its bright edge, its face and the brush marks on it."""
        d, line = self.outline(points, smooth, facet, wobble)
        self.shapes += 1
        shape = f"s{self.shapes}"
        if lift:
            self.parts.append(
                f'<defs><path id="{shape}" d="{d}"/></defs>'
                f'<use href="#{shape}" transform="translate({lift * .7:.1f} {lift})" fill="{SOIL}" opacity=".30"/>'
                f'<use href="#{shape}" transform="translate(-.9 -1.3)" fill="{shade(fill, .38)}"/>'
                f'<use href="#{shape}" fill="{fill}"/>'
            )
        else:
            self.parts.append(f'<path id="{shape}" d="{d}" fill="{fill}"/>')
        if brush:
            self.brush(shape, line, fill, brush, angle, tones)

    def brush(self, shape, line, fill, amount, angle, tones):
        xs, ys = [p[0] for p in line], [p[1] for p in line]
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        strokes = {}
        tones = tones or (shade(fill, 0.16), shade(fill, -0.16), shade(fill, 0.1))
        for _ in range(int(3 + amount * (right - left) * (bottom - top) / 900)):
            x, y = self.random.uniform(left, right), self.random.uniform(top, bottom)
            n, a = self.random.uniform(14, 44), angle + self.random.uniform(-0.22, 0.22)
            # the low right side gets the darker strokes, so that the piece reads as round
            side = ((x - left) / (right - left + 1) + (y - top) / (bottom - top + 1)) / 2 + self.random.uniform(-0.3, 0.3)
            tone = tones[1] if side > 0.6 else tones[0] if side < 0.42 else tones[2]
            width = self.random.choice((1.5, 2.5, 4))
            mark = f"M{x:.0f} {y:.0f}l{n * math.cos(a):.0f} {n * math.sin(a):.0f}"
            strokes[tone, width] = strokes.get((tone, width), "") + mark
        marks = "".join(f'<path d="{d}" stroke="{tone}" stroke-width="{width}"/>' for (tone, width), d in strokes.items())
        self.parts.append(f'<clipPath id="c{shape}"><use href="#{shape}"/></clipPath><g clip-path="url(#c{shape})">{marks}</g>')

    def blob(self, x, y, rx, ry, fill, turn=0.0, **how):
        points = []
        for i in range(10):
            a = i * math.tau / 10
            k = 1 + self.random.uniform(-0.03, 0.03)
            px, py = rx * k * math.cos(a), ry * k * math.sin(a)
            points.append((x + px * math.cos(turn) - py * math.sin(turn), y + px * math.sin(turn) + py * math.cos(turn)))
        self.cut(points, fill, **how)

    def leaf(self, x, y, length, degrees, fill=LEAF, wide=0.27, lift=4, teeth=0):
        a = math.radians(degrees)
        side = [(0.0, 0.0), (0.22, wide * 0.8), (0.5, wide), (0.78, wide * 0.62), (1.0, 0.0)]
        shape = side + [(u, -v) for u, v in side[-2:0:-1]]

        def put(u, v):
            return (x + length * (u * math.cos(a) - v * math.sin(a)), y + length * (u * math.sin(a) + v * math.cos(a)))

        self.cut([put(u, v) for u, v in shape], fill, lift=lift, brush=0.5, angle=a + 0.5, facet=11)
        vein = "".join(
            "M{:.0f} {:.0f}L{:.0f} {:.0f}".format(*put(u, 0), *put(u + 0.16, s * wide * 0.62))
            for u in (0.2, 0.4, 0.6) for s in (-1, 1)
        )
        self.line("M{:.0f} {:.0f}L{:.0f} {:.0f}".format(*put(0, 0), *put(0.9, 0)) + vein, shade(fill, 0.34), max(1.6, length / 42))

    def line(self, d, colour, width, extra=""):
        self.parts.append(f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" {extra}/>')

    def dots(self, box, count, colour, size=2.6):
        """Specks flicked from the brush."""
        x0, y0, x1, y1 = box
        for _ in range(count):
            x, y, r = self.random.uniform(x0, x1), self.random.uniform(y0, y1), self.random.uniform(0.6, 1) * size
            self.parts.append(f'<path d="M{x:.0f} {y - r:.1f}l{r:.1f} {r:.1f}l{-r:.1f} {r:.1f}l{-r:.1f} {-r:.1f}z" fill="{colour}"/>')

    def text(self):
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} '
            f'{self.height}">{"".join(self.parts)}</svg>\n'
        )


def rect(x, y, w, h, slant=0):
    return [(x, y), (x + w, y), (x + w - slant, y + h), (x + slant, y + h)]


def mat(s, fill, margin=30):
    """The big torn sheet under the subject."""
    r, w, h = s.random, s.width, s.height
    points = [(margin + (w - 2 * margin) * i / 6, margin + r.uniform(-8, 8)) for i in range(7)]
    points += [(w - margin + r.uniform(-8, 8), margin + (h - 2 * margin) * i / 5) for i in range(1, 5)]
    points += [(w - margin - (w - 2 * margin) * i / 6, h - margin + r.uniform(-8, 8)) for i in range(7)]
    points += [(margin + r.uniform(-8, 8), h - margin - (h - 2 * margin) * i / 5) for i in range(1, 5)]
    s.cut(points, fill, smooth=False, lift=4, brush=0.18, angle=0.1, facet=26, wobble=2)


def table(s, fill, y=352):
    s.cut([(-20, y), (160, y - 7), (360, y + 4), (660, y - 5), (660, 500), (-20, 500)], fill, smooth=False, brush=0.22, angle=0.03, lift=-3, facet=40, wobble=1.5)


def tree(s, x, y, size, crown, fruit=None):
    s.cut([(x - 7 * size, y), (x - 4 * size, y - 40 * size), (x + 4 * size, y - 40 * size), (x + 8 * size, y)], SOIL, smooth=False, lift=2, brush=0)
    s.blob(x, y - 66 * size, 36 * size, 38 * size, crown, lift=3, brush=0.6, facet=9)
    if fruit:
        for dx, dy in ((-16, -80), (8, -88), (18, -62), (-8, -56), (-22, -58), (4, -70)):
            s.blob(x + dx * size, y + dy * size, 5 * size, 5 * size, fruit, lift=1.5, brush=0, facet=4, wobble=0.4)


def persimmon(s, x, y, r, fill=ORANGE):
    s.cut(
        [(x, y - r * 0.78), (x + r * 0.6, y - r * 0.82), (x + r * 1.08, y - r * 0.2), (x + r * 0.92, y + r * 0.5), (x + r * 0.3, y + r * 0.84),
         (x - r * 0.3, y + r * 0.84), (x - r * 0.92, y + r * 0.5), (x - r * 1.08, y - r * 0.2), (x - r * 0.6, y - r * 0.82)],
        fill, lift=r / 11, brush=0.9, angle=1.1, tones=(shade(fill, 0.28), shade(fill, -0.22), SUN),
    )
    for a in (200, 250, 300, 345):
        s.leaf(x, y - r * 0.74, r * 0.56, a - 2, MOSS, wide=0.3, lift=2)
    for a in (25, 155):
        s.leaf(x, y - r * 0.74, r * 0.62, a, LEAF, wide=0.34, lift=2)
    s.cut([(x - r * .07, y - r * .78), (x - r * .05, y - r * 1.04), (x + r * .07, y - r * 1.04), (x + r * .08, y - r * .78)], SOIL, smooth=False, lift=1, brush=0)


def apple(s, x, y, r, fill=BERRY):
    s.cut(
        [(x, y - r * 0.72), (x + r * 0.42, y - r * 0.92), (x + r * 0.94, y - r * 0.5), (x + r * 0.96, y + r * 0.2), (x + r * 0.56, y + r * 0.84),
         (x + r * 0.14, y + r * 0.86), (x - r * 0.14, y + r * 0.86), (x - r * 0.56, y + r * 0.84), (x - r * 0.96, y + r * 0.2), (x - r * 0.94, y - r * 0.5), (x - r * 0.42, y - r * 0.92)],
        fill, lift=r / 11, brush=0.9, angle=1.35, tones=("#E58A4A", shade(fill, -0.26), shade(fill, 0.1)),
    )
    s.cut([(x - r * 0.22, y - r * 0.76), (x + r * 0.02, y - r * 0.66), (x + r * 0.24, y - r * 0.76), (x + r * .02, y - r * .72)], shade(fill, -0.4), lift=0, brush=0, facet=6)
    s.line(f"M{x:.0f} {y - r * .7:.0f}Q{x + 2:.0f} {y - r:.0f} {x + r * .14:.0f} {y - r * 1.16:.0f}", SOIL, r * 0.08)
    s.leaf(x + r * 0.06, y - r * 0.94, r * 0.56, -24, MOSS, lift=2)
    s.cut([(x - r * .66, y - r * .34), (x - r * .5, y - r * .56), (x - r * .44, y - r * .5), (x - r * .58, y - r * .24)], CREAM, lift=0, brush=0, facet=6)


def strawberry(s, x, y, r, degrees=0):
    a = math.radians(degrees)

    def put(u, v):
        return (x + r * (u * math.cos(a) - v * math.sin(a)), y + r * (u * math.sin(a) + v * math.cos(a)))

    s.cut([put(*p) for p in ((0, -0.72), (0.5, -0.76), (0.84, -0.36), (0.72, 0.22), (0.34, 0.84), (0, 1.14), (-0.34, 0.84), (-0.72, 0.22), (-0.84, -0.36), (-0.5, -0.76))],
          BERRY, lift=r / 10, brush=0.8, angle=a + 1.2, tones=("#DE6647", shade(BERRY, -0.24), shade(BERRY, 0.08)))
    for u, v in ((-0.5, -0.26), (-0.16, -0.34), (0.2, -0.3), (0.54, -0.24), (-0.36, 0.06), (0, 0), (0.36, 0.06), (-0.2, 0.38), (0.18, 0.38), (0, 0.7), (-0.56, 0.0)):
        px, py = put(u, v)
        qx, qy = put(u, v + 0.1)
        s.line(f"M{px:.0f} {py:.0f}L{qx:.0f} {qy:.0f}", "#F5D27A", r * 0.055)
    cx, cy = put(0, -0.72)
    for turn in (-175, -140, -90, -40, -5, 25, 155):
        s.leaf(cx, cy, r * (0.5 if turn in (-90, -40, -140) else 0.62), turn + degrees, LEAF if turn % 2 else MOSS, wide=0.22, lift=2)
    hx, hy = put(0.1, -1.34)
    s.line(f"M{cx:.0f} {cy:.0f}L{hx:.0f} {hy:.0f}", MOSS, r * 0.09)


def berry(s, x, y, r):
    s.blob(x, y, r, r * 0.96, BERRY, lift=3, brush=0.8, facet=7, angle=1)
    s.dots((x - r * 0.5, y - r * 0.3, x + r * 0.6, y + r * 0.6), 7, "#F3C9A0", 1.9)
    s.cut([(x - r * .3, y - r * .86), (x - r * .1, y - r * .62), (x, y - r * .95), (x + r * .12, y - r * .62), (x + r * .32, y - r * .84), (x + r * .1, y - r * .42), (x - r * .12, y - r * .44)], SOIL, smooth=False, lift=0, brush=0, facet=30, wobble=0.4)


def egg(s, x, y, rx, ry, fill, turn=0.0):
    s.blob(x, y, rx, ry, fill, turn=turn, lift=3, brush=0.45, angle=0.9, facet=8, wobble=0.5)


def crate(s, x, y, w, h, fruits):
    s.cut(rect(x + 6, y - h * 0.16, w - 12, h * 0.5), shade(SOIL, 0.12), smooth=False, lift=2, brush=0.3, facet=30)
    fruits()
    for i in range(3):
        s.cut(rect(x, y + h * 0.35 * i, w, h * 0.3), shade(DEEP, 0.06 if i % 2 else -0.05), smooth=False, lift=3, brush=0.6, angle=0.04, facet=28, wobble=1.2)
    for px in (x + 6, x + w - 22):
        s.cut(rect(px, y - 4, 16, h + 6), shade(DEEP, -0.16), smooth=False, lift=2, brush=0.3, angle=1.5, facet=30)


def front():
    s = Sheet(11, 960, 540, SKY)
    s.blob(676, 118, 64, 64, SUN, lift=4, brush=0.5)
    for i in range(14):
        a = i * math.tau / 14 + 0.1
        c, d = math.cos(a), math.sin(a)
        s.cut([(676 + 78 * c - 6 * d, 118 + 78 * d + 6 * c), (676 + 78 * c + 6 * d, 118 + 78 * d - 6 * c), (676 + 112 * c, 118 + 112 * d)], SUN, smooth=False, lift=2, brush=0, facet=40, wobble=0.6)
    for x, y, w in ((150, 84, 74), (440, 66, 60), (850, 70, 50)):
        s.cut([(x - w, y + 14), (x - w * .6, y - 6), (x - w * .1, y - 22), (x + w * .4, y - 10), (x + w, y + 12), (x, y + 18)], CREAM, lift=3, brush=0.2)
    s.cut([(-20, 300), (60, 214), (150, 168), (250, 208), (340, 172), (430, 120), (520, 176), (600, 226), (720, 190), (820, 150), (920, 206), (980, 190), (980, 560), (-20, 560)], SAGE, brush=0.3, angle=0.7)
    s.cut([(-20, 286), (100, 264), (220, 232), (330, 262), (460, 236), (580, 272), (700, 246), (830, 226), (980, 268), (980, 560), (-20, 560)], "#C0632D", brush=0.35, angle=0.9, tones=(ORANGE, BERRY, "#D9982F"))
    for i in range(46):
        x = s.random.uniform(10, 950)
        y = 282 + 14 * math.sin(x / 70) + s.random.uniform(-6, 26)
        s.blob(x, y, s.random.uniform(11, 18), s.random.uniform(12, 18), s.random.choice((ORANGE, BERRY, "#D9982F", RUST, MOSS)), lift=2, brush=0, facet=6)
    s.cut([(-20, 340), (160, 306), (330, 322), (520, 300), (700, 322), (860, 304), (980, 322), (980, 560), (-20, 560)], MOSS, brush=0.3, angle=0.2)
    # terraces
    for y, fill in ((352, "#87A04C"), (388, SAGE), (424, "#7C9A45")):
        s.cut([(300, y + 16), (430, y - 4), (600, y - 14), (790, y - 4), (980, y - 20), (980, 560), (260, 560)], fill, lift=4, brush=0.25, angle=-0.1)
        for x in range(330, 960, 34):
            s.blob(x, y + 12 - 14 * math.sin((x - 300) / 220), 9, 8, shade(LEAF, 0.08 if x % 68 else -0.1), lift=1.5, brush=0, facet=5)
    # stone house
    s.cut(rect(560, 258, 150, 86), "#D8C8A4", smooth=False, brush=0.3, angle=0.05, facet=26)
    for x, y, w in ((566, 268, 26), (598, 276, 18), (566, 292, 20), (690, 270, 16), (668, 300, 28), (600, 322, 24), (566, 318, 22), (686, 322, 18), (640, 266, 22)):
        s.cut(rect(x, y, w, 13), shade(DEEP, 0.2), smooth=False, lift=0, brush=0, facet=12, wobble=1.4)
    s.cut([(544, 264), (576, 208), (700, 206), (728, 262)], RUST, smooth=False, lift=5, brush=0.7, angle=1.3, facet=22)
    s.cut(rect(620, 292, 32, 52), SOIL, smooth=False, lift=0, brush=0.4, facet=20)
    s.cut(rect(670, 282, 26, 24), CREAM, smooth=False, lift=0, brush=0, facet=20)
    s.line("M683 282V306M670 294H696", SOIL, 2.5)
    for x, y in ((604, 268), (604, 279), (604, 290), (612, 272), (612, 284), (612, 296)):
        s.blob(x, y, 5, 5.500, ORANGE, lift=1.5, brush=0, facet=4, wobble=0.4)
    tree(s, 752, 350, 0.95, LEAF, BERRY)
    tree(s, 836, 338, 0.8, MOSS, BERRY)
    tree(s, 500, 346, 0.8, "#D9982F")
    tree(s, 910, 350, 0.95, DARK, ORANGE)
    # the path
    s.cut([(640, 344), (600, 392), (500, 440), (430, 560), (560, 560), (592, 450), (640, 396), (662, 344)], KRAFT, lift=3, brush=0.3, angle=2)
    # near ground
    s.cut([(-20, 452), (120, 440), (280, 466), (420, 486), (560, 496), (760, 470), (980, 450), (980, 560), (-20, 560)], DARK, lift=-4, brush=0.3, angle=-0.3, tones=(LEAF, shade(DARK, -0.3), "#32561F"))
    # persimmon tree
    s.cut([(86, 480), (104, 380), (96, 300), (60, 220), (68, 214), (112, 276), (122, 196), (132, 196), (134, 280), (196, 214), (204, 222), (150, 306), (144, 390), (162, 482)], SOIL, smooth=False, lift=5, brush=0.6, angle=1.5, facet=20)
    for x, y, w, h, f in ((56, 206, 66, 52, LEAF), (130, 150, 78, 58, MOSS), (206, 208, 62, 48, LEAF), (128, 232, 58, 40, "#87802F")):
        s.blob(x, y, w, h, f, lift=5, brush=0.5, facet=12)
    for x, y, a in ((24, 186, 200), (84, 120, 240), (150, 104, 300), (236, 178, -30), (252, 228, 20), (34, 246, 160), (120, 190, 90), (182, 166, 40)):
        s.leaf(x, y, 44, a, s.random.choice((MOSS, RUST, LEAF)), lift=3)
    for x, y in ((52, 180), (24, 222), (86, 226), (118, 136), (168, 140), (142, 188), (210, 190), (240, 214), (188, 236), (116, 246), (70, 262)):
        persimmon(s, x, y, 17)
    # crates
    def apples():
        for x in (748, 786, 824, 862):
            apple(s, x, 434, 26)
        for x in (768, 806, 844):
            apple(s, x, 420, 25)

    def oranges():
        for x in (606, 646, 686):
            persimmon(s, x, 454, 24)

    crate(s, 716, 446, 178, 76, apples)
    crate(s, 576, 464, 142, 62, oranges)
    return s


def persimmons():
    s = Sheet(21)
    mat(s, "#F4E4C0")
    s.cut([(-10, 96), (120, 108), (260, 84), (400, 96), (520, 74), (652, 84), (652, 98), (520, 92), (400, 114), (260, 102), (120, 126), (-10, 116)], SOIL, smooth=False, lift=5, brush=0.6, angle=0.05, facet=20)
    for x, y, n, a, f in ((90, 110, 120, -48, RUST), (300, 92, 120, -38, MOSS), (470, 86, 126, -24, "#D9982F"), (480, 90, 120, 52, LEAF), (60, 120, 116, 62, MOSS)):
        s.leaf(x, y, n, a, f, wide=0.33)
    for x, y in ((180, 116), (356, 104)):
        s.line(f"M{x} {y}V{y + 70}", SOIL, 7)
    persimmon(s, 180, 254, 92)
    persimmon(s, 356, 238, 88, "#E88F33")
    persimmon(s, 270, 374, 90, "#DB7425")
    persimmon(s, 476, 358, 84)
    return s


def chestnut():
    def nut(x, y, r, turn):
        a = math.radians(turn)

        def put(u, v):
            return (x + r * (u * math.cos(a) - v * math.sin(a)), y + r * (u * math.sin(a) + v * math.cos(a)))

        s.cut([put(*p) for p in ((0, -1.1), (0.32, -0.82), (0.86, -0.3), (0.96, 0.3), (0.6, 0.72), (0, 0.8), (-0.6, 0.72), (-0.96, 0.3), (-0.86, -0.3), (-0.32, -0.82))],
              "#7A3E1F", lift=5, brush=1, angle=a + 1.5, tones=("#A9623A", "#54270F", "#8E4C27"))
        s.cut([put(*p) for p in ((-0.86, 0.36), (-0.4, 0.26), (0, 0.34), (0.4, 0.26), (0.86, 0.36), (0.58, 0.7), (0, 0.78), (-0.58, 0.7))], DEEP, lift=0, brush=0.5, facet=9)
        s.cut([put(*p) for p in ((-0.5, -0.36), (-0.26, -0.62), (-0.2, -0.56), (-0.42, -0.2))], "#D9A077", lift=0, brush=0, facet=7)
        px, py = put(0, -1.06)
        qx, qy = put(0.04, -1.3)
        s.line(f"M{px:.0f} {py:.0f}L{qx:.0f} {qy:.0f}", DEEP, 5)

    s = Sheet(31)
    mat(s, "#DDD3A0")
    for x, y, n, a, f in ((210, 200, 190, 205, LEAF), (230, 140, 180, -112, MOSS), (400, 150, 190, -38, LEAF)):
        s.leaf(x, y, n, a, f, wide=0.2, lift=5)
    # the burr
    spikes = []
    for i in range(64):
        a = i * math.tau / 64
        r = (168 if i % 2 else 132) + s.random.uniform(-8, 8)
        spikes.append((310 + r * 1.06 * math.cos(a), 218 + r * 0.94 * math.sin(a)))
    s.cut(spikes, "#9AA63F", smooth=False, lift=6, brush=0.8, angle=0.8, facet=90, wobble=2)
    for i in range(120):
        a, r = s.random.uniform(0, math.tau), s.random.uniform(94, 150)
        x, y = 310 + r * math.cos(a), 218 + r * 0.9 * math.sin(a)
        s.line(f"M{x:.0f} {y:.0f}l{18 * math.cos(a + .3):.0f} {18 * math.sin(a + .3):.0f}", s.random.choice(("#C8CC6A", DARK, MOSS)), 2.4)
    s.blob(310, 222, 104, 86, CREAM, lift=0, brush=0.4)
    nut(258, 232, 62, -16)
    nut(364, 232, 62, 16)
    nut(310, 216, 64, 0)
    nut(132, 392, 52, -36)
    nut(470, 404, 56, 22)
    nut(546, 372, 46, 64)
    return s


def apples():
    s = Sheet(41)
    mat(s, "#EFE0B4")
    table(s, "#B98C52")
    s.leaf(430, 180, 150, -30, LEAF)
    s.leaf(180, 190, 130, 205, MOSS)
    apple(s, 236, 214, 96, "#C9402F")
    apple(s, 412, 220, 92, "#B83A2C")
    # half an apple
    apple_half = [(322, 282), (372, 262), (424, 300), (424, 372), (384, 428), (322, 432), (260, 428), (220, 372), (220, 300), (272, 262)]
    s.cut(apple_half, BERRY, lift=7, brush=0)
    s.cut([(322 + (x - 322) * 0.9, 350 + (y - 350) * 0.9) for x, y in apple_half], "#F8E9BC", lift=0, brush=0.5, angle=1.4)
    s.cut([(322, 306), (358, 330), (356, 372), (322, 398), (288, 372), (286, 330)], "#EFD796", lift=0, brush=0, facet=12)
    for x, t in ((306, 0.25), (338, -0.25)):
        s.cut([(x, 330), (x + 9, 352), (x, 374), (x - 9, 352)], SOIL, lift=1, brush=0, facet=8)
    s.line("M322 280Q324 258 334 244", SOIL, 7)
    apple(s, 534, 354, 66, "#D65A38")
    apple(s, 108, 360, 62, "#C9402F")
    return s


def strawberries():
    s = Sheet(51)
    mat(s, "#F7EBCF")
    for x, y, n, a, f in ((320, 130, 150, -150, LEAF), (320, 130, 150, -95, MOSS), (320, 130, 150, -35, LEAF), (470, 160, 120, 10, MOSS), (170, 170, 110, 170, LEAF)):
        s.leaf(x, y, n, a, f, wide=0.36, lift=5)
    for i in range(5):
        a = i * math.tau / 5 - 0.4
        s.blob(500 + 30 * math.cos(a), 118 + 30 * math.sin(a), 24, 20, CREAM, turn=a, lift=3, brush=0.2, facet=8)
    s.blob(500, 118, 16, 16, SUN, lift=2, brush=0.6, facet=5)
    strawberry(s, 190, 232, 84, 14)
    strawberry(s, 462, 262, 86, -16)
    strawberry(s, 326, 254, 100, 2)
    strawberry(s, 232, 368, 62, 24)
    strawberry(s, 414, 382, 58, -30)
    return s


def hawthorn():
    s = Sheet(61)
    mat(s, "#E4DDB0")
    s.line("M40 70Q180 110 300 104T600 60", SOIL, 10)
    for x, y, n, a, f in ((110, 94, 110, -60, LEAF), (250, 108, 120, -100, MOSS), (420, 96, 116, -48, RUST), (540, 80, 110, 40, LEAF), (90, 96, 100, 100, MOSS)):
        s.leaf(x, y, n, a, f, wide=0.36)
    for x, y, px in ((150, 200, 190), (206, 232, 200), (256, 190, 220), (318, 226, 330), (372, 184, 350), (420, 230, 400), (180, 282, 200), (278, 268, 300), (352, 276, 380), (120, 256, 150)):
        s.line(f"M{px} 106Q{(px + x) // 2} 140 {x} {y - 30}", MOSS, 4)
        berry(s, x, y, 33)
    # two sugared sticks
    for x, y, a in ((300, 420, -0.16), (340, 372, -0.26)):
        c, d = math.cos(a), math.sin(a)
        s.line(f"M{x - 190 * c:.0f} {y - 190 * d:.0f}L{x + 250 * c:.0f} {y + 250 * d:.0f}", shade(DEEP, 0.2), 8)
        for i in range(6):
            px, py = x + (i * 46 - 40) * c, y + (i * 46 - 40) * d
            s.blob(px, py, 25, 25, "#D4442E", lift=3, brush=0.5, facet=7)
            s.line(f"M{px - 12:.0f} {py - 8:.0f}q4 -9 13 -10", CREAM, 4)
    return s


def potato():
    def tuber(points, fill=WINE):
        s.cut(points, fill, lift=7, brush=0.8, angle=0.1, tones=(shade(fill, 0.24), shade(fill, -0.24), "#A3504A"))

    s = Sheet(71)
    mat(s, "#E8DCB0")
    table(s, SOIL, 366)
    s.line("M30 120Q200 60 330 130T600 96", MOSS, 7)
    for x, y, a, f in ((90, 100, -70, LEAF), (190, 88, 60, MOSS), (250, 96, -50, LEAF), (360, 134, 70, LEAF), (430, 142, -60, MOSS), (520, 122, 40, LEAF), (580, 100, -80, MOSS)):
        s.leaf(x, y, 84, a, f, wide=0.44)
    tuber([(60, 252), (130, 196), (250, 182), (350, 204), (400, 236), (340, 282), (220, 304), (110, 296)])
    tuber([(306, 262), (390, 198), (500, 200), (590, 246), (560, 296), (450, 318), (350, 306)], "#7C3238")
    tuber([(150, 344), (250, 292), (390, 292), (470, 336), (420, 392), (280, 414), (180, 396)], "#96454A")
    # cut one
    tuber([(396, 360), (440, 316), (520, 318), (580, 352), (574, 404), (500, 434), (426, 420)])
    s.blob(468, 378, 60, 52, "#F0A63A", turn=0.3, lift=2, brush=0.9, angle=0.4, tones=(SUN, ORANGE, "#F5BE5E"))
    s.blob(468, 378, 34, 29, "#F5BE5E", turn=0.3, lift=0, brush=0.6)
    for x, y in ((140, 250), (230, 222), (300, 250), (420, 246), (500, 240), (236, 360), (330, 340), (380, 372)):
        s.line(f"M{x} {y}q12 -6 26 1", shade(WINE, -0.4), 3)
    s.line("M62 252Q40 252 24 268M588 248Q606 250 620 240M152 346Q130 352 112 370", WINE, 5)
    return s


def cabbage():
    s = Sheet(81)
    mat(s, "#EBDDAE")
    table(s, "#B98C52", 386)

    def head(x, y, k, seed):
        def at(points):
            return [(x + u * k, y + v * k) for u, v in points]

        for points, fill in (
            ([(-20, -150), (-70, -196), (-128, -150), (-134, -60), (-104, 60), (-40, 130), (10, 40)], "#6F9440"),
            ([(20, -150), (70, -200), (130, -150), (136, -60), (106, 60), (40, 130), (-10, 40)], "#7FA34A"),
            ([(-60, -120), (-30, -196), (10, -210), (50, -190), (74, -120), (60, 60), (-50, 60)], "#B9CB73"),
            ([(-30, -90), (-90, -150), (-118, -80), (-104, 30), (-60, 118), (10, 140), (24, 20)], "#95B556"),
            ([(30, -90), (92, -150), (120, -80), (106, 30), (62, 118), (-6, 140), (-20, 20)], "#A3BF62"),
        ):
            s.cut(at(points), fill, lift=5, brush=0.6, angle=1.4)
        for points in (
            [(-74, -90), (-60, -96), (-24, 0), (0, 90), (2, 146), (-40, 138), (-62, 70), (-74, -10)],
            [(74, -90), (62, -96), (30, 0), (6, 90), (2, 146), (42, 138), (64, 70), (76, -10)],
        ):
            s.cut(at(points), "#F6F0D6", lift=3, brush=0.5, angle=1.5)
        s.cut(at([(-34, -120), (0, -150), (34, -120), (30, -20), (14, 100), (0, 146), (-14, 100), (-30, -20)]), "#FBF6E2", lift=4, brush=0.5, angle=1.5)
        s.cut(at([(-40, -124), (-16, -176), (6, -160), (26, -180), (44, -124), (20, -70), (0, -50), (-22, -70)]), "#CBD98A", lift=3, brush=0.6, angle=1.4)
        for u, v, w in ((-92, -60, -40), (92, -60, 40), (-88, 0, -40), (90, 4, 38), (-10, -96, -6), (14, -90, 8)):
            s.line(f"M{x + u * k:.0f} {y + v * k:.0f}Q{x + (u + w) * .42 * k:.0f} {y + (v + 34) * k:.0f} {x + w * k:.0f} {y + (v + 50) * k:.0f}", "#DDE7AE", 3)

    head(452, 250, 0.98, 1)
    head(232, 268, 1.12, 2)
    # scallions lying in front
    for i, y in enumerate((414, 430, 444)):
        s.cut([(70, y), (300, y - 8), (306, y + 8), (70, y + 12)], "#F8F3DC", smooth=False, lift=3, brush=0.5, angle=0, facet=30)
        s.cut([(296, y - 9), (420, y - 14), (600, y - 34 + i * 14), (430, y + 4), (300, y + 9)], LEAF if i % 2 else MOSS, smooth=False, lift=3, brush=0.6, angle=0, facet=30)
        s.line(f"M70 {y + 4}l-22 -8M70 {y + 6}l-26 2M70 {y + 8}l-20 10", DEEP, 2.5)
    return s


def eggs():
    s = Sheet(91)
    mat(s, "#DDD9A6")
    table(s, "#A98147", 372)
    # hen
    s.cut([(392, 214), (420, 150), (452, 128), (470, 96), (510, 88), (536, 116), (540, 160), (564, 214), (566, 290), (520, 352), (430, 362), (350, 334), (300, 270), (272, 190), (300, 176), (340, 206)],
          RUST, lift=7, brush=0.9, angle=0.6, tones=(ORANGE, "#74331A", "#BE6A35"))
    s.cut([(372, 236), (440, 226), (492, 262), (470, 318), (400, 326), (350, 286)], "#8B4222", lift=4, brush=0.9, angle=0.4, tones=("#BE6A35", "#5E2812", ORANGE))
    s.line("M378 276q40 28 84 12M392 254q36 22 80 10M392 300q30 18 62 8", "#E3A15C", 4)
    s.cut([(470, 98), (466, 64), (484, 74), (494, 48), (508, 72), (528, 58), (528, 92), (510, 88)], BERRY, smooth=False, lift=3, brush=0.4, facet=14)
    s.cut([(534, 118), (572, 128), (538, 142)], SUN, smooth=False, lift=3, brush=0, facet=20)
    s.cut([(530, 144), (544, 160), (536, 182), (522, 166)], BERRY, lift=3, brush=0, facet=9)
    s.blob(512, 118, 9, 9, CREAM, lift=0, brush=0, facet=5)
    s.blob(513, 118, 5, 5, "#2A1C10", lift=0, brush=0, facet=4, wobble=0.3)
    s.cut([(276, 190), (232, 130), (270, 140), (266, 96), (300, 136), (312, 100), (330, 190), (300, 240)], "#74331A", smooth=False, lift=5, brush=0.8, angle=1, facet=20)
    s.line("M450 358v38m0 0l-18 14m18 -14l4 18m-4 -18l20 10M490 350v40m0 0l-16 14m16 -14l6 18m-6 -18l20 8", "#D9982F", 7)
    # basket of eggs
    s.blob(194, 330, 132, 40, SOIL, lift=4, brush=0.4)
    for x, y, f, t in ((104, 308, "#E9C59A", 0.3), (152, 288, CREAM, -0.2), (204, 280, "#E3B587", 0.1), (254, 292, "#F2DDBB", 0.3), (292, 314, "#E3B587", -0.3), (130, 322, "#F2DDBB", 0.2), (182, 316, "#E9C59A", -0.3), (236, 320, CREAM, 0.2)):
        egg(s, x, y, 27, 35, f, t)
    s.cut([(56, 326), (194, 356), (332, 326), (304, 434), (194, 452), (84, 434)], DEEP, smooth=False, lift=6, brush=0.4, angle=0.1)
    for i in range(5):
        y = 346 + i * 20
        s.line(f"M{64 + i * 5} {y - 8}Q194 {y + 26} {326 - i * 5} {y - 8}", shade(SOIL, 0.1) if i % 2 else "#A57A41", 6, 'stroke-dasharray="22 9"')
    s.line("M58 328Q194 360 330 328", SOIL, 9)
    return s


def honey():
    s = Sheet(101)
    mat(s, "#F5E3AE")
    table(s, "#A9783F", 376)
    # comb
    for row in range(4):
        for column in range(4 - row % 2):
            x, y = 420 + column * 56 + row % 2 * 28, 92 + row * 48
            if (row, column) in ((0, 0), (3, 0), (3, 1)):
                continue
            hexagon = [(x + 30 * math.sin(i * math.pi / 3), y + 30 * math.cos(i * math.pi / 3)) for i in range(6)]
            s.cut(hexagon, "#D98E1F", smooth=False, lift=4, brush=0, facet=40)
            s.cut([(x + (a - x) * 0.74, y + (b - y) * 0.74) for a, b in hexagon], s.random.choice((SUN, "#F6C955", "#E8A52A")), smooth=False, lift=0, brush=0.6, facet=40)
    # jar
    s.cut([(118, 190), (126, 166), (300, 166), (308, 190), (330, 220), (334, 400), (312, 428), (114, 428), (92, 400), (96, 220)], "#E9A227", lift=8, brush=0.7, angle=1.5, tones=("#F8CB52", "#C57A14", SUN))
    s.cut([(104, 118), (322, 116), (326, 168), (100, 170)], LEAF, smooth=False, lift=5, brush=0.6, angle=0.1, facet=22)
    s.line("M112 142H316", "#7E9C55", 4, 'stroke-dasharray="12 8"')
    s.cut([(126, 262), (302, 258), (306, 370), (122, 374)], CREAM, smooth=False, lift=3, brush=0.2, facet=18, wobble=1.5)
    for i in range(6):
        a = i * math.pi / 3 + 0.5
        s.leaf(214 + 8 * math.cos(a), 316 + 8 * math.sin(a), 38, math.degrees(a), "#9B6FA0" if i % 2 else "#B48AB5", wide=0.36, lift=1)
    s.blob(214, 316, 10, 10, SUN, lift=1, brush=0, facet=5)
    s.cut([(112, 214), (122, 206), (126, 300), (114, 320)], "#FBE3A0", lift=0, brush=0)
    # dipper and pool
    s.cut([(352, 424), (420, 404), (520, 408), (580, 428), (520, 448), (410, 450)], SUN, lift=4, brush=0.6, angle=0)
    s.cut([(448, 372), (604, 256), (612, 266), (458, 388)], SOIL, smooth=False, lift=4, brush=0.5, angle=-0.6)
    for i in range(5):
        s.blob(464 - i * 13, 372 + i * 10, 11, 27 - abs(i - 2) * 4, "#B77A35" if i % 2 else "#D6A35C", turn=0.66, lift=3, brush=0.3, facet=8)
    # bee
    s.blob(398, 120, 30, 15, CREAM, turn=-1.2, lift=3, brush=0.1, facet=9)
    s.blob(372, 116, 30, 14, CREAM, turn=-1.9, lift=3, brush=0.1, facet=9)
    s.blob(380, 150, 36, 24, SUN, turn=0.2, lift=4, brush=0.4, facet=8)
    for x in (366, 382, 398):
        s.line(f"M{x} {131 if x == 382 else 134}q-8 18 -4 36", "#2F2413", 8)
    s.blob(348, 144, 15, 15, "#2F2413", lift=3, brush=0, facet=6)
    s.line("M342 134q-8 -14 -18 -14M350 131q-2 -14 -10 -20", "#2F2413", 3)
    s.line("M420 162q40 30 20 60t40 60", "#A9783F", 3, 'stroke-dasharray="3 10"')
    return s


def orchard():
    s = Sheet(111, ground="#F1E2BC")
    s.blob(540, 90, 46, 46, SUN, lift=4, brush=0.5)
    s.cut([(-20, 250), (100, 170), (220, 210), (360, 150), (480, 200), (660, 160), (660, 500), (-20, 500)], SAGE, brush=0.3)
    s.cut([(-20, 300), (140, 270), (320, 290), (500, 262), (660, 290), (660, 500), (-20, 500)], MOSS, brush=0.3, angle=0.1)
    for x in (40, 130, 560, 620):
        tree(s, x, 320 + x % 3 * 6, 0.9, LEAF if x % 4 else DARK, BERRY)
    s.cut([(-20, 380), (200, 360), (420, 380), (660, 356), (660, 500), (-20, 500)], "#8A9A44", lift=-3, brush=0.35, angle=0.05)
    # big tree
    s.cut([(278, 420), (300, 320), (262, 240), (274, 234), (316, 286), (334, 200), (346, 200), (346, 290), (396, 236), (404, 246), (360, 330), (374, 424)], SOIL, smooth=False, lift=5, brush=0.6, angle=1.5, facet=18)
    for x, y, w, h, f in ((220, 170, 92, 72, LEAF), (330, 108, 104, 74, MOSS), (428, 180, 92, 70, LEAF), (326, 200, 78, 54, DARK)):
        s.blob(x, y, w, h, f, lift=6, brush=0.5, facet=13)
    for x, y in ((180, 150), (236, 196), (216, 122), (290, 84), (352, 74), (386, 120), (322, 140), (300, 206), (368, 196), (440, 144), (474, 192), (420, 222), (168, 204)):
        apple(s, x, y, 19)
    # ladder
    s.line("M440 430L404 196M492 426L448 192", "#8B6433", 9)
    for i in range(6):
        y = 400 - i * 38
        s.line(f"M{436 - i * 5.800:.0f} {y}L{488 - i * 6.600:.0f} {y - 2}", "#B58A4E", 7)
    # a child reaching up
    s.cut([(182, 440), (178, 376), (222, 376), (222, 440), (206, 440), (202, 396), (198, 440)], "#3C5878", smooth=False, lift=4, brush=0.4, angle=1.5)
    s.cut([(168, 388), (174, 322), (200, 310), (228, 322), (234, 388)], BERRY, lift=4, brush=0.5)
    s.cut([(214, 330), (250, 270), (264, 276), (236, 346)], BERRY, smooth=False, lift=4, brush=0.4)
    s.blob(260, 264, 12, 12, "#EDBE93", lift=3, brush=0, facet=6)
    apple(s, 272, 244, 20)
    s.blob(202, 288, 30, 30, "#EDBE93", lift=4, brush=0.2, facet=9)
    s.cut([(164, 284), (172, 256), (204, 248), (236, 258), (244, 282), (204, 272)], SUN, lift=4, brush=0.5, facet=10)
    s.line("M192 290v6M214 288v6M196 304q8 6 16 -1", SOIL, 3)
    # basket
    s.blob(108, 396, 56, 16, SOIL, lift=3, brush=0)
    for x, y in ((78, 384), (108, 378), (138, 384), (94, 370), (124, 370)):
        apple(s, x, y, 20)
    s.cut([(50, 392), (108, 404), (166, 392), (152, 452), (64, 452)], DEEP, smooth=False, lift=5, brush=0.4, angle=0.1)
    for i in range(3):
        s.line(f"M{56 + i * 4} {408 + i * 14}Q108 {422 + i * 14} {160 - i * 4} {408 + i * 14}", SOIL, 4, 'stroke-dasharray="14 6"')
    return s


def box():
    s = Sheet(121, ground="#DCE0B0")
    mat(s, "#EFEBC6", 26)
    table(s, "#8E9E4C", 384)
    # back flaps
    s.cut([(150, 220), (110, 132), (506, 128), (480, 220)], shade(DEEP, -0.08), smooth=False, lift=6, brush=0.4, angle=0.05, facet=30)
    s.cut(rect(150, 216, 332, 90), SOIL, smooth=False, lift=0, brush=0.2)
    for x, y, n, a in ((180, 214, 110, -110), (440, 210, 110, -70), (330, 190, 100, -96)):
        s.leaf(x, y, n, a, LEAF)
    apple(s, 206, 214, 56)
    persimmon(s, 312, 204, 56)
    apple(s, 420, 214, 54, "#D65A38")
    persimmon(s, 254, 252, 52, "#E88F33")
    apple(s, 364, 252, 52)
    for x, y in ((176, 262), (452, 262), (310, 262)):
        berry(s, x, y, 24)
    # front and flaps
    s.cut([(150, 272), (88, 300), (74, 356), (150, 330)], shade(DEEP, 0.12), smooth=False, lift=5, brush=0.4)
    s.cut([(482, 272), (546, 298), (562, 352), (482, 330)], shade(DEEP, -0.16), smooth=False, lift=5, brush=0.4)
    s.cut([(150, 272), (482, 272), (486, 428), (146, 430)], "#D3AC72", smooth=False, lift=7, brush=0.35, angle=0.02, facet=30)
    s.line("M160 290H474M160 306H474", shade(DEEP, -0.14), 2, 'stroke-dasharray="7 7"')
    # stamped label: hills, sun and a leaf
    s.blob(316, 362, 92, 56, CREAM, lift=3, brush=0.2, facet=12)
    s.blob(352, 342, 15, 15, ORANGE, lift=0, brush=0, facet=6)
    s.cut([(240, 384), (272, 344), (298, 366), (326, 336), (392, 386), (316, 402)], LEAF, smooth=False, lift=0, brush=0.5, facet=14)
    s.leaf(282, 394, 66, -18, BERRY, lift=1)
    # string
    s.line("M148 346H232M402 346H484", BERRY, 5)
    return s


def greenhouse():
    s = Sheet(131, ground="#E6DFC4")
    s.cut([(-20, 240), (110, 150), (230, 196), (370, 120), (500, 190), (660, 150), (660, 500), (-20, 500)], "#9AA07A", brush=0.3)
    s.cut([(60, 186), (110, 150), (160, 172), (128, 176), (104, 190)], CREAM, lift=0, brush=0.1, facet=10)
    s.cut([(318, 146), (370, 120), (424, 150), (388, 150), (366, 166), (346, 146)], CREAM, lift=0, brush=0.1, facet=10)
    s.blob(560, 84, 40, 40, SUN, lift=4, brush=0.5)
    s.cut([(-20, 292), (200, 270), (440, 280), (660, 262), (660, 500), (-20, 500)], CREAM, brush=0.15, angle=0.05)
    # arch
    arch = [(60, 420), (62, 300), (110, 180), (220, 118), (320, 104), (420, 118), (530, 180), (578, 300), (580, 420)]
    s.cut(arch + [(400, 428), (240, 428)], "#F3EFD6", lift=8, brush=0.15, angle=0.8, facet=20)
    s.cut([(320 + (x - 320) * 0.9, 420 + (y - 420) * 0.9) for x, y in arch] + [(400, 424), (240, 424)], "#DDE3B4", lift=0, brush=0.25, angle=1.2, facet=20)
    for w, h, y in ((190, 220, 380), (136, 160, 350), (88, 104, 322)):  # the ribs, smaller towards the far end
        s.line(f"M{320 - w} {y}V{y - h * .4:.0f}Q{320 - w} {y - h} 320 {y - h}T{320 + w} {y - h * .4:.0f}V{y}", "#B9B78C", 2 + w / 45)
    s.line("M320 160V218M214 198L270 240M426 198L370 240", "#B9B78C", 4)
    # beds running to the far end
    for a, b, c, d in ((96, 214, 270, 292), (240, 330, 304, 322), (370, 470, 336, 356), (500, 560, 372, 388)):
        s.cut([(a, 424), (b, 424), (d, 268), (c, 268)], SOIL, smooth=False, lift=3, brush=0.5, angle=1.5)
    for row in range(7):
        t = row / 6
        y = 280 + 128 * t * t
        k = 0.3 + 0.9 * t
        for near, far in ((156, 282), (286, 313), (420, 346), (530, 379)):
            x = far + (near - far) * t * t
            for a in (-150, -90, -30):
                s.leaf(x, y, 34 * k, a, s.random.choice((LEAF, MOSS)), wide=0.4, lift=1)
            if k > 0.5:
                s.blob(x + 12 * k, y + 5, 9 * k, 11 * k, BERRY, lift=1.5, brush=0.3, facet=6, wobble=0.5)
                s.blob(x - 13 * k, y + 6, 8 * k, 10 * k, BERRY, lift=1.5, brush=0.3, facet=6, wobble=0.5)
    s.cut([(-20, 430), (160, 418), (330, 436), (520, 420), (660, 432), (660, 500), (-20, 500)], "#CDB98A", lift=-3, brush=0.3, angle=0.05)
    strawberry(s, 110, 416, 34, 16)
    strawberry(s, 168, 430, 28, -20)
    return s


for draw in (front, persimmons, chestnut, apples, strawberries, hawthorn, potato, cabbage, eggs, honey, orchard, box, greenhouse):
    pathlib.Path(__file__).with_name(f"{draw.__name__}.svg").write_text(draw().text(), encoding="utf-8")
