"""The inn: its gate by the spring, the courtyard, the rooms."""

from flat import *


def front():
    w, cx = 960, 480
    out = bands(0, 0, w, 330, DUSK) + circ(150, 150, 54, "#f6d9a6") + circ(150, 150, 80, "#f6d9a6", 'opacity=".25"')
    out += hills(318, w, ("#86aa9a", "#5b918b", "#3b7c7c"), 190)
    # a pagoda on the hill
    for i in range(5):
        out += rect(214 + i * 3, 238 - i * 19, 44 - i * 6, 20, "#4f8a86") + poly([(206 + i * 3, 240 - i * 19), (266 - i * 3, 240 - i * 19), (256 - i * 3, 230 - i * 19), (216 + i * 3, 230 - i * 19)], "#2f6f71")
    out += poly([(229, 144), (243, 144), (236, 118)], "#2f6f71")
    out += rect(0, 306, w, 234, "#d9c6a5")
    # walls with their tiled cap
    for x, ww in ((0, 330), (630, 330)):
        out += rect(x, 236, ww, 150, SAND) + rect(x, 352, ww, 34, "#9d9078") + rect(x, 224, ww, 14, DEEP) + rect(x, 238, ww, 7, "#2a6063") + "".join(rect(x + i * 15, 238, 8, 10, DEEP) for i in range(22))
    out += poly([(0, 245), (330, 245), (330, 268), (0, 300)], NIGHT, 'opacity=".10"')
    out += poly([(630, 245), (960, 245), (960, 386), (760, 386), (630, 262)], NIGHT, 'opacity=".16"')
    for x in (120, 800):                                     # fan and round windows
        out += circ(x + 20, 300, 34, DEEP) + circ(x + 20, 300, 28, LAMP) + line(f"M{x + 20} 272V328M{x - 8} 300H{x + 48}M{x} 280L{x + 40} 320M{x + 40} 280L{x} 320", DEEP, 3)
    # house behind and the gate
    out += roof(cx, 96, 166, 150, 250, rows=20) + rect(300, 164, 360, 60, SAND) + "".join(lattice(318 + i * 84, 172, 68, 44, cols=4, rows=3, bar=2.5) for i in range(4))
    out += roof(cx, 176, 236, 120, 196, rows=16)
    out += rect(330, 232, 300, 154, "#cdb793") + rect(330, 232, 300, 12, TEAL) + "".join(rect(338 + i * 26, 235, 14, 6, DAWN) for i in range(12))
    out += rect(352, 246, 16, 140, TEAL) + rect(592, 246, 16, 140, TEAL) + rect(352, 246, 6, 140, AQUA) + rect(592, 246, 6, 140, AQUA)
    out += rect(412, 270, 136, 116, LAMP) + rect(412, 270, 136, 46, "#f3bf78") + rect(404, 262, 8, 124, DEEP) + rect(548, 262, 8, 124, DEEP) + rect(404, 262, 152, 9, DEEP)
    out += circ(480, 330, 30, "#8fae8b") + circ(462, 340, 20, "#7a9f80") + circ(498, 342, 20, "#7a9f80") + rect(476, 344, 8, 42, BARK)                     # tree in the yard
    out += poly([(412, 270), (438, 276), (438, 386), (412, 386)], TEAL) + poly([(548, 270), (522, 276), (522, 386), (548, 386)], DEEP) + circ(434, 334, 3.5, LAMP) + circ(526, 334, 3.5, LAMP)
    out += rect(420, 238, 120, 38, NIGHT, 3) + rect(420, 238, 120, 38, "none", 3, f'stroke="{DAWN}" stroke-width="3"') + f'<text x="480" y="267" font-family="Noto Serif CJK SC" font-weight="bold" font-size="28" letter-spacing="10" text-anchor="middle" fill="{LAMP}">泉水</text>'
    out += lantern(386, 300, 1, 42) + lantern(574, 300, 1, 42)
    # steps, terrace, pool
    out += rect(390, 384, 180, 9, LINEN) + rect(372, 393, 216, 9, "#e2d6c0") + poly([(0, 400), (960, 400), (960, 424), (0, 424)], "#c9b591")
    out += shadow(corners(352, 386, 16, 10), 200, 24) + shadow(corners(592, 386, 16, 10), 200, 24)
    out += rect(0, 424, w, 9, LINEN) + rect(0, 432, w, 108, TEAL) + bands(0, 432, w, 108, ["#2c7376", "#256b6f", TEAL, "#1a575c"])
    out += poly([(412, 433), (548, 433), (530, 540), (430, 540)], LAMP, 'opacity=".38"') + poly([(346, 433), (612, 433), (612, 470), (346, 470)], SAND, 'opacity=".14"') + oval(386, 470, 12, 26, DAWN, 'opacity=".5"') + oval(574, 470, 12, 26, DAWN, 'opacity=".5"') + oval(150, 486, 54, 22, "#f6d9a6", 'opacity=".25"')
    out += ripples([(60, 452, 130), (230, 480, 90), (640, 458, 120), (800, 486, 110), (360, 500, 60), (520, 486, 80), (110, 512, 90), (720, 520, 140), (440, 456, 70)])
    for x, y in ((300, 456), (316, 464), (288, 470)):
        out += circ(x, y, 6, MIST, 'opacity=".8"')
    for x in list(range(16, 300, 46)) + list(range(668, 960, 46)):                           # stone railing
        out += rect(x, 392, 12, 36, LINEN) + rect(x, 392, 4, 36, "#fffdf8") + rect(x - 2, 387, 16, 7, LINEN, 3) + shadow(corners(x, 424, 12, 4), 34, 8)
    for x0, x1 in ((16, 304), (668, 960)):
        out += rect(x0, 400, x1 - x0, 6, LINEN) + rect(x0, 412, x1 - x0, 4, "#e2d6c0")
    out += line("M878 430C868 340 884 250 866 150C860 110 850 60 862 -10", BARK, 22) + line("M872 190C900 150 930 120 970 108M866 120C830 80 800 60 770 40", BARK, 9) + willow(736, -10, 12, 21, 210) + shadow(corners(868, 420, 20, 8), 92, 14)
    out += person(360, 398, TEAL) + suitcase(392, 398)
    return page(out, w, 540)


