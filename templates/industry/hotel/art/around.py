"""Around the inn: the spring, tea, breakfast, the lake, the hill, a bicycle to borrow."""

from flat import *
from inn import person


def spring():
    """Three plumes of spring water, railing, pavilion."""
    out = bands(0, 0, 640, 210, DUSK) + circ(150, 118, 42, "#f6d9a6") + circ(150, 118, 62, "#f6d9a6", 'opacity=".25"') + hills(206, 640, ("#86aa9a", "#5b918b", "#3b7c7c"), 90)
    # pavilion
    out += rect(330, 206, 190, 40, "#e2d6c0") + rect(350, 138, 150, 74, LAMP, 0, 'opacity=".5"') + roof(425, 62, 142, 26, 128, rows=10) + poly([(425, 30), (434, 54), (416, 54)], CLAY) + rect(340, 138, 170, 9, TEAL)
    for x in (346, 402, 442, 494):
        out += rect(x - 5, 142, 12, 68, CLAY) + rect(x - 5, 142, 4, 68, DAWN)
    out += rect(340, 190, 170, 5, DEEP) + "".join(rect(344 + i * 14, 192, 4, 18, DEEP) for i in range(12)) + lantern(424, 168, .6, 18)
    out += rect(0, 226, 640, 26, "#cbb794") + shadow(corners(346, 222, 150, 6), 130, 14)
    for x in range(8, 640, 56):
        out += rect(x, 206, 14, 46, LINEN) + rect(x + 9, 206, 5, 46, "#ddd2bd") + rect(x - 2, 200, 18, 8, LINEN, 4)
    out += rect(0, 216, 640, 7, LINEN) + rect(0, 232, 640, 5, "#e6dccb") + rect(0, 250, 640, 20, "#a99a7e") + rect(0, 250, 640, 5, LINEN)
    for i in range(12):
        out += rect(i * 56 - 10, 257, 2, 13, "#8d7f66")
    out += bands(0, 270, 640, 210, ["#3c8587", "#2f787b", "#266d71", "#1d6166", "#17555b"])
    out += oval(176, 306, 70, 12, "#f6d9a6", 'opacity=".4"') + poly([(310, 270), (540, 270), (500, 350), (350, 350)], DEEP, 'opacity=".28"')
    for x, y, s in ((198, 372, 1.0), (320, 350, 1.25), (446, 376, 1.0)):                       # the plumes
        out += oval(x, y + 12 * s, 96 * s, 27 * s, PALE, 'opacity=".35"') + oval(x, y + 10 * s, 70 * s, 19 * s, PALE, 'opacity=".55"') + oval(x, y + 8 * s, 46 * s, 12 * s, LINEN, 'opacity=".9"')
        out += path(f"M{x - 40 * s} {y + 8 * s}q4 {-30 * s} {18 * s} {-34 * s}q2 {-30 * s} {22 * s} {-30 * s}q20 0 {22 * s} {30 * s}q14 4 {18 * s} {34 * s}Z", LINEN) + path(f"M{x + 4 * s} {y + 8 * s}v{-60 * s}q16 6 {18 * s} {26 * s}q14 4 {18 * s} {34 * s}Z", MIST)
        out += "".join(circ(x + dx * s, y + dy * s, r * s, c) for dx, dy, r, c in ((-14, -22, 11, MIST), (12, -34, 8, PALE), (0, -8, 12, MIST), (22, -8, 7, PALE), (-34, -42, 5, LINEN), (30, -50, 4.5, LINEN), (-8, -66, 4, LINEN), (40, -22, 4, LINEN)))
        for dx, lean in ((-6, -26), (4, 2), (14, 28)):
            out += line(f"M{x + dx * s * .5:.0f} {y - 50 * s:.0f}q{lean * .7 * s:.0f} {12 * s:.0f} {lean * s:.0f} {52 * s:.0f}", AQUA, 3, 'opacity=".55"')
    out += ripples([(30, 306, 90), (520, 312, 90), (60, 420, 110), (250, 440, 140), (470, 436, 120), (20, 352, 70), (560, 364, 70), (380, 462, 90)])
    for x, y, f in ((96, 446, 1), (560, 404, -1), (150, 462, 1)):                              # carp
        out += path(f"M{x} {y}q{16 * f} -12 {34 * f} -2l{14 * f} -8l{-3 * f} 10l{5 * f} 8l{-16 * f} -5q{-18 * f} 9 {-34 * f} -3Z", CLAY)
    out += willow(548, -10, 6, 19, 200, "#3f7f74")
    return page(out)


