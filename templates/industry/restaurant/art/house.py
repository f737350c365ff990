"""The house: its front on the street, the hall, the round table of a banquet."""

import math
import random

from ink import *


def roof(cx, top, bottom, half_top, half, lift=30, rows=26):
    """A tiled roof with its ridge and raised corners."""
    left = spline([(cx - half_top, top), (cx - half_top - (half - half_top) * .45, top + (bottom - top) * .62), (cx - half, bottom - lift)], 8)
    eave = spline([(cx - half, bottom - lift), (cx - half * .82, bottom - 3), (cx - half * .4, bottom), (cx, bottom), (cx + half * .4, bottom), (cx + half * .82, bottom - 3), (cx + half, bottom - lift)], 8)
    right = [(2 * cx - x, y) for x, y in reversed(left)]
    c = [fill(left + eave + right, SLATE), fill([(x, y) for x, y in eave] + [(x, y - 12) for x, y in reversed(eave)], "#2f3538")]
    k = [stroke(eave, 7, INK, .5, .5, smooth=False), stroke(left, 7, INK, smooth=False), stroke(right[::-1], 7, INK, smooth=False)]
    for i in range(1, rows):
        u = -1 + 2 * i / rows
        e = eave[round(i / rows * (len(eave) - 1))]
        x0 = cx + u * half_top
        k.append(stroke([(x0, top + 4), ((x0 + e[0]) / 2 - u * half * .05, top + (e[1] - top) * .58), e], 4.2, "#20262a", .4, .8))
        k.append(fill(oval(e[0], e[1] + 3, 6.2, 6.2), "#8d948f") + ring(oval(e[0], e[1] + 3, 6.2, 6.2), 2.4))
    ridge = box(cx - half_top - 6, top - 14, half_top * 2 + 12, 16)
    c.append(fill(ridge, "#39414a"))
    k += [f'<path d="{d(ridge)}" fill="none" stroke="{INK}" stroke-width="4"/>',
          stroke([(cx - half_top, top - 6), (cx - half_top - 18, top - 16), (cx - half_top - 22, top - 36), (cx - half_top - 8, top - 42)], 11),
          stroke([(cx + half_top, top - 6), (cx + half_top + 18, top - 16), (cx + half_top + 22, top - 36), (cx + half_top + 8, top - 42)], 11)]
    return printed(*c) + inked(*k)


def lantern(x, y, s=1.0):
    w, h = 30 * s, 27 * s
    c = [f'<ellipse cx="{x}" cy="{y}" rx="{w * 2.1:.0f}" ry="{h * 2.1:.0f}" fill="{GOLD}" opacity=".22"/>', fill(oval(x, y, w, h), VERMILION), fill(oval(x - w * .12, y, w * .5, h * .96), "#e8743c"), fill(box(x - w * .5, y - h * 1.2, w, h * .3), GOLD), fill(box(x - w * .5, y + h * .9, w, h * .3), GOLD)]
    k = [stroke([(x, y - h * 2.1), (x, y - h)], 3, tail=.8), ring(oval(x, y, w, h), 4 * min(s, 1.2)), *[f'<ellipse cx="{x}" cy="{y}" rx="{w * q:.1f}" ry="{h}" fill="none" stroke="{DEEP}" stroke-width="2.4"/>' for q in (.3, .68)]]
    k += [stroke([(x + i * 4 * s, y + h * 1.15), (x + i * 5 * s, y + h * 2.1)], 2.6, RED) for i in (-1, 0, 1)]
    return printed(*c) + inked(*k)