def person(x, y, coat):
    return shadow(corners(x - 10, y - 6, 24, 6), 90, 14) + rect(x - 9, y - 24, 7, 24, NIGHT) + rect(x + 3, y - 24, 7, 24, NIGHT) + path(f"M{x - 14} {y - 20}L{x - 10} {y - 58}Q{x} {y - 66} {x + 11} {y - 58}L{x + 15} {y - 20}Z", coat) + circ(x, y - 73, 11, "#d9a17c") + path(f"M{x - 12} {y - 72}a12 12 0 0 1 24 0q-6 -7 -12 -6q-8 0 -12 6Z", NIGHT)


def suitcase(x, y):
    return shadow(corners(x - 10, y - 5, 24, 5), 60, 10) + rect(x - 11, y - 30, 24, 28, CLAY, 3) + line(f"M{x - 4} {y - 30}V{y - 42}H{x + 6}V{y - 30}", NIGHT, 3) + rect(x - 11, y - 20, 24, 4, DAWN)


def pomegranate(x, y, s=1.0):
    out = rect(x - 6 * s, y - 90 * s, 12 * s, 90 * s, BARK) + line(f"M{x} {y - 60 * s}L{x - 34 * s} {y - 104 * s}M{x} {y - 70 * s}L{x + 30 * s} {y - 112 * s}", BARK, 7 * s)
    for dx, dy, r, c in ((-38, -118, 40, "#3f7f70"), (36, -122, 42, "#3f7f70"), (0, -150, 48, "#5a9580"), (-16, -108, 34, "#5a9580"), (22, -166, 28, "#78ad91"), (-30, -142, 26, "#78ad91")):
        out += circ(x + dx * s, y + dy * s, r * s, c)
    for dx, dy in ((-44, -100), (-12, -122), (22, -140), (44, -106), (-26, -160), (8, -96), (52, -140)):
        out += circ(x + dx * s, y + dy * s, 9 * s, CLAY) + circ(x + dx * s - 2, y + dy * s - 3, 4 * s, DAWN) + poly([(x + dx * s - 4 * s, y + dy * s + 8 * s), (x + dx * s + 4 * s, y + dy * s + 8 * s), (x + dx * s, y + dy * s + 14 * s)], CLAY)
    return out