def tea():
    """Spring-water tea on the sill."""
    out = rect(0, 0, 640, 480, "#d9cbb2") + rect(60, 0, 520, 306, BARK) + group(bands(74, 0, 492, 210, DUSK) + circ(470, 120, 40, "#f6d9a6") + hills(210, 640, ("#86aa9a", "#5b918b", "#3b7c7c"), 90) + rect(74, 206, 492, 90, TEAL) + ripples([(100, 226, 90), (240, 246, 70), (410, 222, 110), (160, 270, 120), (430, 262, 80)]) + oval(470, 240, 44, 8, "#f6d9a6", 'opacity=".4"') + willow(84, -20, 7, 19, 200, "#3f7f74"), 'clip-path="url(#sill)"') + '<clipPath id="sill"><rect x="74" y="0" width="492" height="294"/></clipPath>'
    out += rect(314, 0, 10, 300, BARK) + rect(74, 60, 492, 7, BARK) + rect(40, 294, 560, 16, "#5f4834")
    out += rect(0, 330, 640, 150, "#a07b57") + rect(0, 326, 640, 10, "#b8926b") + "".join(rect(0, 362 + i * 30, 640, 2, "#8d6a49") for i in range(4))
    out += shadow(corners(150, 410, 330, 18), 150, 40)
    out += path("M130 396h380l14 16v12h-408v-12Z", "#5f4834") + poly([(152, 376), (488, 376), (510, 398), (130, 398)], "#7d6248") + "".join(rect(164 + i * 26, 384, 14, 3, "#5f4834") for i in range(12))
    out += oval(262, 386, 74, 9, NIGHT, 'opacity=".3"')
    out += path("M196 320q-8 62 36 66h60q44 -4 36 -66q-20 -40 -66 -40q-46 0 -66 40Z", TEAL) + path("M262 280q46 0 66 40q8 62 -36 66h-30q40 -40 30 -70q-8 -24 -30 -36Z", DEEP) + path("M220 300q12 -14 30 -14q-24 20 -26 66q-14 -30 -4 -52Z", AQUA)
    out += rect(232, 268, 60, 14, DEEP, 7) + circ(262, 258, 11, CLAY) + path("M322 330q34 0 40 -50l22 4q-2 62 -64 78Z", DEEP) + path("M204 312q-54 -8 -56 28q0 32 54 34", "none", f'stroke="{TEAL}" stroke-width="14"')
    out += path("M226 282q36 -70 72 0", "none", f'stroke="{BARK}" stroke-width="8"')
    for x in (404, 470):
        out += oval(x, 388, 34, 6, NIGHT, 'opacity=".3"') + path(f"M{x - 29} 348q2 38 20 40h18q18 -2 20 -40Z", LINEN) + path(f"M{x + 4} 348h25q-2 38 -20 40h-10q10 -16 5 -40Z", MIST) + oval(x, 348, 29, 7, "#f2e7cf") + oval(x, 349, 23, 5, "#c99a4c") + rect(x - 26, 362, 52, 4, AQUA, 0, 'opacity=".6"') + steam(x, 338, 76) + steam(x + 12, 342, 46)
    out += steam(374, 272, 60)
    out += oval(110, 446, 62, 10, NIGHT, 'opacity=".25"') + oval(100, 436, 60, 14, LINEN) + oval(100, 432, 46, 9, SAND) + "".join(circ(x, y, 11, c) for x, y, c in ((82, 426, CLAY), (102, 422, CLAY), (120, 427, "#a5654a"), (93, 417, DAWN)))
    return page(out)


