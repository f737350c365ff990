"""The dishes on the table."""

import math
import random

from ink import *


def carp():
    """Sweet and sour Yellow River carp: fried with head and tail raised, slit flesh opened like petals, red glaze."""
    out = [f'<circle cx="320" cy="190" r="158" fill="{GOLD}" opacity=".42" filter="url(#print)"/>', table(300), '<g transform="translate(48 50) scale(.85)">']
    out += plate(320, 345, 268, 104, 26)
    out.append(printed(blob([(110, 345), (190, 300), (330, 292), (470, 300), (535, 345), (470, 392), (330, 408), (180, 395)], "#b8391f"),
                       blob([(150, 352), (230, 372), (360, 384), (470, 366), (420, 394), (300, 402), (200, 390)], "#d9633a")))
    body = Ribbon([(108, 196), (170, 250), (250, 296), (340, 306), (430, 282), (500, 218), (526, 178)], [44, 62, 74, 74, 58, 32, 20])
    tail = spline([(500, 200), (524, 150), (516, 92), (548, 116), (562, 138), (590, 108), (622, 102), (590, 150), (552, 196), (534, 214)], 8, True)
    head = spline([body.at(.2, -1), (112, 158), (74, 164), (60, 190), (78, 202), (66, 214), (92, 240), body.at(.2, 1)], 10) + [body.at(.24, .6), body.at(.26, 0), body.at(.24, -.6)]
    col = [fill(tail, CARAMEL), blob([body.at(.36, -.9), (236, 186), (296, 196), (350, 208), (390, 220), body.at(.64, -.9)], CARAMEL),
           fill(body.outline(.12, .97), VERMILION), fill(body.outline(.2, .9, .55), "#d96a2c", 'opacity=".65"'),
           fill(head, "#8f3a1c"), blob([body.at(.2, .95), (128, 252), (96, 236), (110, 222), (160, 234)], CARAMEL)]
    key = []
    for i in range(6):                        # the slits: petals of white-gold flesh
        t = .33 + i * .105
        top, bottom = body.at(t, -.86), body.at(t + .055, .9)
        bulge, inner = body.at(t + .12, .1), body.at(t + .015, .1)
        petal = spline([top, body.at(t + .085, -.5), bulge, body.at(t + .11, .6), bottom], 6)
        back = spline([bottom, body.at(t + .02, .5), inner, body.at(t + .0, -.4), top], 6)
        col += [fill(petal + back, CREAM), fill(spline([body.at(t + .03, -.3), body.at(t + .055, .2), body.at(t + .055, .6)], 5) + [body.at(t + .025, .2)], GOLD)]
        key += [stroke([top, body.at(t + .085, -.5), bulge, body.at(t + .11, .6), bottom], 5), stroke([top, body.at(t, -.4), inner, body.at(t + .02, .5), bottom], 3, DEEP)]
    for t, n in ((.225, 5), (.265, 5), (.305, 4), (.9, 3), (.935, 2)):   # scales
        for j in range(n):
            q = -.72 + (j + (n % 2) * .3) * 1.5 / n
            key.append(stroke([body.at(t, q), body.at(t + .028, q + .14), body.at(t, q + .28)], 2.8, DEEP))
    key += [stroke([(70, 204), (58, 214), (44, 214)], 4), stroke([(80, 212), (72, 228), (60, 236)], 4)]   # barbels
    key += [stroke([body.at(i / 20 * .77 + .2, -1) for i in range(21)], 7), stroke([body.at(i / 20 * .77 + .2, 1) for i in range(21)], 7),
            stroke(spline([body.at(.2, -1), (112, 158), (74, 164), (60, 190), (78, 202)], 8), 6, smooth=False), stroke([(78, 202), (66, 214), (92, 240), body.at(.2, 1)], 6),
            stroke([(78, 202), (98, 204)], 4), arc(150, 214, 34, 46, -62, 80, 6, turn=38), arc(138, 208, 26, 36, -50, 66, 3, turn=38), ring(tail, 5.5)]
    for a in ((516, 98), (536, 116), (590, 110), (614, 108), (560, 140)):
        key.append(stroke([(532, 184), ((532 + a[0]) / 2 + 4, (184 + a[1]) / 2), a], 3.5))
    key.append(stroke([body.at(.36, -.95), (236, 186), (296, 196), (350, 208), (390, 220), body.at(.64, -.95)], 5.5))
    for i in range(6):
        a, b = body.at(.4 + i * .04, -.98), (246 + i * 25, 192 + i * 5)
        key.append(stroke([a, b], 3))
    eye = [fill(oval(104, 184, 13, 12), CREAM), fill(oval(103, 184, 7, 7), INK), ring(oval(104, 184, 13, 12), 4)]
    out += [printed(*col), inked(*key, *eye)]
    shine = [stroke([body.at(t, -.72), body.at(t + .05, -.76)], 8, "#fbe6c4", .2, .2) for t in (.27, .4, .51, .62, .74)]
    shine += [stroke([(180, 376), (220, 388), (262, 394)], 6, "#f0b48a", .1, .1), stroke([(390, 390), (430, 380), (468, 362)], 6, "#f0b48a", .1, .1)]
    rnd = random.Random(3)
    for i in range(18):                       # shreds of scallion and chilli
        t, s = rnd.uniform(.3, .82), rnd.uniform(-.7, .2)
        x, y = body.at(t, s)
        a = rnd.uniform(-.6, .6) - .3
        shine.append(stroke([(x - 16 * math.cos(a), y - 16 * math.sin(a)), (x, y - 5), (x + 16 * math.cos(a), y + 16 * math.sin(a))], 5, [GREEN, SPROUT, JADE][i % 3]))
    shine += [parsley(170, 396, 18), parsley(476, 392, 20)]
    out.append(inked(*shine))
    out.append(inked(steam(262, 170, 120, WASH), steam(350, 160, 110, WASH, 5, -1)))
    return page("".join(out) + "</g>")