def courtyard():
    out = bands(0, 0, 640, 190, DUSK) + circ(130, 96, 34, "#f6d9a6") + hills(180, 640, ("#86aa9a", "#5b918b"), 70)
    out += roof(320, 96, 176, 170, 262, rows=20) + rect(110, 172, 420, 112, SAND) + rect(110, 172, 420, 10, TEAL) + rect(110, 258, 420, 26, "#9d9078")
    for x in (134, 412):
        out += lattice(x, 194, 94, 62, cols=5, rows=4)
    out += rect(262, 190, 116, 94, LAMP) + lattice(262, 190, 32, 94, "#f5c67f", cols=2, rows=5) + lattice(346, 190, 32, 94, "#f5c67f", cols=2, rows=5) + rect(300, 250, 40, 4, BARK) + rect(316, 254, 8, 30, BARK) + circ(320, 240, 9, LINEN) + rect(256, 284, 128, 8, LINEN) + rect(244, 292, 152, 8, "#e2d6c0")
    for x in (238, 390):
        out += rect(x, 178, 12, 106, TEAL) + rect(x, 178, 4, 106, AQUA)
    out += lantern(222, 206, .8, 26) + lantern(422, 206, .8, 26)
    # side houses in perspective
    out += poly([(0, 90), (110, 190), (110, 286), (0, 350)], "#d8c6a6") + poly([(640, 90), (530, 190), (530, 286), (640, 350)], "#c1ad8b") + poly([(0, 40), (128, 176), (112, 200), (0, 100)], DEEP) + poly([(640, 40), (512, 176), (528, 200), (640, 100)], NIGHT)
    for x0, x1 in ((14, 56), (66, 98)):
        for mirror in (0, 1):
            m = (lambda v: 640 - v) if mirror else (lambda v: v)
            y = lambda v, b: 90 + v * .91 + b * (260 - v * 1.49) / 260
            q = [(m(x0), y(x0, 60)), (m(x1), y(x1, 60)), (m(x1), y(x1, 180)), (m(x0), y(x0, 180))]
            out += poly(q, LAMP, f'stroke="{DEEP}" stroke-width="5"') + line(f"M{m((x0 + x1) / 2)} {y((x0 + x1) / 2, 60):.0f}V{y((x0 + x1) / 2, 180):.0f}M{m(x0)} {y(x0, 120):.0f}L{m(x1)} {y(x1, 120):.0f}", DEEP, 3)
    # the paved yard
    out += poly([(110, 284), (530, 284), (640, 350), (640, 480), (0, 480), (0, 350)], DUNE)
    for i in range(-7, 8):
        out += line(f"M{320 + i * 34} 300L{320 + i * 112} 480", "#cbb794", 2)
    for y in (312, 338, 374, 422):
        out += line(f"M0 {y}H640", "#cbb794", 2)
    out += poly([(288, 300), (352, 300), (400, 480), (240, 480)], "#e8dcc6")
    out += poly([(262, 300), (378, 300), (420, 350), (280, 350)], LAMP, 'opacity=".28"')
    # tree in its round bed, with a shadow like itself
    out += poly([(176, 384), (188, 384), (310, 430), (300, 436)], NIGHT, 'opacity=".22"') + oval(352, 440, 96, 24, NIGHT, 'opacity=".22"')
    out += oval(184, 388, 54, 16, "#9d9078") + oval(184, 383, 54, 16, LINEN) + oval(184, 383, 43, 11, BARK) + pomegranate(184, 384, 1.06)
    # table and drum stools
    out += shadow(disc(446, 404, 62, 14), 130, 34) + shadow(disc(376, 430, 20, 6), 80, 20) + shadow(disc(516, 436, 20, 6), 80, 20)
    out += poly([(428, 362), (464, 362), (476, 408), (416, 408)], "#a4977f") + poly([(428, 362), (442, 362), (436, 408), (416, 408)], "#c4b79d") + oval(446, 358, 74, 18, "#a4977f") + oval(446, 351, 74, 18, LINEN)
    for x, y in ((372, 402), (518, 408)):
        out += path(f"M{x - 20} {y}Q{x - 28} {y + 18} {x - 20} {y + 34}Q{x} {y + 42} {x + 20} {y + 34}Q{x + 28} {y + 18} {x + 20} {y}Z", TEAL) + path(f"M{x - 20} {y}Q{x - 28} {y + 18} {x - 20} {y + 34}L{x - 8} {y + 38}V{y}Z", AQUA) + oval(x, y, 21, 7, PALE)
    out += path("M428 340q-4 -20 14 -22q20 0 18 22q-14 8 -32 0Z", TEAL) + line("M460 330l13 -9M442 317v-5", TEAL, 5) + rect(478, 338, 15, 11, LINEN, 3, f'stroke="{TEAL}" stroke-width="2.5"') + rect(404, 342, 15, 11, LINEN, 3, f'stroke="{TEAL}" stroke-width="2.5"')
    out += steam(485, 332, 40)
    return page(out)