def breakfast():
    """Breakfast: millet gruel, spiral flatbread, egg, pickles, on a tray."""
    out = rect(0, 0, 640, 480, "#d6e1d9") + poly([(0, 0), (220, 0), (640, 330), (640, 480), (420, 480), (0, 150)], LINEN, 'opacity=".5"')
    for x in (-40, 90, 220):
        out += poly([(x + 0, 0), (x + 12, 0), (x + 492, 480), (x + 480, 480)], "#b9cfc5", 'opacity=".7"')
    out += shadow(corners(96, 74, 448, 332), 60, 46) + rect(96, 74, 448, 332, BARK, 26) + rect(108, 86, 424, 308, "#a9865f", 18) + "".join(rect(110, 120 + i * 40, 420, 2, "#97754f") for i in range(7))
    def shade(x, y, r):
        return poly(hull(disc(x, y, r) + disc(x + 34, y + 26, r)), NIGHT, 'opacity=".25"')
    out += shade(234, 196, 92) + circ(234, 196, 92, TEAL) + circ(234, 196, 84, AQUA) + circ(234, 196, 76, "#e9b96c") + circ(224, 188, 62, "#f2cc86")
    for x, y, a in ((206, 170, 20), (252, 160, -30), (272, 204, 40), (220, 224, -10), (196, 206, 60), (240, 192, 10)):
        out += f'<ellipse cx="{x}" cy="{y}" rx="13" ry="4.5" fill="{REED}" transform="rotate({a} {x} {y})"/>'
    out += "".join(circ(x, y, 6, "#fbe9c4") for x, y in ((230, 166), (262, 182), (208, 190), (248, 222), (188, 182), (226, 206), (270, 172)))
    out += shade(424, 186, 84) + circ(424, 186, 84, LINEN) + circ(424, 186, 66, SAND)
    for x, y, r in ((404, 172, 40), (446, 202, 40)):
        out += poly(hull(disc(x, y, r) + disc(x + 12, y + 9, r)), NIGHT, 'opacity=".2"') + circ(x, y + 4, r, "#b8752f") + circ(x, y, r, "#dda452")
        d = f"M{x} {y}"
        for i in range(1, 110):
            a = i * .19
            d += f"L{x + (r - 4) * i / 110 * math.cos(a):.1f} {y + (r - 4) * i / 110 * math.sin(a):.1f}"
        out += line(d, "#a8672b", 3) + circ(x - r * .35, y - r * .4, 5, "#f0cf92")
    out += shade(196, 340, 40) + circ(196, 340, 40, LINEN) + circ(196, 340, 31, "#e2d6c0") + oval(190, 336, 24, 19, "#f2cfae") + oval(184, 330, 10, 7, "#fbe6d2")
    out += shade(308, 336, 44) + circ(308, 336, 44, TEAL) + circ(308, 336, 35, MIST) + "".join(f'<rect x="{x}" y="{y}" width="26" height="7" rx="3" fill="{c}" transform="rotate({a} {x + 13} {y + 3})"/>' for x, y, a, c in ((288, 318, 20, REED), (304, 326, -30, "#5b8a5e"), (290, 338, -10, REED), (304, 346, 30, "#5b8a5e"), (294, 330, 60, CLAY), (312, 336, 80, REED)))
    out += shade(420, 334, 52) + circ(420, 334, 52, CLAY) + circ(420, 334, 43, "#a5654a") + circ(420, 334, 37, "#f5ead2") + circ(412, 326, 22, LINEN)
    out += rect(494, 290, 6, 92, NIGHT, 3) + rect(508, 290, 6, 92, NIGHT, 3) + rect(494, 290, 6, 18, DAWN, 3) + rect(508, 290, 6, 18, DAWN, 3)
    out += path("M560 60q40 0 50 40q-40 4 -50 -40Z", REED) + path("M556 66q-4 44 34 60q10 -36 -34 -60Z", "#6f907a") + line("M530 30Q556 50 590 110", "#5b8a5e", 4) + path("M536 36q28 -26 56 -8q-24 28 -56 8Z", REED)
    out += path("M20 420q40 -30 70 0q-36 30 -70 0Z", REED) + path("M40 440q6 -50 46 -56q0 48 -46 56Z", "#6f907a")
    return page(out)