def sea_cucumber():
    """Sea cucumbers braised with scallion."""
    out = [printed(blob([(-20, 60), (160, 20), (380, 44), (660, 10), (660, 240), (-20, 240)], MIST, 'opacity=".45"'))]
    out += [table(232, DARK, INK)]
    out += plate(320, 318, 262, 124, 26, True, WHITE, VERMILION)
    out.append(printed(blob([(120, 320), (200, 252), (330, 236), (450, 250), (522, 318), (450, 384), (320, 402), (190, 384)], BROWN), blob([(170, 340), (300, 380), (440, 366), (380, 394), (240, 388)], CARAMEL)))
    items, lines = [], []
    rnd = random.Random(8)

    def stalk(x, y, ln, angle):
        a = math.radians(angle)
        end = (x + ln * math.cos(a), y + ln * math.sin(a))
        r = Ribbon([(x, y), ((x + end[0]) / 2, (y + end[1]) / 2 - 2), end], [15, 16, 15])
        c = [fill(r.outline(), "#e9d9a0"), fill(r.outline(.55, 1), SPROUT), fill(r.outline(.0, .3), GOLD),
             fill(r.outline(.12, .2), CARAMEL), fill(r.outline(.42, .5), CARAMEL)]
        k = [stroke([r.at(0, -1), r.at(1, -1)], 4), stroke([r.at(0, 1), r.at(1, 1)], 4), fill(oval(*end, 8, 15, turn=angle), CREAM), ring(oval(*end, 8, 15, turn=angle), 3.5), ring(oval(*end, 4, 8, turn=angle), 2.5, JADE),
             stroke([r.at(.1, -.3), r.at(.9, -.2)], 2, OCHRE)]
        return printed(*c), inked(*k)

    def cucumber(points, widths):
        r = Ribbon(points, widths)
        base = r.outline(0, 1, 1)
        c, k = [fill(base, "#3a2a22")], []
        hs = []
        for i in range(15):
            t = .04 + i / 15.5
            for s, ln in ((-1, 16), (-.42, 13), (.25, 12), (.86, 12)):
                tt = t + (.03 if s in (-.42, .86) else 0)
                if tt > .97:
                    continue
                x, y = r.at(tt, s * .92)
                x1, y1 = r.at(tt - .012, s - ln / r.width(tt) * (1 if s < .5 else -.9))
                a, b = r.at(tt - .026, s * .9), r.at(tt + .026, s * .9)
                c.append(fill([a, (x1, y1), b], "#4a362b" if abs(s) < .9 else "#3a2a22"))
                k.append(fill([((x1 + x) / 2, (y1 + y) / 2), (x1, y1), b], INK))
                hs.append(fill(oval((a[0] + x1) / 2, (a[1] + y1) / 2, 2.6, 3.4), "#c9a074", 'opacity=".85"'))
        k.append(stroke([r.at(j / 20, 1) for j in range(21)], 6))
        k.append(stroke([r.at(j / 20, -1) for j in range(21)], 4))
        shine = [stroke([r.at(j / 30 + .1, -.66) for j in range(4, 20)], 7, "#a87b55", .1, .1)]
        return printed(*c) + inked(*k, *shine, *hs)

    out += stalk(150, 300, 120, -22)
    out += stalk(400, 262, 112, 24)
    out.append(cucumber([(196, 258), (240, 236), (320, 228), (400, 238), (446, 262)], [8, 27, 31, 28, 8]))
    out += stalk(140, 336, 110, 12)
    out.append(cucumber([(156, 306), (220, 292), (310, 290), (390, 300), (440, 322)], [8, 30, 35, 31, 8]))
    out += stalk(398, 372, 110, -24)
    out.append(cucumber([(208, 376), (270, 354), (350, 346), (426, 352), (484, 318)], [8, 30, 35, 30, 8]))
    out += stalk(192, 352, 92, 38)
    out.append(inked(steam(250, 178, 120), steam(372, 178, 130, WASH, 5, -1), parsley(470, 372, 17)))
    out.append(inked(parsley(300, 386, 14)))
    return page("".join(out), sky="#f7ead2", low=SHADE)