def wall(colour="#e6d8c0", floor="#b89a74", y=362):
    out = rect(0, 0, 640, y, colour) + rect(0, y - 14, 640, 14, "#a98d69") + rect(0, y, 640, 480 - y, floor)
    for i in range(5):
        out += rect(0, y + 22 + i * 26, 640, 2, "#a3865f")
    return out


def lamp_table(x, y, cup=False):
    """A bedside table with its lamp; y is the floor."""
    out = shadow(corners(x - 30, y - 8, 60, 8), 90, 30) + rect(x - 30, y - 74, 60, 74, BARK) + rect(x - 30, y - 74, 20, 74, "#93755a") + rect(x - 34, y - 80, 68, 8, "#5f4834") + rect(x - 22, y - 58, 44, 3, "#5f4834") + circ(x, y - 48, 3, LAMP)
    out += circ(x, y - 136, 62, LAMP, 'opacity=".28"') + rect(x - 2, y - 122, 4, 42, NIGHT) + rect(x - 12, y - 84, 24, 5, NIGHT, 2) + poly([(x - 16, y - 164), (x + 16, y - 164), (x + 28, y - 118), (x - 28, y - 118)], LAMP) + poly([(x - 16, y - 164), (x - 4, y - 164), (x - 8, y - 118), (x - 28, y - 118)], "#fdebc4")
    return out


def bed(x, y, w, cover=TEAL, dark=DEEP, light=AQUA, pillows=2):
    """A bed seen from its foot; y is the floor, w its breadth."""
    out = shadow(corners(x, y - 40, w, 40), 120, 44) + rect(x - 8, y - 190, w + 16, 120, BARK, 10) + rect(x + 4, y - 178, w - 8, 100, "#93755a", 6) + "".join(rect(x + 4 + (w - 8) * i / 6 - 1, y - 178, 2, 100, BARK) for i in range(1, 6))
    pw = (w - 24) / pillows
    for i in range(pillows):
        out += path(f"M{x + 12 + i * pw + 6:.0f} {y - 140}q{pw / 2 - 6:.0f} -12 {pw - 12:.0f} 0q8 22 0 44h{-(pw - 12):.0f}q-8 -22 0 -44Z", LINEN) + path(f"M{x + 12 + i * pw + pw * .55:.0f} {y - 146}q{pw * .28:.0f} 2 {pw * .45 - 6:.0f} 6q8 22 0 44h{-pw * .3:.0f}Z", MIST)
    out += path(f"M{x - 2} {y - 104}H{x + w + 2}L{x + w + 10} {y - 22}H{x - 10}Z", LINEN)
    out += path(f"M{x - 4} {y - 84}Q{x + w / 2} {y - 74} {x + w + 4} {y - 84}L{x + w + 12} {y - 16}H{x - 12}Z", cover) + path(f"M{x + w * .55} {y - 78}Q{x + w * .8} {y - 79} {x + w + 4} {y - 84}L{x + w + 12} {y - 16}H{x + w * .62}Z", dark)
    out += path(f"M{x - 8} {y - 56}H{x + w + 8}L{x + w + 11} {y - 34}H{x - 11}Z", DAWN) + "".join(poly([(x + w * (i + .5) / 9 - 8, y - 45), (x + w * (i + .5) / 9, y - 53), (x + w * (i + .5) / 9 + 8, y - 45), (x + w * (i + .5) / 9, y - 37)], CLAY) for i in range(9))
    out += rect(x - 12, y - 18, w + 24, 10, "#5f4834") + rect(x - 6, y - 8, 14, 10, "#5f4834") + rect(x + w - 8, y - 8, 14, 10, "#5f4834")
    return out