def lake():
    """A painted boat on Daming lake, the tower behind."""
    out = bands(0, 0, 640, 260, DUSK + ["#efcfa6"]) + circ(176, 196, 54, "#f9e0b2") + circ(176, 196, 80, "#f9e0b2", 'opacity=".28"') + hills(262, 640, ("#8fb0a0", "#6a9c95", "#4a8683"), 80)
    # the tower
    for i in range(6):
        half, y = 66 - i * 8, 248 - i * 30
        out += rect(430 - half + 12, y - 22, half * 2 - 24, 24, LAMP if i % 2 == 0 else "#f3c77e") + "".join(rect(430 - half + 12 + j * (half * 2 - 24) / 6 - 1.5, y - 22, 4, 24, DEEP) for j in range(7))
        out += path(f"M{430 - half - 14} {y - 22}q14 0 22 -14h{half * 2 - 16}q8 14 22 14q-16 7 -30 5h{-(half * 2 - 32)}q-14 2 -30 -5Z", DEEP) + path(f"M{430 - half - 14} {y - 22}q14 0 22 -14h{half - 8}v19h{-(half - 16)}q-14 2 -30 -5Z", "#1b555a")
    out += poly([(430, 20), (437, 62), (423, 62)], DAWN) + rect(350, 248, 160, 14, "#cbb794")
    out += rect(0, 258, 640, 8, "#3c6f66") + "".join(circ(x, 258, 15, ("#3f7f74", "#356f68", "#5a9580")[i % 3]) for i, x in enumerate(list(range(0, 340, 22)) + list(range(526, 660, 22))))
    out += bands(0, 264, 640, 216, ["#5f9b93", "#468a88", "#33797b", "#276b6f", "#1d6065", "#17555b"])
    out += oval(176, 288, 60, 14, "#f9e0b2", 'opacity=".55"') + poly([(380, 266), (480, 266), (452, 400), (408, 400)], LAMP, 'opacity=".25"')
    out += ripples([(30, 290, 70), (230, 282, 90), (520, 292, 100), (40, 440, 140), (420, 452, 150), (540, 340, 80), (20, 330, 60), (250, 466, 90), (140, 310, 60), (560, 420, 60)])
    # the boat
    out += oval(330, 418, 220, 16, NIGHT, 'opacity=".35"') + shadow(corners(150, 404, 330, 8), 110, 26)
    out += path("M96 356q30 50 84 56h262q58 -4 92 -62q-40 16 -76 18h-290q-40 0 -72 -12Z", CLAY) + path("M320 368h138q36 -2 76 -18q-34 58 -92 62h-122Z", "#a5654a") + path("M96 356q32 12 72 12h290q36 -2 76 -18l-6 12q-34 16 -70 18h-290q-36 0 -66 -14Z", DAWN)
    out += rect(182, 300, 254, 68, LAMP) + "".join(rect(x, 296, 8, 74, TEAL) for x in (180, 230, 280, 330, 380, 430)) + rect(182, 344, 254, 6, DEEP) + "".join(rect(188 + i * 12, 348, 3, 20, DEEP) for i in range(21))
    out += "".join(circ(x, 326, 10, "#7a4f3a") + path(f"M{x - 14} 345q2 -14 14 -14t14 14Z", c) for x, c in ((258, TEAL), (306, DEEP), (356, REED), (404, TEAL)))
    out += path("M150 300q30 -6 46 -44h226q16 38 46 44q-30 12 -60 8h-198q-30 4 -60 -8Z", TEAL) + path("M310 256h112q16 38 46 44q-30 12 -60 8h-98Z", DEEP) + rect(188, 248, 242, 10, NIGHT, 4)
    out += lantern(168, 332, .7, 22) + lantern(452, 332, .7, 22)
    for x, y, r in ((70, 460, 34), (128, 474, 26), (560, 470, 38), (620, 452, 26)):                # lotus
        out += oval(x, y, r, r * .32, "#3f8a72") + poly([(x, y), (x + r, y - 4), (x + r, y + 4)], "#1d6065")
    for x, y in ((84, 444), (574, 450)):
        out += path(f"M{x} {y}q-24 -8 -22 -24q14 2 22 24Z", DAWN) + path(f"M{x} {y}q24 -8 22 -24q-14 2 -22 24Z", DAWN) + path(f"M{x} {y}q-14 -20 0 -36q14 16 0 36Z", "#f3d3b6")
    return page(out)