def lattice(x, y, w, h, light=GOLD, n=4):
    c = [fill(box(x, y, w, h), light), fill(box(x, y + h * .55, w, h * .45), "#f0cf86")]
    k = []
    for i in range(1, n):
        k.append(fill(box(x + w * i / n - 1.8, y, 3.6, h), DEEP))
    m = max(2, round(h / (w / n)))
    for j in range(1, m):
        k.append(fill(box(x, y + h * j / m - 1.8, w, 3.6), DEEP))
    k.append(f'<rect x="{x + w * .27:.0f}" y="{y + h * .3:.0f}" width="{w * .46:.0f}" height="{h * .4:.0f}" fill="{CREAM}" stroke="{DEEP}" stroke-width="4"/>')
    k.append(f'<path d="{d(box(x, y, w, h))}" fill="none" stroke="{INK}" stroke-width="6"/>')
    return printed(*c) + inked(*k)


def person(x, y, coat, s=1.0, child=False):
    at = lambda u, v: (x + u * s, y + v * s)
    coat_shape = spline([at(-15, -78), at(15, -78), at(27, -34), at(23, -16), at(-23, -16), at(-27, -34)], 5, True)
    c = [f'<ellipse cx="{x + 8}" cy="{y}" rx="{32 * s:.0f}" ry="{7 * s:.0f}" fill="{INK}" opacity=".35"/>', fill([at(-14, -22), at(-3, -22), at(-5, 0), at(-14, 0)], DARK), fill([at(3, -22), at(14, -22), at(14, 0), at(5, 0)], DARK), fill(coat_shape, coat), fill(oval(*at(0, -94), 14 * s, 15 * s), "#e3b387"), fill(oval(*at(0, -101), 15 * s, 10 * s, 180, 360) + [at(15, -94), at(-15, -94)], INK)]
    k = [ring(coat_shape, 4), ring(oval(*at(0, -94), 14 * s, 15 * s), 3), stroke([at(16, -70), at(22, -50), at(12, -42)], 4), stroke([at(-16, -70), at(-24, -48), at(-20, -32)], 4)]
    return printed(*c) + inked(*k)