def spring_room():
    """The double room: the window looks on the spring."""
    out = wall()
    out += '<clipPath id="pane"><rect x="156" y="44" width="328" height="170"/></clipPath>' + rect(146, 34, 348, 188, BARK) + group(bands(156, 44, 328, 110, DUSK) + circ(392, 112, 24, "#f6d9a6") + group(hills(150, 640, ("#86aa9a", "#4f8a86"), 56)) + rect(156, 150, 328, 64, TEAL) + ripples([(180, 162, 60), (260, 178, 80), (378, 168, 70), (200, 196, 50), (360, 200, 90), (372, 184, 44)]) + "".join(circ(x, y, r, MIST, 'opacity=".85"') for x, y, r in ((300, 166, 5), (312, 160, 7), (324, 168, 5), (306, 174, 4))) + "".join(rect(x, 138, 7, 18, LINEN) for x in range(160, 484, 36)) + rect(156, 142, 328, 4, LINEN) + willow(160, 40, 5, 17, 96, "#4a8577") + willow(432, 40, 4, 16, 80, "#4a8577"), 'clip-path="url(#pane)"')
    out += rect(317, 44, 6, 170, BARK) + rect(156, 90, 328, 5, BARK) + line("M232 44V90M408 44V90", BARK, 5) + rect(136, 214, 368, 12, "#5f4834")
    out += poly([(128, 28), (156, 28), (150, 226), (112, 240)], LINEN) + poly([(512, 28), (484, 28), (490, 226), (528, 240)], "#e9e2d4") + rect(104, 20, 432, 9, NIGHT, 4)
    out += poly([(320, 362), (470, 362), (640, 430), (640, 480), (430, 480)], DAWN, 'opacity=".25"')
    out += lamp_table(146, 420) + bed(206, 430, 228) + lamp_table(494, 420)
    return page(out)


def twin_room():
    out = wall("#d6e1d9", "#b0926c")
    out += rect(0, 240, 640, 108, "#b9cfc5") + rect(0, 236, 640, 6, TEAL)
    # three hanging scrolls: hill, reed, carp
    for i, x in enumerate((212, 284, 356)):
        out += rect(x, 50, 62, 150, LINEN) + rect(x - 4, 46, 70, 7, BARK) + rect(x - 4, 198, 70, 7, BARK) + rect(x + 7, 60, 48, 128, SAND)
        if i == 0:
            out += poly([(x + 7, 170), (x + 26, 110), (x + 40, 150), (x + 48, 134), (x + 55, 170)], TEAL) + rect(x + 7, 168, 48, 20, PALE) + circ(x + 42, 86, 9, CLAY)
        elif i == 1:
            out += line(f"M{x + 24} 188C{x + 22} 150 {x + 30} 120 {x + 34} 80M{x + 34} 188C{x + 36} 160 {x + 44} 130 {x + 46} 106M{x + 28} 150L{x + 16} 118", REED, 4) + line(f"M{x + 34} 92V74M{x + 46} 116V100", BARK, 9)
        else:
            out += path(f"M{x + 20} 96q20 6 16 40q-2 14 -12 24q-12 -20 -12 -38q0 -18 8 -26Z", CLAY) + poly([(x + 22, 158), (x + 36, 174), (x + 12, 176)], DAWN) + line(f"M{x + 12} 184h38M{x + 20} 78h28", AQUA, 3)
    out += lantern(110, 96, 1.1, 100) + lantern(530, 96, 1.1, 100)
    out += lamp_table(320, 412) + bed(140, 424, 140, TEAL, DEEP, AQUA, 1) + bed(360, 424, 140, TEAL, DEEP, AQUA, 1)
    out += poly([(262, 446), (378, 446), (410, 480), (230, 480)], DAWN, 'opacity=".55"') + line("M254 456H386M244 468H398", CLAY, 3, 'opacity=".6"')
    return page(out)