def hill():
    """The steps up Qianfo hill in autumn."""
    out = bands(0, 0, 640, 340, DUSK) + circ(484, 112, 48, "#f6d9a6") + circ(484, 112, 72, "#f6d9a6", 'opacity=".25"')
    out += poly([(-20, 330), (150, 150), (260, 230), (400, 110), (560, 250), (660, 190), (660, 480), (-20, 480)], "#6f9f97") + poly([(400, 110), (560, 250), (660, 190), (660, 480), (480, 480), (430, 260)], "#5b908b") + poly([(150, 150), (260, 230), (300, 480), (180, 480), (190, 280)], "#5b908b")
    out += poly([(-20, 400), (110, 270), (320, 190), (520, 290), (660, 360), (660, 480), (-20, 480)], "#3f7f7c") + poly([(320, 190), (520, 290), (660, 360), (660, 480), (420, 480), (360, 330)], "#2c6b6d")
    # gate and the stair
    out += poly([(290, 232), (350, 232), (466, 480), (174, 480)], SAND) + poly([(320, 232), (350, 232), (466, 480), (330, 480)], "#d8c6a6")
    for i in range(17):
        t = (i / 17) ** 1.45
        y = 236 + t * 244
        half = 31 + t * 116
        out += rect(320 - half, y, half * 2, 2 + t * 5, WOOD)
    out += rect(270, 172, 12, 66, CLAY) + rect(358, 172, 12, 66, CLAY) + rect(270, 172, 4, 66, DAWN) + rect(358, 172, 4, 66, DAWN) + rect(262, 186, 116, 10, TEAL) + roof(320, 128, 176, 44, 92, rows=9) + rect(300, 180, 40, 20, NIGHT, 2)
    out += shadow(corners(358, 230, 12, 8), 110, 40)
    for x, y, s, c, c2 in ((90, 344, 1.2, CLAY, "#a5654a"), (180, 300, .9, DAWN, "#cf9a6c"), (520, 348, 1.2, DAWN, "#cf9a6c"), (452, 296, .9, CLAY, "#a5654a"), (40, 426, 1.5, DAWN, "#cf9a6c"), (590, 430, 1.5, CLAY, "#a5654a"), (140, 400, 1.0, REED, "#6f907a"), (516, 420, .9, REED, "#6f907a")):
        out += poly(hull(disc(x, y, 14 * s, 5 * s) + disc(x + 90 * s, y + 34 * s, 30 * s, 10 * s)), NIGHT, 'opacity=".2"') + rect(x - 4 * s, y - 34 * s, 8 * s, 36 * s, BARK) + path(f"M{x} {y - 112 * s}Q{x + 44 * s} {y - 60 * s} {x + 26 * s} {y - 26 * s}H{x - 26 * s}Q{x - 44 * s} {y - 60 * s} {x} {y - 112 * s}Z", c) + path(f"M{x} {y - 112 * s}Q{x + 44 * s} {y - 60 * s} {x + 26 * s} {y - 26 * s}H{x + 2 * s}Q{x + 14 * s} {y - 66 * s} {x} {y - 112 * s}Z", c2)
    out += person(290, 420, TEAL) + person(352, 372, CLAY)
    for x, y in ((236, 60), (268, 74), (204, 80)):
        out += line(f"M{x - 12} {y - 5}q8 -4 12 5q4 -9 12 -5", DEEP, 3)
    return page(out)