def front():
    w, h, cx = 960, 540, 480
    out = [f'<circle cx="740" cy="120" r="92" fill="{VERMILION}" opacity=".92" filter="url(#print)"/>',
           printed(blob([(-40, 300), (60, 190), (170, 150), (280, 210), (420, 170), (600, 220), (760, 176), (880, 214), (1010, 180), (1010, 420), (-40, 420)], MIST, 'opacity=".8"'), blob([(-40, 330), (120, 250), (240, 286), (760, 280), (860, 240), (1010, 290), (1010, 430), (-40, 430)], "#a99b7d", 'opacity=".7"'))]
    # the neighbours
    for x0, x1, side in ((-40, 190, -1), (770, 1000, 1)):
        out.append(printed(fill(box(x0, 330, x1 - x0, 140), "#b9a98a"), *[fill(box(x0 + 60 * i + (j % 2) * 30, 344 + j * 20, 44, 3), "#978668") for i in range(4) for j in range(6)]))
        out.append(roof((x0 + x1) / 2, 262, 338, 100, 132, 16, 10))
    out.append(lattice(838, 372, 74, 74, CREAM, 3))
    out.append(lattice(48, 372, 74, 74, CREAM, 3))
    # upper floor
    out.append(printed(fill(box(262, 160, 436, 110), DEEP)))
    for i in range(5):
        out.append(lattice(274 + i * 84, 176, 76, 66, GOLD, 3))
    out.append(inked(*[fill(box(x, 150, 10, 118), RED) + f'<rect x="{x}" y="150" width="10" height="118" fill="none" stroke="{INK}" stroke-width="3"/>' for x in (262, 348, 432, 516, 600, 688)]))
    rail = [fill(box(250, 246, 460, 7), RED), fill(box(250, 268, 460, 7), RED)] + [fill(box(252 + i * 22, 250, 5, 22), VERMILION) for i in range(21)]
    out.append("".join(rail))
    out.append(roof(cx, 62, 162, 186, 292, 34, 26))
    # ground floor
    out.append(printed(fill(box(212, 320, 536, 140), "#7a1c16"), fill(box(212, 320, 536, 22), "#2f5a4a"), *[fill(box(218 + i * 60, 324, 36, 13), GOLD) for i in range(9)]))
    for x in (230, 636):
        out.append(lattice(x, 352, 92, 76, GOLD, 4) + printed(fill(box(x, 430, 92, 30), "#8d8069")))
    for x in (338, 580):
        out.append(lattice(x, 350, 42, 108, GOLD, 2))
    out.append(printed(fill(box(394, 346, 172, 114), "#f3c766"), fill(box(394, 346, 172, 40), "#e09a3a"), fill(box(430, 414, 100, 8), BROWN), fill(box(440, 422, 8, 36), BROWN), fill(box(512, 422, 8, 36), BROWN), fill(oval(480, 408, 34, 8), WHITE)))
    out.append(inked(stroke([(462, 404), (458, 388), (470, 376)], 3), stroke([(488, 404), (494, 388), (486, 374)], 3), f'<rect x="394" y="346" width="172" height="114" fill="none" stroke="{INK}" stroke-width="6"/>'))
    for x in (394, 536):                                   # open leaves of the door
        out.append(printed(fill(box(x, 346, 30, 114), RED), *[fill(box(x + 6, 354 + j * 16, 18, 9), GOLD) for j in range(3)], fill(box(x + 6, 408, 18, 42), DEEP)) + inked(f'<rect x="{x}" y="346" width="30" height="114" fill="none" stroke="{INK}" stroke-width="4"/>'))
    for x in (212, 322, 380, 566, 622, 734):
        out.append(printed(fill(box(x, 318, 14, 142), VERMILION), fill(box(x + 9, 318, 5, 142), DEEP), fill(box(x - 4, 452, 22, 14), "#c9bda4")) + inked(f'<path d="M{x} 318V460M{x + 14} 318V460" stroke="{INK}" stroke-width="3.5"/>'))
    out.append(roof(cx, 272, 324, 250, 330, 24, 30))
    # the board
    out.append(printed(fill(box(392, 226, 176, 84), GOLD), fill(box(401, 234, 158, 67), "#1d1512")) + inked(f'<rect x="392" y="226" width="176" height="84" fill="none" stroke="{INK}" stroke-width="5"/>',
               f'<text x="480" y="289" font-family="Noto Serif CJK SC" font-weight="bold" font-size="60" letter-spacing="8" text-anchor="middle" fill="{GOLD}">聚和</text>'))
    # street, steps, channel of spring water
    out.append(printed(fill(box(-30, 462, 1020, 110), "#cbbd9f"), fill(box(190, 458, 580, 14), "#e3d8bf"), fill(box(340, 470, 280, 14), "#d5c8ab"), fill([(-30, 512), (990, 500), (990, 530), (-30, 546)], BLUE), fill([(-30, 520), (990, 507), (990, 513), (-30, 528)], "#6f9fb4")))
    flags = [stroke([(-30, 462), (400, 461), (990, 462)], 5, INK, .8, .8), stroke([(-30, 511), (480, 506), (990, 499)], 5, INK, .8, .8), f'<path d="{d(box(190, 458, 580, 14))}{d(box(340, 471, 280, 13))}" fill="none" stroke="{INK}" stroke-width="3.5"/>']
    rnd = random.Random(4)
    for i in range(15):
        x = -20 + i * 70
        flags.append(stroke([(x, 484 + rnd.randint(-3, 3)), (x + 58, 483)], 3, WASH))
        flags.append(stroke([(x + 20, 464), (x + (x - 480) * .05 + 20, 482)], 3, WASH))
    flags += [stroke([(x, 526 - x * .012), (x + 40, 522 - x * .012), (x + 86, 526 - x * .012)], 3, WHITE, .1, .1) for x in (40, 300, 520, 800)]
    out.append(inked(*flags))
    for x, y, s in ((252, 356, .95), (352, 352, .8), (608, 352, .8), (708, 356, .95)):
        out.append(lantern(x, y, s))
    out.append(person(306, 490, BLUE, .86) + person(344, 492, VERMILION, .6) + person(668, 488, JADE, .84))
    # wine flag and trees
    out.append(inked(stroke([(800, 470), (803, 330), (806, 196)], 8, BROWN, .9, .8)) + printed(fill(spline([(808, 204), (864, 212), (862, 300), (836, 286), (810, 300)], 5, True), RED), fill(oval(836, 246, 17, 17), GOLD)) + inked(ring(spline([(808, 204), (864, 212), (862, 300), (836, 286), (810, 300)], 5, True), 4), ring(oval(836, 246, 17, 17), 3)))
    out.append(inked(stroke([(60, 560), (84, 440), (70, 300), (104, 160), (84, -20)], 34, DARK, .9, .5), stroke([(100, 190), (150, 120), (220, 60)], 13, DARK), willow(-20, -10, 11, 24, 230, 7), willow(96, 40, 6, 26, 200, 9)))
    return page("".join(out), w, h, low="#f0dcb6", grain=False)