def kang_room():
    """The family room with its heated brick bed."""
    out = wall("#eadcc2", "#a98a66", 396)
    out += rect(0, 0, 640, 13, BARK) + rect(0, 13, 640, 4, "#5f4834") + "".join(rect(x, 0, 14, 34, "#5f4834") for x in range(40, 640, 92))
    out += lattice(150, 62, 340, 132, "#8fb7ae", BARK, 10, 4, 4) + group(bands(262, 95, 116, 66, DUSK[2:]) + circ(346, 124, 14, "#fdebc4") + poly([(262, 161), (296, 128), (330, 150), (352, 138), (378, 161)], TEAL)) + rect(262, 95, 116, 66, "none", 0, f'stroke="{BARK}" stroke-width="8"')
    for x, y, c in ((192, 104, CLAY), (452, 104, CLAY)):                                   # paper cuts
        out += "".join(circ(x + 11 * math.cos(i * 1.047), y + 11 * math.sin(i * 1.047), 8, c) for i in range(6)) + circ(x, y, 6, LAMP)
    out += lantern(94, 112, 1.1, 80) + lantern(546, 112, 1.1, 80)
    # the kang: mat, wall of grey brick
    out += poly([(70, 232), (570, 232), (620, 310), (20, 310)], "#d9bf8d") + "".join(line(f"M{70 + i * 50} 232L{20 + i * 60} 310", "#c4a670", 2) for i in range(11)) + line("M52 260H588M36 285H604", "#c4a670", 2)
    out += rect(20, 310, 600, 14, BARK) + rect(26, 324, 588, 92, "#8f9a92")
    for j in range(4):
        for i in range(12):
            left = max(28, 28 + i * 56 - (j % 2) * 28)
            right = min(612, 28 + (i + 1) * 56 - (j % 2) * 28 - 4)
            if right > left:
                out += rect(left, 326 + j * 23, right - left, 19, ("#9daaa1", "#87938b", "#93a097")[(i + j) % 3])
    out += path("M288 416V370a32 32 0 0 1 64 0V416Z", NIGHT) + path("M300 416q0 -30 12 -36q2 12 8 8q4 -14 4 -22q18 20 16 50Z", CLAY) + path("M310 416q2 -16 10 -20q8 8 8 20Z", LAMP)
    out += shadow(corners(26, 408, 588, 8), 60, 30)
    # quilts folded, low table, cushions
    for i, (c, c2) in enumerate(((TEAL, DEEP), (DAWN, CLAY), (REED, "#6f907a"), (LINEN, "#ddd6c8"))):
        out += rect(122, 246 - i * 25, 108, 24, c, 9) + rect(176, 246 - i * 25, 54, 24, c2, 9) + rect(176, 246 - i * 25, 12, 24, c2) 
        out += rect(410, 246 - i * 25, 108, 24, c2 if i % 2 else c, 9) + rect(464, 246 - i * 25, 54, 24, c2, 9) + rect(464, 246 - i * 25, 12, 24, c2)
    out += shadow(corners(250, 284, 140, 6), 70, 12) + rect(262, 264, 10, 32, "#5f4834") + rect(368, 264, 10, 32, "#5f4834") + poly([(256, 246), (384, 246), (400, 266), (240, 266)], "#93755a") + rect(240, 266, 160, 8, "#5f4834")
    out += path("M300 250q-6 -22 16 -24q24 0 20 24q-18 8 -36 0Z", LINEN) + line("M336 240l14 -9M316 225v-5", LINEN, 5) + rect(274, 247, 14, 10, MIST, 3) + rect(358, 247, 14, 10, MIST, 3) + steam(317, 218, 34)
    for x in (214, 426):
        out += oval(x, 290, 34, 10, "#a5654a") + oval(x, 284, 34, 10, CLAY) + oval(x, 283, 20, 5, DAWN)
    for x in (226, 404):                                                                      # slippers
        out += oval(x, 446, 15, 7, TEAL) + oval(x + 26, 450, 15, 7, TEAL) + oval(x - 4, 445, 7, 4, LINEN) + oval(x + 22, 449, 7, 4, LINEN)
    return page(out)