def bicycle():
    """A bicycle against the wall of the lane."""
    out = rect(0, 0, 640, 350, SAND) + rect(0, 250, 640, 100, "#9d9078") + rect(0, 0, 640, 30, DEEP) + rect(0, 30, 640, 10, "#2a6063") + "".join(rect(i * 27, 30, 14, 16, DEEP) for i in range(25)) + poly([(0, 46), (640, 46), (640, 70), (0, 110)], NIGHT, 'opacity=".12"')
    for j in range(4):
        for i in range(11):
            out += rect(i * 64 - (j % 2) * 32 + 2, 252 + j * 25, 60, 21, ("#aa9d85", "#94876f", "#a09379")[(i + j) % 3])
    out += rect(0, 350, 640, 130, "#d3bf9c") + "".join(rect(0, 378 + i * 32, 640, 2, "#bfa980") for i in range(4)) + "".join(line(f"M{x} 350L{x + (x - 320) * .3:.0f} 480", "#bfa980", 2) for x in range(0, 641, 80))
    out += rect(440, 88, 128, 262, BARK) + rect(452, 100, 104, 250, TEAL) + rect(502, 100, 4, 250, DEEP) + rect(504, 100, 52, 250, DEEP, 0, 'opacity=".35"') + circ(492, 232, 8, LAMP) + circ(516, 232, 8, LAMP) + rect(430, 78, 148, 14, NIGHT) + rect(436, 346, 136, 8, LINEN) + lantern(408, 142, .9, 60)
    out += circ(150, 150, 62, DEEP) + circ(150, 150, 53, LAMP) + line("M150 97V203M97 150H203M113 113L187 187M187 113L113 187", DEEP, 4) + circ(150, 150, 20, DEEP) + circ(150, 150, 15, "#fbe2ae")
    a, b, r = (212, 354), (408, 354), 72
    # its shadow, thrown along the ground
    g = ""
    for x, y in (a, b):
        g += f'<circle cx="{x}" cy="{y}" r="{r}" fill="none" stroke="{NIGHT}" stroke-width="8"/>'
    frame = f"M{a[0]} {a[1]}L272 266L372 256M272 266L304 354L372 256L{b[0]} {b[1]}M{a[0]} {a[1]}H304M272 266L264 240M372 256L366 226L398 218"
    out += group(g + line(frame, NIGHT, 8), 'transform="translate(0 426) skewX(52) scale(1 .36) translate(16 -426)" opacity=".24"')
    for x, y in (a, b):
        out += f'<circle cx="{x}" cy="{y}" r="{r}" fill="none" stroke="{NIGHT}" stroke-width="9"/><circle cx="{x}" cy="{y}" r="{r - 8}" fill="none" stroke="{LINEN}" stroke-width="4"/>'
        out += "".join(line(f"M{x} {y}L{x + (r - 8) * math.cos(k * .5236):.0f} {y + (r - 8) * math.sin(k * .5236):.0f}", MIST, 1.6) for k in range(12)) + circ(x, y, 7, NIGHT)
    out += line(frame.split("M372 256L366")[0], CLAY, 9) + line("M372 256L366 226", CLAY, 9) + line("M272 266L264 240", NIGHT, 7) + path("M238 238q20 -12 56 -6q6 8 -6 10q-20 2 -34 8q-16 -2 -16 -12Z", NIGHT) + line("M366 226L358 214M366 226L402 216q12 2 10 14", NIGHT, 7)
    out += circ(304, 354, 17, NIGHT) + circ(304, 354, 10, WOOD) + line("M304 354L322 388M312 390h22", NIGHT, 6) + line(f"M{a[0]} {a[1] + 7}L304 371M{a[0]} {a[1] - 7}L304 338", NIGHT, 3)
    out += poly([(386, 236), (470, 236), (460, 292), (396, 292)], WOOD) + poly([(428, 236), (470, 236), (460, 292), (428, 292)], "#a08259") + rect(382, 230, 92, 9, BARK, 4) + line("M390 254H466M393 272H463", BARK, 2) + circ(404, 218, 14, REED) + circ(426, 212, 17, "#6f907a") + circ(450, 219, 14, REED) + circ(414, 212, 7, DAWN) + circ(440, 208, 8, DAWN) + circ(426, 222, 6, CLAY)
    out += line("M152 300q30 -26 62 -26q44 2 66 40", NIGHT, 5)
    return page(out)


AROUND = {"spring": spring, "tea": tea, "breakfast": breakfast, "lake": lake, "hill": hill, "bicycle": bicycle}