def hall():
    out = [printed(fill(box(-30, 60, 700, 270), "#f1dcb0"), fill(box(-30, -30, 700, 100), "#5a2a18"), fill(box(-30, 60, 700, 16), RED))]
    floor = [fill(box(-30, 310, 700, 200), "#8f7d68")]
    lines = [stroke([(-30, 310), (320, 309), (670, 310)], 5, INK, .8, .8)]
    for i in range(-9, 10):
        lines.append(stroke([(320 + i * 46, 312), (320 + i * 112, 500)], 3, "#5b4c40", .5, .9))
    for y in (330, 358, 396, 444):
        lines.append(stroke([(-30, y), (670, y)], 3, "#5b4c40", .8, .8))
    out += [printed(*floor), inked(*lines)]
    for x in (34, 482):
        out.append(lattice(x, 108, 124, 150, "#f4cf7c", 5) + printed(fill(box(x - 6, 262, 136, 46), BROWN)) + inked(f'<rect x="{x - 6}" y="262" width="136" height="46" fill="none" stroke="{INK}" stroke-width="4"/>'))
    for x in (-16, 176, 446, 632):
        out.append(printed(fill(box(x, 60, 20, 252), RED), fill(box(x + 13, 60, 7, 252), DEEP)) + inked(f'<path d="M{x} 60V310M{x + 20} 60V310" stroke="{INK}" stroke-width="4"/>'))
    # scroll: a carp leaping
    out.append(printed(fill(box(240, 88, 160, 176), "#7d8f86"), fill(box(254, 98, 132, 156), WHITE), fill(box(232, 82, 176, 9), BROWN), fill(box(232, 262, 176, 9), BROWN), f'<circle cx="358" cy="124" r="15" fill="{VERMILION}"/>'))
    koi = Ribbon([(282, 220), (296, 176), (330, 154), (352, 168)], [4, 17, 19, 7])
    out.append(inked(fill(koi.outline(), VERMILION), ring(koi.outline(), 3), fill(spline([(296, 160), (282, 134), (312, 138), (326, 142)], 5, True), RED), fill(spline([(322, 176), (338, 196), (318, 194)], 5, True), RED), *[stroke([koi.at(t, -.7), koi.at(t + .07, 0), koi.at(t, .7)], 2.6, CREAM) for t in (.2, .33, .46, .59)], stroke([(352, 172), (364, 180)], 2.5), fill(spline([(282, 214), (262, 222), (270, 238), (282, 226), (296, 240), (298, 220)], 5, True), RED), fill(oval(344, 162, 3, 3), INK), stroke([(258, 244), (282, 232), (306, 246), (330, 234), (382, 246)], 4, BLUE), stroke([(270, 250), (320, 246), (380, 252)], 3, BLUE)))
    # side table with vases
    out.append(printed(fill(box(222, 284, 196, 12), DARK), fill(box(232, 296, 10, 44), DARK), fill(box(398, 296, 10, 44), DARK), blob([(244, 284), (238, 262), (250, 250), (262, 262), (256, 284)], BLUE), blob([(384, 284), (378, 262), (390, 250), (402, 262), (396, 284)], BLUE)) + inked(stroke([(250, 252), (244, 230), (256, 214)], 4, DARK), stroke([(390, 252), (398, 234), (386, 216)], 4, DARK), *[fill(oval(x, y, 6, 6), VERMILION) for x, y in ((246, 228), (256, 214), (250, 240), (398, 232), (386, 216), (392, 244))]))
    out.append(printed(fill(box(-30, 20, 700, 16), "#7b3b20")) + inked(stroke([(-30, 36), (670, 36)], 4, INK, .8, .8)))
    for x, y, s in ((110, 116, 1.0), (544, 116, 1.0)):
        out.append(lantern(x, y, s))
    # the eight-immortals table and benches

    def bench(x0, x1, y, depth, h):
        c = [fill([(x0, y), (x1, y), (x1 + depth * .3, y + depth), (x0 - depth * .3, y + depth)], "#8a4a26"), fill([(x0 - depth * .3, y + depth), (x1 + depth * .3, y + depth), (x1 + depth * .3, y + depth + 10), (x0 - depth * .3, y + depth + 10)], BROWN)]
        for x in (x0 + 6, x1 - 18):
            c.append(fill(box(x, y + depth + 10, 12, h), DARK))
        k = [f'<path d="{d([(x0, y), (x1, y), (x1 + depth * .3, y + depth), (x1 + depth * .3, y + depth + 10), (x0 - depth * .3, y + depth + 10), (x0 - depth * .3, y + depth)])}" fill="none" stroke="{INK}" stroke-width="4.5"/>']
        return printed(*c) + inked(*k)

    out.append(f'<ellipse cx="326" cy="452" rx="270" ry="26" fill="{INK}" opacity=".4"/>')
    out.append(bench(224, 416, 318, 16, 40))
    for x0, flip in ((62, 1), (578, -1)):
        pts = [(x0 + 30 * flip, 346), (x0 + 62 * flip, 346), (x0 + 44 * flip, 404), (x0 + 2 * flip, 404)]
        out.append(printed(fill(pts, "#8a4a26"), fill([pts[3], pts[2], (pts[2][0], 416), (pts[3][0], 416)], BROWN), fill([pts[0], pts[3], (pts[3][0], 416), (pts[0][0] - 2 * flip, 356)], DARK), *[fill(box(px - 6, py, 12, 54), DARK) for px, py in ((pts[3][0] + 8 * flip, 414), (pts[2][0] - 8 * flip, 414))]) + inked(f'<path d="{d(pts)}" fill="none" stroke="{INK}" stroke-width="4.5"/>'))
    top = [(196, 322), (444, 322), (494, 392), (146, 392)]
    out.append(printed(*[fill(box(x, 404, 20, 66), DARK) for x in (160, 460)], fill([(146, 392), (494, 392), (494, 408), (146, 408)], DARK), fill([(164, 408), (476, 408), (470, 424), (440, 414), (200, 414), (170, 424)], BROWN), fill(top, RED), fill([(206, 328), (434, 328), (476, 384), (164, 384)], "#b03a2c")) + inked(f'<path d="{d(top)}" fill="none" stroke="{INK}" stroke-width="5.5"/>', f'<path d="M146 392V408H494V392" fill="none" stroke="{INK}" stroke-width="5"/>', f'<path d="M160 408V470H180V418M460 418V470H480V408" fill="none" stroke="{INK}" stroke-width="4"/>'))
    # what stands on it
    c, k = [], []
    pot = spline([(296, 352), (290, 330), (306, 314), (336, 314), (350, 330), (344, 352), (320, 358)], 6, True)
    c += [fill(oval(326, 358, 40, 9), INK, 'opacity=".3"'), fill(pot, WHITE), fill(oval(320, 344, 22, 9), BLUE)]
    k += [ring(pot, 4), stroke([(348, 340), (366, 330), (372, 316)], 7), stroke([(298, 322), (276, 324), (280, 346), (296, 346)], 4.5), stroke([(308, 313), (320, 303), (332, 313)], 6), fill(oval(320, 302, 4, 4), INK)]
    for x, y in ((222, 348), (408, 346), (250, 372), (398, 374)):
        c += [fill(oval(x, y + 12, 22, 6), INK, 'opacity=".3"'), fill([(x - 19, y)] + oval(x, y + 12, 10, 4, 180, 0) + [(x + 19, y)], WHITE), fill(oval(x, y, 19, 7), PALEBLUE)]
        k += [ring(oval(x, y, 19, 7), 3.4), stroke([(x - 19, y), (x - 10, y + 13)], 3.4), stroke([(x + 19, y), (x + 10, y + 13)], 3.4), stroke([(x - 9, y + 14), (x + 9, y + 14)], 3.4)]
    out += [printed(*c), inked(*k, steam(372, 306, 60, WASH, 4))]
    out.append(bench(206, 434, 424, 20, 40))
    return page("".join(out))