def intestine():
    """Nine-turn intestine: small braised rolls standing on end."""
    out = [printed(blob([(430, -20), (660, -20), (660, 190), (560, 150), (500, 70)], VERMILION, 'opacity=".9"')), inked(willow(470, -10, 8, 24, 150, 5))]
    out += [table(268, "#7d4a26", DARK)]
    out += plate(320, 330, 258, 112, 24)
    out.append(printed(blob([(140, 335), (220, 276), (330, 264), (440, 276), (505, 335), (430, 388), (320, 402), (205, 386)], "#8c3417"), blob([(180, 356), (300, 386), (440, 372), (380, 394), (250, 392)], "#c9632a")))

    def roll(x, y, r=44, h=54):
        ry = r * .52
        side = [(x - r, y)] + oval(x, y + h, r * .95, ry, 180, 0) + [(x + r, y)]
        c = [fill(side + oval(x, y, r, ry), "#a3461d"), fill([(x + r * .35, y + ry * .9), (x + r, y), (x + r * .95, y + h), (x + r * .35, y + h + ry * .92)], "#7a2d12"),
             fill(oval(x, y, r, ry), "#d3833c"), fill(oval(x, y, r * .74, ry * .74), "#e9b877"), fill(oval(x, y, r * .5, ry * .5), "#b5622d"), fill(oval(x, y + 1, r * .26, ry * .3), DARK)]
        k = [ring(oval(x, y, r, ry), 5), ring(oval(x, y, r * .72, ry * .72), 2.6, BROWN), ring(oval(x, y, r * .48, ry * .5), 2.6, BROWN), stroke([(x - r, y), (x - r * .99, y + h * .5), (x - r * .9, y + h)], 5.5),
             stroke([(x + r, y), (x + r * .99, y + h * .5), (x + r * .9, y + h)], 5.5), arc(x, y + h, r * .95, ry, 10, 170, 5),
             stroke([(x - r * .74, y + 20), (x - r * .7, y + h * .75)], 9, "#f0bd86", .2, .1), arc(x, y - 1, r * .86, ry * .86, 195, 300, 4, "#fbe3bd")]
        for j in range(3):
            yy = y + h * (.4 + .22 * j)
            k.append(arc(x, yy, r * .96, ry * .95, 25 + j * 12, 100 + j * 15, 3, DEEP))
        rnd = random.Random(int(x * 3 + y))
        for _ in range(5):
            px, py = x + rnd.uniform(-r * .8, r * .8), y + rnd.uniform(-ry * .8, ry * .8)
            k.append(fill(oval(px, py, 4, 2.6, turn=rnd.randint(0, 90)), rnd.choice([GREEN, SPROUT, JADE])))
        return printed(*c) + inked(*k)

    for x, y in ((232, 262), (320, 250), (408, 262), (186, 304), (276, 300), (366, 300), (454, 304), (232, 342), (322, 344), (412, 342)):
        out.append(roll(x, y, 46, 46))
    out.append(roll(276, 218, 44, 44) + roll(366, 218, 44, 44))
    out.append(inked(parsley(156, 372, 18), parsley(490, 376, 18), steam(230, 160, 110), steam(330, 150, 120)))
    return page("".join(out))