def moon_room():
    """The suite: tea by the moon window."""
    out = rect(0, 0, 640, 372, "#c9d8cf") + rect(0, 372, 640, 108, "#b0926c") + "".join(rect(0, 394 + i * 26, 640, 2, "#9d7f5a") for i in range(4)) + rect(0, 360, 640, 12, BARK)
    out += '<clipPath id="moon"><circle cx="320" cy="186" r="146"/></clipPath>' + circ(332, 196, 160, NIGHT, 'opacity=".15"') + circ(320, 186, 160, BARK) + circ(320, 186, 152, "#93755a")
    out += group(bands(160, 30, 320, 190, ["#1f6468", "#2d7276", "#4b8783", "#7ba293", "#aebb9f", "#e0c39b"]) + circ(374, 104, 34, LINEN) + circ(374, 104, 48, LINEN, 'opacity=".2"') + hills(232, 640, ("#6f9c93", "#4a8683", "#2c6f71"), 80) + rect(160, 230, 320, 110, "#215f64") + oval(374, 252, 30, 6, LINEN, 'opacity=".5"') + ripples([(350, 262, 50), (362, 274, 30), (200, 256, 60), (240, 280, 50), (420, 286, 40)]) + roof(236, 176, 206, 26, 54, rows=6) + rect(206, 204, 60, 30, LAMP) + "".join(rect(204 + i * 18, 204, 5, 34, DEEP) for i in range(4)) + line("M430 400C440 300 424 200 470 120", NIGHT, 11) + line("M438 250C410 220 400 200 372 190M446 200C420 170 420 160 404 142M440 280C462 256 470 240 490 230", NIGHT, 6) + "".join(circ(x, y, r, c) for x, y, r, c in ((372, 190, 9, DAWN), (388, 198, 7, "#f3d3b6"), (404, 142, 9, DAWN), (414, 160, 7, "#f3d3b6"), (424, 214, 8, DAWN), (444, 176, 8, "#f3d3b6"), (408, 226, 7, DAWN), (456, 246, 8, DAWN), (460, 140, 8, DAWN))), 'clip-path="url(#moon)"')
    out += rect(66, 30, 22, 150, BARK) + rect(60, 24, 34, 8, NIGHT) + rect(70, 40, 14, 130, SAND) + rect(552, 30, 22, 150, BARK) + rect(546, 24, 34, 8, NIGHT) + rect(556, 40, 14, 130, SAND)
    out += line("M77 60v20M77 92v16M77 122v24M563 60v16M563 90v24M563 128v16", TEAL, 5)
    # day-bed with low tea table
    out += shadow(corners(120, 410, 400, 20), 110, 40) + rect(120, 338, 400, 30, LINEN, 8) + rect(120, 352, 400, 16, "#ddd6c8") + rect(108, 366, 424, 22, BARK, 4) + rect(108, 366, 424, 7, "#93755a", 3) + "".join(rect(x, 388, 20, 44, "#5f4834") for x in (124, 496)) + path("M144 388h352q-20 18 -60 18h-232q-40 0 -60 -18Z", "#5f4834")
    for x, c, c2 in ((172, TEAL, DEEP), (468, TEAL, DEEP)):
        out += rect(x - 40, 284, 80, 58, c, 12) + path(f"M{x + 6} 284h22q12 0 12 12v34q0 12 -12 12h-22Z", c2) + poly([(x - 14, 313), (x, 299), (x + 14, 313), (x, 327)], DAWN)
    out += shadow(corners(268, 330, 104, 8), 60, 6) + rect(262, 300, 116, 9, "#5f4834", 3) + rect(272, 309, 9, 30, "#5f4834") + rect(359, 309, 9, 30, "#5f4834")
    out += path("M296 300q-10 -30 20 -32q32 0 24 32Z", CLAY) + path("M320 268q28 2 20 32h-14q6 -20 -6 -32Z", "#a5654a") + line("M340 288l16 -12M316 267v-6", CLAY, 6) + path("M296 278q-18 0 -14 16q2 6 14 4", "none", f'stroke="{CLAY}" stroke-width="5"') + rect(358, 290, 14, 10, LINEN, 3) + rect(270, 290, 14, 10, LINEN, 3) + steam(365, 286, 46)
    out += lantern(110, 250, 1.1, 0) + rect(107, 280, 6, 92, BARK) + rect(92, 368, 36, 6, BARK) + circ(110, 250, 66, LAMP, 'opacity=".16"')
    out += path("M536 372q-4 -40 6 -56q-10 -8 0 -12h18q10 4 0 12q10 16 6 56Z", TEAL) + path("M551 372v-68h9q10 4 0 12q10 16 6 56Z", DEEP) + line("M550 304C548 270 560 240 552 214M552 270C566 256 570 250 584 244M550 290C538 276 534 268 526 258", BARK, 4) + "".join(circ(x, y, 7, CLAY) for x, y in ((552, 214), (558, 240), (584, 244), (570, 256), (526, 258), (538, 274)))
    return page(out)


INN = {"front": front, "courtyard": courtyard, "spring-room": spring_room, "twin-room": twin_room, "kang-room": kang_room, "moon-room": moon_room}