def banquet():
    rnd = random.Random(5)
    out = [printed(fill(box(-30, -30, 700, 540), "#d8c29a"))]
    tiles = []
    for i in range(-1, 9):
        for j in range(-1, 7):
            x, y = i * 92 + (j % 2) * 46, j * 80
            tiles.append(f'<path d="M{x} {y - 40}L{x + 46} {y}L{x} {y + 40}L{x - 46} {y}Z" fill="none" stroke="#b99c6c" stroke-width="3"/>')
    out.append(inked(*tiles))
    out.append(f'<circle cx="334" cy="256" r="226" fill="{INK}" opacity=".35"/>')
    for i in range(8):                                       # stools
        a = math.radians(22.5 + i * 45)
        x, y = 320 + 262 * math.cos(a), 240 + 236 * math.sin(a)
        out.append(printed(fill(oval(x, y, 46, 46), BROWN), fill(oval(x, y, 34, 34), VERMILION)) + inked(ring(oval(x, y, 46, 46), 5), ring(oval(x, y, 34, 34), 3)))
    out.append(printed(fill(oval(320, 240, 226, 226), RED), fill(oval(320, 240, 212, 212), "#ad372b"), fill(oval(320, 240, 142, 142), DEEP), fill(oval(320, 240, 134, 134), "#54211a")) + inked(ring(oval(320, 240, 226, 226), 6), ring(oval(320, 240, 212, 212), 3), ring(oval(320, 240, 142, 142), 4.5)))

    def dish(x, y, r, food, rim=BLUE):
        c = [f'<circle cx="{x + 5:.0f}" cy="{y + 6:.0f}" r="{r}" fill="{INK}" opacity=".4"/>', fill(oval(x, y, r, r), WHITE), fill(oval(x, y, r * .74, r * .74), food)]
        k = [ring(oval(x, y, r, r), 4), f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r * .86:.0f}" fill="none" stroke="{rim}" stroke-width="3" stroke-dasharray="5 4"/>', ring(oval(x, y, r * .74, r * .74), 2.6)]
        return printed(*c) + inked(*k)

    plan = [("#c9762e", "balls"), ("#dfe0a4", "shoots"), (DARK, "dark"), ("#e8b24a", "gold"), ("#7ba052", "leaves"), ("#b4482a", "rolls"), (CREAM, "dumplings"), ("#b98d4e", "prawns")]
    for i, (food, kind) in enumerate(plan):
        a = math.radians(i * 45 + 22.5)
        x, y = 320 + 99 * math.cos(a), 240 + 99 * math.sin(a)
        out.append(dish(x, y, 37, food, [BLUE, VERMILION][i % 2]))
        bits = []
        for j in range(7):
            q = 0 if j == 6 else 15
            px, py = x + q * math.cos(j * 1.047), y + q * math.sin(j * 1.047)
            if kind in ("balls", "rolls", "gold"):
                colour = {"balls": "#8f4a1e", "rolls": "#7c2c16", "gold": "#f6cf77"}[kind]
                bits.append(fill(oval(px, py, 8, 8), colour) + ring(oval(px, py, 8, 8), 2.6) + (fill(oval(px, py, 3, 3), INK) if kind == "rolls" else fill(oval(px - 2, py - 3, 2.4, 1.8), CREAM)))
            elif kind == "shoots":
                bits.append(stroke([(px - 9, py + rnd.randint(-5, 5)), (px + 9, py + rnd.randint(-5, 5))], 6, [GREEN, SPROUT, WHITE][j % 3], .8, .8))
            elif kind == "dark":
                bits.append(stroke([(px - 10, py), (px, py - 4), (px + 10, py)], 8, "#6a4a38", .6, .5))
            elif kind == "leaves":
                bits.append(leaf(px, py, 16, j * 51, GREEN, .35))
            elif kind == "dumplings":
                bits.append(fill(oval(px, py, 9, 6, turn=j * 60), WHITE) + ring(oval(px, py, 9, 6, turn=j * 60), 2.2))
            else:
                bits.append(arc(px, py, 7, 7, j * 50, j * 50 + 230, 6, VERMILION))
        out.append(inked(*bits))
    # the carp in the middle
    out.append(printed(f'<ellipse cx="325" cy="247" rx="56" ry="42" fill="{INK}" opacity=".4"/>', fill(oval(320, 240, 58, 42), WHITE), fill(oval(320, 240, 47, 32), "#c0552a")) + inked(ring(oval(320, 240, 58, 42), 4), f'<ellipse cx="320" cy="240" rx="52" ry="37" fill="none" stroke="{BLUE}" stroke-width="2.6" stroke-dasharray="5 4"/>'))
    koi = Ribbon([(278, 236), (300, 232), (326, 240), (350, 244)], [6, 17, 15, 5])
    out.append(inked(fill(koi.outline(), VERMILION), ring(koi.outline(), 3), fill(spline([(346, 244), (366, 230), (362, 246), (368, 260)], 5, True), RED), ring(spline([(346, 244), (366, 230), (362, 246), (368, 260)], 5, True), 2.6), fill(oval(288, 230, 2.6, 2.6), INK), *[stroke([koi.at(t, -.8), koi.at(t + .06, 0), koi.at(t, .8)], 4, CREAM) for t in (.36, .5, .64, .78)]))
    for i in range(8):                                       # places
        a = math.radians(i * 45)
        x, y = 320 + 178 * math.cos(a), 240 + 178 * math.sin(a)
        out.append(printed(fill(oval(x + 3, y + 4, 22, 22), INK, 'opacity=".35"'), fill(oval(x, y, 21, 21), WHITE), fill(oval(x, y, 13, 13), PALEBLUE)) + inked(ring(oval(x, y, 21, 21), 3.4), ring(oval(x, y, 13, 13), 2.2, BLUE)))
        b = a + .19
        for q in (0, .035):
            out.append(inked(stroke([(320 + 152 * math.cos(b + q * 1.3), 240 + 152 * math.sin(b + q * 1.3)), (320 + 204 * math.cos(b + q), 240 + 204 * math.sin(b + q))], 4.5, GOLD, .7, .9)))
        e = a - .2
        x, y = 320 + 182 * math.cos(e), 240 + 182 * math.sin(e)
        out.append(printed(fill(oval(x, y, 11, 11), WHITE), fill(oval(x, y, 7, 7), OCHRE)) + inked(ring(oval(x, y, 11, 11), 2.8)))
    return page("".join(out), grain=False)


HOUSE = {"front": front, "hall": hall, "banquet": banquet}