def meatballs():
    """Four-joys meatballs."""
    out = [f'<circle cx="320" cy="250" r="212" fill="{VERMILION}" opacity=".9" filter="url(#print)"/>']
    out += [table(352, OCHRE, BROWN)]
    out += bowl(320, 246, 232, 84, 146)
    out.append(printed(fill(oval(320, 250, 214, 72), "#a8561f"), fill(oval(320, 262, 190, 54), "#c87a2e")))
    for x, y, a in ((148, 246, 200), (492, 246, -20), (226, 200, 230), (414, 200, -50), (320, 188, -90)):   # hearts of bok choy
        r = math.radians(a)
        tip = (x + 40 * math.cos(r), y + 26 * math.sin(r))
        out.append(printed(blob([(x - 26, y + 8), (x - 18 + (tip[0] - x), tip[1] - 18), (x + 18 + (tip[0] - x), tip[1] - 12), (x + 28, y + 10)], JADE))
                   + inked(ring(spline([(x - 26, y + 8), (x - 18 + (tip[0] - x), tip[1] - 18), (x + 18 + (tip[0] - x), tip[1] - 12), (x + 28, y + 10)], 8, True), 4.5, INK), stroke([(x, y + 6), tip], 4, SPROUT)))

    def ball(x, y, r):
        rnd = random.Random(int(x))
        edge = [(x + (r + rnd.uniform(-3, 3)) * math.cos(t * math.pi / 8), y + (r * .92 + rnd.uniform(-3, 3)) * math.sin(t * math.pi / 8)) for t in range(16)]
        c = [blob(edge, "#9a4a1e"), blob([(x + (px - x) * .86 - r * .1, y + (py - y) * .84 - r * .12) for px, py in edge], "#c06c2c"), blob([(x + (px - x) * .5 - r * .22, y + (py - y) * .42 - r * .34) for px, py in edge], "#df9a4e")]
        k = [ring(spline(edge, 8, True), 6)]
        for _ in range(15):
            a, q = rnd.uniform(0, 6.3), rnd.uniform(.2, .82) * r
            px, py = x + q * math.cos(a), y + q * math.sin(a) * .9
            k.append(stroke([(px - 5, py), (px, py + 3), (px + 6, py + 1)], 3.4, BROWN))
        for j in range(4):
            k.append(arc(x, y, r * (.9 - .09 * j), r * (.84 - .09 * j), 25 + j * 6, 100 - j * 8, 3.4, DARK))
        k.append(stroke([(x - r * .6, y - r * .2), (x - r * .44, y - r * .52), (x - r * .12, y - r * .66)], 9, "#fdebcb", .2, .1))
        return printed(*c) + inked(*k)

    out += [ball(248, 196, 60), ball(392, 196, 60), ball(238, 252, 66), ball(402, 252, 66)]
    out.append(printed(fill(oval(320, 246, 232, 84, 22, 158) + oval(320, 250, 214, 72, 158, 22), WHITE)) + inked(arc(320, 250, 214, 72, 24, 156, 4)))
    out.append(inked(arc(320, 246, 232, 84, 10, 170, 5)))
    gr = [parsley(320, 204, 20), parsley(238, 214, 15), parsley(404, 216, 15)]
    gr += [fill(oval(x, y, 6, 4, turn=a), VERMILION) for x, y, a in ((300, 236, 30), (338, 236, -30), (318, 250, 0))]
    out.append(inked(*gr, steam(240, 128, 100, INK), steam(330, 116, 100, INK), steam(410, 132, 96, INK, 5, -1)))
    return page("".join(out))


def bazi():
    """Bazi pork on rice: a thick slice of belly tied with rush, an egg, a stuffed green chilli."""
    out = [printed(fill(box(-30, -30, 700, 330), "#e9c98f"), *[fill(box(40 + i * 150, -5, 8, 300), OCHRE) for i in range(5)], *[fill(box(-30, 50 + i * 110, 700, 6), OCHRE) for i in range(2)])]
    out += [table(296, DEEP, "#4a0f0c")]
    out += bowl(320, 262, 206, 80, 150, .42)
    rnd = random.Random(2)
    rice = spline([(126, 262), (160, 206), (230, 176), (330, 168), (430, 184), (490, 226), (514, 262), (440, 312), (320, 330), (200, 312)], 8, True)
    out.append(printed(fill(rice, "#fdf6e4")) + inked(ring(rice, 4)))
    grains = []
    for _ in range(110):
        a, q = rnd.uniform(0, 6.3), math.sqrt(rnd.random())
        x, y = 320 + q * 180 * math.cos(a), 250 + q * 66 * math.sin(a)
        grains.append(f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="6.5" ry="2.8" fill="#fffdf6" stroke="{MIST}" stroke-width="1.6" transform="rotate({rnd.randint(-60, 60)} {x:.0f} {y:.0f})"/>')
    out.append("".join(grains))
    chilli = Ribbon([(420, 292), (458, 258), (470, 212), (452, 164), (462, 140)], [20, 34, 32, 20, 3])
    out.append(printed(fill(chilli.outline(0, .85), JADE), fill(chilli.outline(.1, .7, .4), SPROUT)) + inked(ring(chilli.outline(0, .88), 5.5), stroke([chilli.at(.86), (450, 136), (462, 118)], 7, GREEN), *[stroke([chilli.at(t, -.8), chilli.at(t + .06, -.1), chilli.at(t, .5)], 4, DARK) for t in (.15, .35, .5)]))
    egg = oval(468, 286, 42, 32, turn=-14)
    out.append(printed(fill(egg, "#b97a43"), fill(oval(470, 284, 30, 22, turn=-14), WHITE), fill(oval(472, 284, 16, 13), GOLD)) + inked(ring(egg, 5), ring(oval(472, 284, 16, 13), 3, OCHRE)))
    # the slice: skin, fat and lean in waves
    slab = Ribbon([(150, 262), (200, 236), (280, 222), (360, 224), (424, 246)], [50, 62, 66, 62, 50])
    layers = [(-1, -.78, "#7c2c14"), (-.78, -.5, "#efc99a"), (-.5, -.22, "#a4502a"), (-.22, .12, "#f3d6ae"), (.12, .44, "#97431f"), (.44, .66, "#ecc293"), (.66, 1, "#8a3a1b")]
    c, k = [], []
    for a, b, colour in layers:
        wave = lambda s, t: s + .045 * math.sin(t * 17 + s * 9) if -1 < s < 1 else s
        ts = [i / 40 for i in range(41)]
        c.append(fill([slab.at(t, wave(a, t)) for t in ts] + [slab.at(t, wave(b, t)) for t in reversed(ts)], colour))
        if b < 1:
            k.append(stroke([slab.at(t, wave(b, t)) for t in ts], 3.2, DARK))
    under = [slab.at(i / 30, 1) for i in range(31)]
    c.insert(0, fill(under + [(x, y + 18) for x, y in reversed(under)], "#642410"))
    k += [ring(slab.outline(), 6.5), stroke([(x, y + 18) for x, y in under], 6)]
    for i in range(16):
        t = .06 + i * .055
        s = (-.36, .28, .82)[i % 3]
        k.append(stroke([slab.at(t, s - .06), slab.at(t + .03, s), slab.at(t + .05, s + .05)], 3, DEEP))
    k.append(stroke([slab.at(t / 20, -.9) for t in range(3, 14)], 7, "#f3b57e", .1, .1))
    for t in (.44, .56):                      # the rush that ties it
        k += [stroke([slab.at(t, -1.04), slab.at(t + .02, -.3), slab.at(t + .01, .5), (slab.at(t, 1)[0], slab.at(t, 1)[1] + 18)], 11, INK, .9, .9), stroke([slab.at(t, -1.04), slab.at(t + .02, -.3), slab.at(t + .01, .5), (slab.at(t, 1)[0], slab.at(t, 1)[1] + 17)], 6.5, SPROUT, .9, .9)]
    x, y = slab.at(.5, -.95)
    k += [stroke([(x, y), (x - 30, y - 34), (x - 46, y - 14), (x - 4, y)], 6, GREEN), stroke([(x, y), (x + 30, y - 36), (x + 48, y - 16), (x + 4, y)], 6, GREEN), stroke([(x, y), (x - 20, y + 16), (x - 34, y + 30)], 5, GREEN)]
    out.append(printed(*c) + inked(*k))
    wall = oval(320, 262, 206, 80, 8, 172, 30)
    out.append(printed(fill(wall + oval(320, 268, 192, 68, 172, 8, 30), WHITE)) + inked(arc(320, 262, 206, 80, 4, 176, 5.5)))
    out.append(chopsticks(622, 300, 470, 462, 9, BROWN))
    out.append(inked(steam(200, 150, 110), steam(310, 140, 112), steam(400, 150, 90, WASH, 5, -1)))
    return page("".join(out))


def soup():
    """Cattail shoots in milky broth."""
    water = [stroke([(x, y), (x + 60, y - 8), (x + 120, y), (x + 180, y - 7)], 4, BLUE, .1, .1) for x, y in ((20, 200), (410, 184), (470, 218), (-60, 236), (70, 250))]
    reeds = []
    for x, h, lean in ((60, 210, 10), (96, 180, -8), (548, 214, -12), (588, 190, 14), (122, 150, 20)):
        reeds += [stroke([(x, 280), (x + lean * .3, 280 - h * .5), (x + lean, 280 - h)], 5, GREEN), stroke([(x + lean * .86, 280 - h * .86), (x + lean, 282 - h)], 15, BROWN, .8, .8),
                  stroke([(x, 280), (x - 22, 200), (x - 50, 150)], 9, JADE), stroke([(x + 4, 280), (x + 24, 210), (x + 46, 170)], 9, JADE)]
    out = [printed(fill(box(-30, 150, 700, 140), PALEBLUE)), inked(*water, *reeds), table(276)]
    out += bowl(320, 258, 222, 92, 140, .46)
    out.append(printed(fill(oval(320, 262, 204, 79), "#fdf3da"), fill(oval(330, 274, 176, 58), "#fffaf0")) + inked(ring(oval(320, 262, 204, 79), 3.5)))
    rnd = random.Random(12)
    for x, y, a in ((214, 250, -18), (268, 228, 12), (250, 284, 22), (332, 254, -26), (388, 232, 18), (330, 300, -8), (414, 276, -20), (300, 268, 60), (452, 252, 30), (188, 278, 16)):
        r = math.radians(a)
        dx, dy = 38 * math.cos(r), 26 * math.sin(r)
        shoot = Ribbon([(x - dx, y - dy), (x, y - 2), (x + dx, y + dy)], [10, 11, 10])
        out.append(printed(fill(shoot.outline(), "#f2f0c4"), fill(shoot.outline(0, .42), SPROUT)) + inked(ring(shoot.outline(), 3.6), stroke([shoot.at(.1, .1), shoot.at(.9, .2)], 2, JADE), ring(oval(x + dx, y + dy, 5, 10, turn=a), 2.6, GREEN)))
    for x, y, a in ((298, 246, 10), (374, 284, -20), (230, 300, 30), (424, 244, 10)):            # ham
        out.append(printed(blob([(x - 22, y - 8), (x + 16, y - 14), (x + 24, y + 8), (x - 14, y + 14)], VERMILION)) + inked(ring(spline([(x - 22, y - 8), (x + 16, y - 14), (x + 24, y + 8), (x - 14, y + 14)], 8, True), 3.4), stroke([(x - 10, y), (x + 12, y - 4)], 3, CREAM)))
    for x, y in ((346, 220), (206, 226), (458, 288)):                                              # mushroom
        out.append(printed(blob([(x - 26, y + 6), (x - 16, y - 14), (x + 14, y - 16), (x + 28, y + 4), (x, y + 10)], BROWN)) + inked(ring(spline([(x - 26, y + 6), (x - 16, y - 14), (x + 14, y - 16), (x + 28, y + 4), (x, y + 10)], 8, True), 3.6), stroke([(x - 10, y - 4), (x, y - 8), (x + 9, y - 4)], 3.4, CREAM)))
    spoon = [(468, 290), (500, 262), (546, 238), (596, 196)]
    out.append(inked(stroke(spoon, 21, INK, .9, .8), stroke(spoon, 14, WHITE, .9, .8), stroke([(476, 286), (540, 244), (590, 204)], 4, BLUE)))
    out.append(inked(steam(240, 150, 110), steam(320, 140, 120), steam(400, 152, 96, WASH, 5, -1)))
    return page("".join(out), low="#dfe0cc")


def youxuan():
    """Youxuan: flaky spiral flatbreads of Jinan."""
    out = [printed(fill(box(-30, -30, 700, 260), "#d9b07a"), *[fill([(x, -5), (x + 5, -5), (x + 5, 240), (x, 240)], BROWN, 'opacity=".35"') for x in range(30, 640, 84)])]
    out += [table(214, RED, DEEP)]
    out.append(printed(f'<ellipse cx="330" cy="392" rx="290" ry="66" fill="{INK}" opacity=".3"/>', fill(oval(320, 340, 288, 104), "#c79a5a"), fill(oval(320, 326, 288, 104), "#e2bf83"), *[arc(320, 326, 288 - i * 34, 104 - i * 12, 195 + i * 9, 330 - i * 8, 3, OCHRE) for i in range(7)])
               + inked(ring(oval(320, 326, 288, 104), 5), arc(320, 342, 288, 104, 4, 176, 5)))

    def cake(x, y, r, turn=0, squash=.5, thick=30):
        ry = r * squash
        c = [f'<ellipse cx="{x + 8}" cy="{y + thick + 8}" rx="{r}" ry="{ry}" fill="{INK}" opacity=".3"/>', fill([(x - r, y)] + oval(x, y + thick, r * .97, ry, 180, 0) + [(x + r, y)], "#a8672b"),
             fill(oval(x, y, r, ry), "#e0a54e"), fill(oval(x - r * .08, y - ry * .08, r * .8, ry * .78), "#efc374"), fill(oval(x - r * .05, y, r * .32, ry * .34), "#c98536")]
        k = [ring(oval(x, y, r, ry), 5), stroke([(x - r, y), (x - r * .98, y + thick)], 5, tail=.6), stroke([(x + r, y), (x + r * .98, y + thick)], 5, tail=.6), arc(x, y + thick, r * .97, ry, 4, 176, 5.5)]
        sp = []
        for i in range(150):
            a = i * .135 + turn
            q = .1 + i / 150 * .8
            sp.append((x + r * q * math.cos(a), y + ry * q * math.sin(a)))
        k.append(stroke(sp, 6.5, BROWN, .5, .3, smooth=False))
        k.append(stroke([(px - 3, py - 3.5) for px, py in sp[30:128]], 3, "#fbe6b2", .2, .1, smooth=False))
        rnd = random.Random(int(x + y))
        for j in range(4):
            yy = y + thick * (.25 + .2 * j)
            k.append(arc(x, yy, r * .985, ry, 20 + rnd.randint(0, 30), 110 + rnd.randint(0, 50), 3, DARK))
        for j in range(9):
            a, q = rnd.uniform(0, 6.3), rnd.uniform(.3, .85)
            k.append(fill(oval(x + r * q * math.cos(a), y + ry * q * math.sin(a), 5, 3, turn=rnd.randint(0, 180)), rnd.choice([GREEN, JADE, SPROUT])))
        return printed(*c) + inked(*k)

    out += [cake(216, 276, 94, .5), cake(420, 272, 96, 2), cake(206, 240, 92, 3, .5, 26), cake(316, 336, 104, 1.2), cake(314, 298, 100, 2.7, .5, 26), cake(322, 262, 98, 0, .52, 26)]
    out.append(inked(stroke([(486, 366), (520, 340), (566, 326)], 12, GREEN), stroke([(496, 374), (536, 356), (580, 352)], 10, JADE), stroke([(478, 372), (492, 362)], 14, WHITE, .8, .8), steam(250, 164, 110), steam(330, 160, 120), steam(420, 180, 96, WASH, 5, -1)))
    return page("".join(out))


def toffee():
    """Basi: sweet potato in caramel, one piece drawn up on its threads."""
    out = [f'<circle cx="330" cy="206" r="176" fill="{VERMILION}" filter="url(#print)"/>']
    out += [table(312, "#8a5a32", DARK)]
    out += plate(320, 366, 250, 88, 22)
    rnd = random.Random(6)

    def chunk(x, y, r, seed):
        q = random.Random(seed)
        n = 6
        a0 = q.uniform(0, 1)
        top = [(x + r * math.cos(a0 + i * 6.283 / n) * q.uniform(.85, 1.1), y + r * .66 * math.sin(a0 + i * 6.283 / n) * q.uniform(.85, 1.1) - r * .2) for i in range(n)]
        low = [(px, py + r * .5) for px, py in top]
        body = spline(top, 3, True)
        c = [fill(spline(low, 3, True), "#a6581a"), fill([min(top), min(low), max(low), max(top)], "#a6581a"), fill(body, "#e39b32"), blob([(x + (px - x) * .62 - r * .12, y + (py - y) * .6 - r * .16) for px, py in top], "#f6c560", steps=3)]
        k = [ring(body, 4.5), stroke([min(top), min(low)], 4.5, tail=.5), stroke([max(top), max(low)], 4.5, tail=.5)]
        lower = [p for p in spline(low, 4, True) if p[1] > y + r * .3]
        lower.sort()
        k.append(stroke(lower, 5, smooth=False))
        k.append(stroke([(x - r * .5, y - r * .32), (x - r * .1, y - r * .52)], 6, "#fff3cf", .2, .2))
        return printed(*c) + inked(*k)

    out.append(printed(blob([(150, 368), (240, 330), (400, 330), (490, 368), (420, 412), (320, 420), (210, 410)], "#d98a2b")))
    order = [(232, 330), (322, 322), (404, 328), (200, 356), (282, 350), (364, 350), (440, 358), (276, 300), (360, 296), (180, 380), (250, 386), (330, 384), (410, 386), (470, 380), (318, 268)]
    for i, (x, y) in enumerate(order):
        out.append(chunk(x, y, 44, i + 3))
    lift = (392, 118)
    threads = [stroke([(lift[0] - 20 + i * 5, lift[1] + 24), (lift[0] - 34 + i * 4 + rnd.randint(-8, 8), 190), (268 + i * 14, 258 + abs(i - 4) * 8)], 3.2 if i % 2 else 2.2, "#ffe3a1" if i % 3 else GOLD, .8, .5) for i in range(9)]
    out.append(inked(*threads))
    out.append(chunk(*lift, 42, 40))
    out.append(chopsticks(628, 20, 366, 112, 16, DARK))
    out.append(inked(stroke([(210, 330), (196, 290), (204, 250)], 2.4, GOLD), stroke([(452, 340), (470, 300), (462, 262)], 2.4, GOLD)))
    return page("".join(out))


def dumplings():
    """Winter solstice dumplings on a rush tray, vinegar and garlic."""
    out = [printed(fill(box(-30, -30, 700, 236), BLUE, 'opacity=".9"'))]
    rnd = random.Random(31)
    out.append(inked(*[fill(oval(rnd.randint(0, 640), rnd.randint(0, 170), r, r), WHITE) for r in [rnd.uniform(2.5, 5.5) for _ in range(34)]]))
    branch = [stroke([(-10, 20), (70, 52), (150, 46), (240, 84)], 11, DARK), stroke([(90, 50), (130, 90), (190, 110)], 7, DARK), stroke([(150, 46), (190, 22), (230, 18)], 6, DARK)]
    for x, y in ((72, 44), (130, 88), (190, 108), (232, 82), (190, 24), (112, 46), (160, 52)):
        branch += [fill(oval(x + 9 * math.cos(a), y + 9 * math.sin(a), 8, 8), VERMILION) for a in (0, 1.257, 2.513, 3.77, 5.03)] + [fill(oval(x, y, 4, 4), GOLD)]
    out.append(inked(*branch))
    out += [table(198)]
    tray = [f'<ellipse cx="300" cy="352" rx="272" ry="118" fill="{INK}" opacity=".35"/>', fill(oval(290, 340, 270, 116), "#b98a4c"), fill(oval(290, 330, 270, 116), "#e4c288")]
    key = [ring(oval(290, 330, 270, 116), 6), arc(290, 342, 270, 116, 5, 175, 5)]
    for i in range(-8, 9):
        y = 330 + i * 13
        half = 266 * math.sqrt(max(0, 1 - (i * 13 / 116) ** 2))
        key.append(stroke([(290 - half, y), (290 + half, y)], 2.4, OCHRE, .7, .7))
    out += [printed(*tray), inked(*key)]

    def dumpling(x, y, s=1.0):
        at = lambda u, v: (x + u * s, y + v * s)
        body = spline([at(-62, 8), at(-50, -14), at(-20, -34), at(20, -34), at(50, -14), at(62, 8), at(40, 24), at(0, 30), at(-40, 24)], 6, True)
        c = [f'<ellipse cx="{x + 6}" cy="{y + 24 * s:.0f}" rx="{60 * s:.0f}" ry="{12 * s:.0f}" fill="{INK}" opacity=".28"/>', fill(body, "#fdf4df"), fill(spline([at(-60, 9), at(-20, 14), at(30, 10), at(62, 8), at(40, 24), at(0, 30), at(-40, 24)], 6, True), "#e2cda4"),
             fill(spline([at(-20, 12), at(20, 10), at(32, 20), at(0, 26), at(-24, 22)], 6, True), SPROUT, 'opacity=".35"')]
        k = [ring(body, 5), stroke([at(-60, 6), at(-34, -8), at(0, -14), at(34, -8), at(60, 6)], 4.5)]
        for u in range(-42, 43, 14):
            v = -34 + abs(u) * .5
            k.append(stroke([at(u, v + 3), at(u * .9, v * .45 + 1), at(u * .82 + 3, -9 + abs(u) * .14)], 3.2, WASH))
        return printed(*c) + inked(*k)

    for x, y in ((180, 272), (290, 258), (400, 272), (124, 320), (236, 312), (348, 312), (456, 322), (170, 366), (290, 362), (410, 368), (236, 414), (352, 414)):
        out.append(dumpling(x, y, .86))
    c = [f'<ellipse cx="552" cy="436" rx="84" ry="30" fill="{INK}" opacity=".35"/>', fill([(470, 404)] + oval(546, 428, 52, 24, 180, 0) + [(622, 404)], PALEBLUE), fill(oval(546, 402, 78, 32), WHITE), fill(oval(546, 404, 62, 23), "#4a1d10")]
    k = [ring(oval(546, 402, 78, 32), 5), arc(546, 430, 52, 22, 0, 180, 5), stroke([(469, 404), (494, 430)], 5), stroke([(623, 404), (598, 430)], 5), arc(546, 402, 56, 19, 200, 290, 4, CARAMEL)]
    k += [blob([(x - 12, y), (x, y - 8), (x + 12, y - 1), (x, y + 7)], CREAM, steps=5) + ring(spline([(x - 12, y), (x, y - 8), (x + 12, y - 1), (x, y + 7)], 8, True), 2.6) for x, y in ((530, 406), (560, 398), (566, 412))]
    out += [printed(*c), inked(*k)]
    out.append(inked(steam(210, 196, 110, WHITE), steam(310, 186, 120, WHITE), steam(420, 198, 110, WHITE, 5, -1)))
    return page("".join(out))


DISHES = {"carp": carp, "sea-cucumber": sea_cucumber, "intestine": intestine, "meatballs": meatballs, "bazi": bazi, "soup": soup, "youxuan": youxuan, "toffee": toffee, "dumplings": dumplings}
