"""Draws the clinic's pictures as SVG: thin even lines on mint, one coral accent. Run in this folder: python3 draw.py

Then, for each: rsvg-convert NAME.svg | pngquant --quality 60-85 --speed 1 --strip - > ../pictures/NAME.png; optipng -o4 it.
"""

import math
import pathlib

DEEP, MINT, PALE, TINT, MIST, SKY, CORAL = "#0E5648", "#1B7F6B", "#E3F4EE", "#BCE2D5", "#EEF3F4", "#CBE6F2", "#D9534A"
PAPER = "#FDFEFD"

STYLE = f"""
path,rect,circle,ellipse,line,polyline,polygon{{stroke:{DEEP};stroke-width:3.6;stroke-linecap:round;stroke-linejoin:round;fill:none}}
.w{{fill:{PAPER}}}.m{{fill:{TINT}}}.p{{fill:{PALE}}}.g{{fill:{MIST}}}.k{{fill:{SKY}}}.c{{fill:{CORAL}}}.d{{fill:{DEEP}}}.n{{fill:{MINT}}}
.t{{stroke-width:2.4}}.cs{{stroke:{CORAL}}}.ms{{stroke:{MINT}}}.o{{stroke:none}}.q{{stroke:#9CCFBF;stroke-width:2.6}}
text{{font-family:'Noto Serif CJK SC';font-weight:bold;fill:{DEEP};text-anchor:middle}}
"""


def sheet(body, width=640, height=480, ground=PALE):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<style>{STYLE}</style><rect class="o" width="{width}" height="{height}" style="fill:{ground}"/>{body}</svg>\n'
    )


def tube(d, width, fill=PAPER):
    """A limb, a hose or a cushion: a fat line with an outline."""
    return (
        f'<path d="{d}" style="stroke-width:{width + 7.2}"/><path d="{d}" style="stroke:{fill};stroke-width:{width}"/>'
    )


def cross(x, y, r, cls="c o"):
    a = r * 0.36
    return (
        f'<path class="{cls}" d="M{x - a} {y - r}h{2 * a}v{r - a}h{r - a}v{2 * a}h{a - r}v{r - a}h{-2 * a}v{a - r}h{a - r}'
        f'v{-2 * a}h{r - a}z"/>'
    )


def steam(x, y, height=60):
    h = height / 3
    return f'<path class="ms" d="M{x} {y}c-12 {-h * 0.6} 12 {-h * 1.1} 0 {-h * 1.7}s10 {-h * 0.9} 2 {-h * 1.3}"/>'


def sparkle(x, y, r, cls="w"):
    k = r * 0.22
    return (
        f'<path class="{cls} t" d="M{x} {y - r}Q{x + k} {y - k} {x + r} {y}Q{x + k} {y + k} {x} {y + r}'
        f'Q{x - k} {y + k} {x - r} {y}Q{x - k} {y - k} {x} {y - r}z"/>'
    )


def leaf(x, y, length, angle, cls="m"):
    w = length * 0.3
    return (
        f'<g transform="translate({x} {y}) rotate({angle})"><path class="{cls}" d="M0 0C{length * .3} {-w} {length * .75} {-w}'
        f' {length} 0C{length * .75} {w} {length * .3} {w} 0 0z"/><path class="t" d="M0 0H{length * .72}"/></g>'
    )


def plant(x, y, size=1.0):
    leaves = "".join(leaf(0, -50, n, a) for n, a in ((78, -150), (78, -30), (92, -122), (92, -58), (100, -90)))
    return (
        f'<g transform="translate({x} {y}) scale({size})">{leaves}'
        '<path class="w" d="M-34 -52H34L26 0H-26z"/><path class="t" d="M-31 -36H31"/></g>'
    )


def window(x, y, w, h):
    return (
        f'<rect class="k" x="{x}" y="{y}" width="{w}" height="{h}" rx="8"/><path class="t" d="M{x + w / 2} {y}v{h}'
        f'M{x} {y + h * .42}h{w}"/><path class="t" style="stroke:{PAPER}" d="M{x + 16} {y + h * .3}l16 -20M{x + 16} {y + h * .36}l34 -42"/>'
        f'<path class="w" d="M{x - 10} {y + h}h{w + 20}v10h{-w - 20}z"/>'
    )


def clock(x, y, r):
    return (
        f'<circle class="w" cx="{x}" cy="{y}" r="{r}"/><path d="M{x} {y}V{y - r * .6}M{x} {y}L{x + r * .42} {y + r * .2}"/>'
        + "".join(
            f'<path class="t" d="M{x + r * .82 * math.cos(a):.1f} {y + r * .82 * math.sin(a):.1f}'
            f'l{r * .06 * math.cos(a):.1f} {r * .06 * math.sin(a):.1f}"/>'
            for a in (i * math.pi / 6 for i in range(12))
        )
    )


def front():
    floors = ""
    for x in (262, 394, 526, 644):
        floors += (
            f'<rect class="k" x="{x}" y="-14" width="62" height="82" rx="4"/><path class="t" d="M{x + 31} -14v82"/>'
            f'<path class="w" d="M{x - 8} 68h78v9h-78z"/>'
        )
    floors += (
        '<rect class="g" x="338" y="36" width="42" height="32" rx="4"/><circle class="t" cx="355" cy="52" r="10"/>'
        '<rect class="g" x="598" y="36" width="36" height="32" rx="4"/><circle class="t" cx="613" cy="52" r="10"/>'
        '<path class="m t" d="M404 68v-16h42v16z"/>' + leaf(414, 52, 20, -110) + leaf(425, 52, 24, -90) + leaf(436, 52, 20, -70)
    )
    trees = ""
    for x, s in ((96, 1.0), (872, 0.92)):
        trees += (
            f'<g transform="translate({x} 452) scale({s})"><path class="w" d="M-13 0C-9 -60 -10 -110 -11 -170H11C9 -110 10 -60 15 0z"/>'
            '<path class="m" d="M0 -392C52 -398 82 -356 76 -322C108 -300 106 -246 74 -228C70 -182 26 -166 0 -176'
            'C-30 -164 -72 -182 -74 -226C-108 -244 -108 -298 -76 -320C-84 -358 -50 -398 0 -392z"/>'
            '<path class="t" d="M0 -170V-290M0 -220L36 -262M0 -246L-34 -290M36 -330q14 8 12 24M-46 -232q-14 -4 -14 -18M-22 -356q8 -10 22 -9"/>'
            '<path class="t" d="M-3 -30q6 -8 2 -16M4 -80q-5 -8 0 -16M-4 -128q5 -6 2 -14"/></g>'
        )
    chairs = "".join(
        f'<path class="m" d="M{x} 398v-44q0 -8 8 -8h22q8 0 8 8v44z"/>' for x in (262, 306, 350)
    )
    drawers = "".join(
        f'<rect class="w t" x="{x}" y="{y}" width="33" height="27" rx="3"/><circle class="d o" cx="{x + 16.5}" cy="{y + 13.5}" r="2.8"/>'
        for x in (591, 626, 661) for y in (254, 283, 312, 341)
    )
    people = (
        # grandmother and child, hand in hand
        '<path class="w" d="M182 470L186 434H212L214 470"/><path class="n" d="M168 446C170 396 178 368 198 368S228 396 230 446z"/>'
        '<circle class="w" cx="199" cy="344" r="23"/><path class="g" d="M176 344C172 318 190 314 201 316C218 316 226 330 222 344C214 334 206 332 199 332S184 336 176 344z"/>'
        '<circle class="g" cx="180" cy="322" r="9"/><path class="t" d="M193 352q6 5 12 0M192 343v1M207 343v1"/>'
        + tube("M224 392Q238 410 236 424", 9, "#1B7F6B") +
        '<path class="w" d="M240 470V450H262V470"/><path class="c" d="M232 456C232 424 238 408 251 408S270 424 270 456z"/>'
        '<circle class="w" cx="251" cy="392" r="18"/><path class="d" d="M233 391C230 368 272 368 269 391C262 380 242 380 233 391z"/>'
        '<path class="t" d="M246 399q5 4 10 0"/><circle class="w t" cx="236" cy="426" r="6"/>'
    )
    bike = (
        '<circle class="w" cx="740" cy="444" r="29"/><circle class="w" cx="822" cy="444" r="29"/><circle class="d" cx="740" cy="444" r="3"/><circle class="d" cx="822" cy="444" r="3"/>'
        '<path d="M740 444L762 404H808L780 446L740 444M762 404L780 446M756 392L762 404M746 392h20M822 444L804 392L790 388"/>'
        '<path class="m" d="M806 394h32l-5 24h-24z"/>'
    )
    return sheet(
        '<circle class="o w" cx="480" cy="250" r="330"/>'
        '<path class="o" style="fill:#CDEADF" d="M0 452V214H54V168H128V452zM834 452V190H900V250H960V452z"/>'
        f'{trees}'
        '<path class="w" d="M226 452V-10H734V452z"/>' + floors +
        '<path class="m" d="M204 112H756V128H204z"/>'
        '<rect class="n" x="226" y="128" width="508" height="72"/>'
        '<text x="520" y="184" style="font-size:54px;letter-spacing:16px;fill:#FDFEFD">仁心</text>'
        '<circle class="w o" cx="408" cy="164" r="25"/>' + cross(408, 164, 17) +
        '<rect class="k" x="250" y="224" width="156" height="176" rx="4"/>' + chairs +
        plant(386, 398, 0.56) + '<path class="t" d="M328 224v122"/><path class="t" style="stroke:#FDFEFD" d="M264 300l40 -54M264 322l62 -84"/>'
        '<path class="g" d="M240 400H416V412H240z"/>'
        '<rect class="g" x="430" y="222" width="128" height="230" rx="4"/><rect class="k" x="441" y="234" width="48" height="206" rx="3"/>'
        '<rect class="k" x="499" y="234" width="48" height="206" rx="3"/><path d="M482 330v32M506 330v32"/>'
        '<path class="t" style="stroke:#FDFEFD" d="M450 290l26 -34M508 290l26 -34M450 308l16 -20"/>'
        '<rect class="p" x="582" y="224" width="126" height="176" rx="4"/>' + drawers +
        '<path d="M632 376l16 -24"/><path class="n" d="M598 374H650Q648 394 636 400H612Q600 394 598 374z"/>'
        '<path class="g" d="M572 400H718V412H572z"/>'
        '<path class="w" d="M758 200v46M758 128"/><rect class="w" x="738" y="212" width="46" height="60" rx="8"/>'
        '<path class="m t" d="M748 232c0 -14 12 -10 13 -6c2 -5 13 -8 13 6c0 12 -5 12 -5 26c-5 0 -4 -12 -8 -12s-4 12 -8 12c0 -14 -5 -14 -5 -26z"/>'
        '<path class="o p" d="M0 452H960V540H0z"/><path d="M0 452H960"/><path class="w" d="M418 452H570L584 470H404z"/>'
        '<path class="q" d="M40 496H150M210 512H330M420 496H540M610 514H700M780 500H900"/>'
        + people + bike,
        960,
        540,
    )


def hall():
    seats = ""
    for x in (66, 158, 250):
        seats += (
            f'<path class="m" d="M{x} 300V236Q{x} 222 {x + 14} 222H{x + 62}Q{x + 76} 222 {x + 76} 236V300z"/>'
            f'<path class="n" d="M{x - 4} 300H{x + 80}Q{x + 84} 300 {x + 84} 308V318H{x - 8}V308Q{x - 8} 300 {x - 4} 300z"/>'
        )
    return sheet(
        '<path class="o" style="fill:#FDFEFD" d="M0 0H640V384H0z"/><path class="o p" d="M0 60H640V70H0z"/>'
        + window(70, 62, 130, 116) + clock(274, 104, 34) +
        '<path d="M0 384H640"/><path class="q" d="M30 420H170M230 444H330M400 420H470M520 450H610"/>'
        + seats + '<path d="M50 318H344M84 318V384M308 318V384M70 384H98M294 384H322"/>'
        + plant(30, 384, 0.92) +
        # reception
        '<path class="m" d="M420 62H600V150H420z"/>' + cross(510, 106, 30) +
        # receptionist
        '<path class="w" d="M456 300C456 248 476 234 512 234S568 248 568 300z"/><path class="t" d="M500 235L512 252L524 235M512 252V284"/>'
        '<circle class="w" cx="512" cy="198" r="34"/><path class="d" d="M477 206C470 156 492 152 512 154C534 152 554 158 547 206C545 186 536 180 526 178C510 190 488 184 484 182C480 190 478 198 477 206z"/>'
        '<path class="t" d="M502 214q10 8 20 0M500 200v2M525 200v2"/>'
        '<path class="g" d="M388 282H636V302H388z"/><path class="w" d="M400 302H640V412H400z"/><path class="m" d="M416 322H640V392H416z"/>'
        '<rect class="k" x="576" y="232" width="62" height="44" rx="5"/><path d="M606 276v6M592 282h30"/>'
        '<path class="w" d="M412 282l6 -26h26l6 26z"/>' + leaf(424, 256, 30, -110) + leaf(432, 256, 34, -84, "c") + leaf(440, 256, 28, -60)
    )


def pulse():
    jar = "".join(
        f'<path class="w" d="M{x} 112V74Q{x} 66 {x + 8} 66H{x + 34}Q{x + 42} 66 {x + 42} 74V112z"/><path class="m" d="M{x + 6} 54H{x + 36}V66H{x + 6}z"/>'
        f'<rect class="{c} t" x="{x + 8}" y="80" width="26" height="18" rx="3"/>'
        for x, c in ((262, "p"), (314, "m"), (366, "p"))
    )
    return sheet(
        '<circle class="o w" cx="320" cy="236" r="216"/><path d="M236 112H434"/>' + jar +
        # doctor
        '<path class="w" d="M60 400C54 292 84 244 158 240C232 244 250 300 252 400z"/>'
        '<path d="M130 243L160 296L190 243M160 296V360"/>'
        '<path class="w" d="M140 214V246Q160 262 180 246V214z"/>'
        '<circle class="w" cx="162" cy="168" r="54"/>'
        '<path class="g" d="M108 172C96 116 130 102 166 106C204 106 222 132 214 158C196 150 172 148 156 134C140 142 132 150 130 172C128 180 112 184 108 172z"/>'
        '<circle class="t" cx="166" cy="174" r="14"/><circle class="t" cx="200" cy="174" r="13"/><path class="t" d="M180 173h7M152 172L124 168M170 202q12 8 24 -2"/>'
        '<circle class="d o" cx="168" cy="175" r="3"/><circle class="d o" cx="200" cy="175" r="3"/>'
        # patient
        '<path class="m" d="M402 400C404 302 430 256 494 252C560 256 586 302 590 400z"/>'
        '<path class="w" d="M472 226V256Q492 274 512 256V226z"/>'
        '<circle class="w" cx="488" cy="184" r="50"/>'
        '<path class="d" d="M438 176C432 128 470 116 498 122C536 124 548 158 540 196C536 214 528 222 520 226C526 204 520 190 512 178C492 178 470 168 462 150C456 160 448 170 438 176z"/>'
        '<circle class="d" cx="542" cy="156" r="20"/><path class="t" d="M454 186v3M482 186v3M456 210q10 9 22 1"/>'
        '<path class="cs" d="M470 262q22 18 48 -2"/>'
        # desk
        '<path class="g" d="M26 392H614V412H26z"/><path class="w" d="M50 412H590V500H50z"/><path class="t" d="M320 412V480M84 440h60M500 440h60"/>'
        # pillow and arms
        '<path class="c" d="M286 392C276 366 296 362 336 364C378 362 394 366 386 392z"/>'
        + tube("M556 296Q546 384 440 361L336 354", 24, TINT) + '<path class="w" d="M392 343L340 341C318 338 312 352 316 360C318 368 334 368 346 366L392 372z"/>'
        + tube("M100 290Q118 388 226 350L280 330", 30) +
        '<path class="w" d="M276 312C300 306 322 316 340 330Q352 338 350 346Q344 350 336 345Q338 354 330 354Q324 352 320 346Q318 356 310 352C302 346 296 346 284 348z"/>'
        '<path class="t" d="M272 316l10 34"/>'
    )


def dental():
    return sheet(
        '<circle class="o w" cx="330" cy="230" r="214"/>' + window(60, 60, 138, 126) +
        '<path d="M0 420H640"/><path class="q" d="M60 448H180M430 446H580"/>'
        # lamp
        '<path d="M470 420V90Q470 62 442 62H376Q356 62 350 80L340 98"/>'
        '<path class="w" d="M290 104L366 92L376 126Q338 150 300 138z"/><path class="m" d="M302 138Q340 148 374 126L370 138Q342 160 308 150z"/>'
        '<path class="cs t" d="M322 172l-6 24M346 168l4 26M370 156l14 22"/>'
        # unit with tray and bowl
        '<rect class="w" x="438" y="236" width="96" height="184" rx="14"/><path class="t" d="M454 330h64M454 366h64"/>'
        '<path class="k" d="M500 236C500 214 586 214 586 236Q578 262 543 262T500 236z"/><path class="t" d="M506 224q38 -12 74 0"/>'
        '<path class="w" d="M530 214v-26h24l-3 26z"/>'
        # chair
        '<path class="g" d="M250 400H390Q408 400 410 420H232Q234 400 250 400z"/><path class="w" d="M296 340H350L340 400H306z"/>'
        + tube("M136 208L158 222", 34, TINT) + tube("M176 240L276 322", 44, TINT) + tube("M282 328H402", 44, TINT) + tube("M418 334L520 386", 36, TINT) +
        '<path class="t" d="M188 236L270 304M300 318H392"/>'
        + tube("M236 262H306", 14) + tube("M268 266V300", 10) +
        # tray arm
        '<path d="M438 286H420Q408 286 400 276L380 250"/><path class="w" d="M312 236H424V250H312z"/>'
        '<path class="t" d="M330 236v-14M330 222l-8 -10M350 236v-24l8 -6M372 236v-22M366 214h12M394 236v-18l-8 -8"/>'
        # stool
        '<path class="m" d="M60 338H140V352Q140 358 134 358H66Q60 358 60 352z"/><path d="M100 358V402M70 420L100 402L130 420"/>'
    )


def tooth():
    bubbles = "".join(
        f'<circle class="{c} t" cx="{x}" cy="{y}" r="{r}"/>'
        for x, y, r, c in ((232, 132, 20, "w"), (268, 104, 15, "k"), (300, 126, 22, "w"), (344, 108, 18, "w"), (378, 132, 14, "k"), (200, 160, 12, "k"), (322, 86, 9, "k"), (252, 76, 7, "w"))
    )
    bristles = "".join(
        f'<rect class="{"w" if i % 2 else "k"} t" x="{x}" y="148" width="18" height="36" rx="4"/>'
        for i, x in enumerate(range(214, 376, 18))
    )
    return sheet(
        '<circle class="o" style="fill:#CDEADF" cx="320" cy="244" r="206"/>'
        '<path class="w" d="M320 214C356 184 452 176 460 262C466 324 436 340 428 388C422 424 412 448 394 444C366 438 376 352 320 350'
        'C264 352 274 438 246 444C228 448 218 424 212 388C204 340 174 324 180 262C188 176 284 184 320 214z"/>'
        '<path class="t" d="M320 214q18 12 36 12M206 268q-2 -28 18 -40"/>'
        '<path d="M282 292q38 34 76 0"/><circle class="d" cx="272" cy="268" r="5"/><circle class="d" cx="368" cy="268" r="5"/>'
        '<ellipse class="c o" style="opacity:.55" cx="250" cy="292" rx="15" ry="9"/><ellipse class="c o" style="opacity:.55" cx="390" cy="292" rx="15" ry="9"/>'
        f'<g transform="rotate(-9 320 160) translate(0 26)">{bristles}<path class="n" d="M200 124H384Q398 124 404 128L600 128Q622 130 622 142T600 156L404 154Q396 150 384 150H206Q194 150 194 138T200 124z"/>'
        '<path class="t" style="stroke:#BCE2D5" d="M450 141H590"/></g>'
        f'<g transform="translate(-16 46)">{bubbles}</g>'
        + sparkle(512, 268, 26) + sparkle(548, 330, 15) + sparkle(128, 290, 22) + sparkle(98, 230, 12) + sparkle(470, 386, 12)
    )


def child():
    return sheet(
        '<circle class="o w" cx="320" cy="240" r="214"/>'
        '<path class="o" style="fill:#CBE6F2" d="M116 84h84a20 20 0 0 0 0 -40 28 28 0 0 0 -54 -6 24 24 0 0 0 -30 46z"/>'
        # bib and body
        '<path class="m" d="M160 480C160 390 210 350 320 350S480 390 480 480z"/><path class="w" d="M250 358Q320 392 390 358L404 480H236z"/>'
        + cross(320, 432, 20) +
        # head
        '<circle class="w" cx="200" cy="232" r="22"/><circle class="w" cx="440" cy="232" r="22"/>'
        '<path class="w" d="M206 220C206 140 254 104 320 104S434 140 434 220C434 304 390 352 320 352S206 304 206 220z"/>'
        '<path class="d" d="M204 214C190 120 250 74 330 78C412 80 450 138 436 214C424 190 418 176 412 166C380 172 330 164 296 138C276 164 236 184 222 184C214 192 208 202 204 214z"/>'
        '<path class="d" d="M322 78q2 -24 22 -30q-6 14 4 32z"/>'
        '<circle class="d" cx="270" cy="226" r="7"/><circle class="d" cx="370" cy="226" r="7"/><path class="t" d="M256 202q14 -10 28 -2M356 200q14 -8 28 2M316 244q6 5 10 0"/>'
        '<path class="n" d="M262 268Q320 284 378 268Q374 326 320 326T262 268z"/><path class="w t" d="M270 271Q320 284 370 271L366 288Q320 300 274 288z"/><path class="t" d="M296 277v15M320 279v16M344 277v15"/>'
        '<ellipse class="c o" style="opacity:.5" cx="236" cy="262" rx="17" ry="11"/><ellipse class="c o" style="opacity:.5" cx="404" cy="262" rx="17" ry="11"/>'
        # hand with brush
        + tube("M452 440Q520 440 520 380", 34, TINT) +
        '<path class="k" d="M512 366L534 190Q538 174 548 176T556 192L534 370z"/><rect class="w t" transform="rotate(8 540 150)" x="516" y="134" width="24" height="50" rx="3"/>'
        '<path class="n" d="M540 128Q556 128 556 142L552 190H534L536 142Q536 128 540 128z"/><path class="t" d="M519 150h20M518 162h20M516 174h20"/>'
        '<path class="w" d="M496 352Q494 334 512 334L544 338Q556 342 552 356L548 378Q542 392 522 390T498 374z"/><path class="t" d="M514 350l34 4M512 364l34 4"/>'
        + sparkle(110, 250, 22) + sparkle(84, 320, 13) + sparkle(470, 94, 16) + sparkle(138, 372, 12)
    )


def cabinet():
    drawers = ""
    for row in range(3):
        for column in range(7):
            x, y = 74 + column * 71, 48 + row * 60
            out = row == 1 and column == 4
            drawers += f'<rect class="{"w" if not out else "m"}" x="{x}" y="{y}" width="63" height="52" rx="4"/>'
            drawers += f'<rect class="p t" x="{x + 17}" y="{y + 8}" width="29" height="15" rx="2"/><path class="t" d="M{x + 24} {y + 33}a7.500 7.500 0 0 0 15 0"/>'
    # one drawer pulled out, herbs showing
    drawers += (
        '<path class="n" d="M358 108H421L429 116H350z"/>' + leaf(366, 112, 26, -70) + leaf(384, 112, 28, -95) + leaf(402, 112, 26, -60) +
        '<path class="w" d="M348 114H431V172H348z"/><rect class="p t" x="372" y="124" width="34" height="17" rx="2"/><path class="t" d="M381 151a8.500 8.500 0 0 0 17 0"/>'
    )
    packets = ""
    for x, y in ((452, 340), (520, 340), (486, 288)):
        packets += (
            f'<path class="w" d="M{x - 34} {y + 52}L{x - 26} {y + 6}Q{x} {y - 4} {x + 26} {y + 6}L{x + 34} {y + 52}z"/>'
            f'<path class="cs" d="M{x} {y + 2}V{y + 52}M{x - 31} {y + 30}H{x + 31}M{x} {y + 2}q-14 -16 -18 -4q4 8 18 4q14 -16 18 -4q-4 8 -18 4"/>'
        )
    return sheet(
        '<path class="o" style="fill:#CDEADF" d="M40 24H600V400H40z"/><path class="m" d="M60 34H588V232H60z"/>' + drawers +
        '<path class="w" d="M50 22H598V38H50z"/>'
        '<path class="w" d="M0 392H640V412H0z"/><path class="o w" d="M0 412H640V480H0z"/><path d="M0 412H640"/><path class="q" d="M40 440H200M280 452H360M450 440H600"/>'
        # mortar
        '<path d="M196 310L236 236" style="stroke-width:17"/><path d="M196 310L236 236" style="stroke:#FDFEFD;stroke-width:10"/>'
        '<path class="n" d="M104 304H244Q242 360 204 374L212 392H136L144 374Q106 360 104 304z"/><path class="m" d="M98 292H250V308H98z"/><path class="t" style="stroke:#BCE2D5" d="M122 326q6 22 24 32"/>'
        # balance
        '<path d="M290 262L400 250M346 256V232M300 262L280 340M300 262L330 340"/><path class="k" d="M270 340H340Q334 372 305 372T270 340z"/><path d="M388 252V292"/><path class="d" d="M380 292h16l4 24h-24z"/>'
        '<path class="t" d="M346 232a6 6 0 1 1 0.100 0"/>'
        + packets
    )


def pot():
    slices = "".join(
        f'<ellipse class="w" cx="{x}" cy="{y}" rx="24" ry="11" transform="rotate({r} {x} {y})"/><ellipse class="t" cx="{x}" cy="{y}" rx="11" ry="4.500" transform="rotate({r} {x} {y})"/>'
        for x, y, r in ((82, 424, -8), (126, 438, 6), (104, 408, 14))
    )
    berries = "".join(
        f'<ellipse class="c t" cx="{x}" cy="{y}" rx="10" ry="6.500" transform="rotate({r} {x} {y})"/>'
        for x, y, r in ((386, 436, 20), (412, 444, -14), (404, 424, 40), (436, 436, 10), (362, 446, -20))
    )
    return sheet(
        '<circle class="o w" cx="300" cy="220" r="210"/>' + steam(236, 92, 66) + steam(274, 84, 74) + steam(312, 92, 66) + steam(512, 290, 54) + steam(542, 286, 54) +
        '<path class="o" style="fill:#CDEADF" d="M0 392H640V480H0z"/><path d="M0 392H640"/>'
        # stove
        '<path class="g" d="M166 352H388L404 410H150z"/><path class="c t" d="M222 386q-2 -20 12 -30q0 12 8 14q6 -8 4 -18q18 14 12 34zM302 386q-2 -20 12 -30q0 12 8 14q6 -8 4 -18q18 14 12 34z"/>'
        # pot
        '<path class="n" d="M146 206H404C424 270 404 336 362 352H190C146 336 128 270 146 206z"/>'
        '<path class="m" d="M148 238Q276 262 402 238L404 262Q276 286 146 262z"/>'
        '<path class="n" d="M150 216L96 182Q84 176 88 190Q104 240 140 258z"/>'
        + tube("M410 246L486 222", 20, MINT) +
        '<path class="w" d="M138 200Q140 150 275 146T412 200Q412 210 400 210H150Q138 210 138 200z"/><path class="m" d="M252 146V134Q252 122 275 122T298 134V146z"/><path class="t" d="M176 190q10 -22 52 -26"/>'
        '<circle class="d" cx="340" cy="180" r="3"/>'
        # bowl
        '<path class="w" d="M452 322H602C602 376 574 402 556 406V418H498V406C478 402 452 376 452 322z"/><ellipse class="n" cx="527" cy="322" rx="75" ry="17"/><path class="t" d="M466 356Q526 378 588 356"/>'
        + slices + leaf(30, 440, 54, -20) + leaf(36, 446, 50, 8) + berries
    )


def cupping():
    cups = ""
    for x, y, r in ((226, 232, -8), (302, 222, 0), (378, 228, 7)):
        cups += (
            f'<g transform="rotate({r} {x} {y})"><path class="k" d="M{x - 22} {y + 8}V{y}C{x - 36} {y - 18} {x - 34} {y - 62} {x} {y - 62}S{x + 36} {y - 18} {x + 22} {y}V{y + 8}z"/>'
            f'<path class="w" d="M{x - 26} {y + 2}H{x + 26}V{y + 12}H{x - 26}z"/><circle class="w" cx="{x}" cy="{y - 68}" r="7"/><path class="t" style="stroke:#FDFEFD" d="M{x - 18} {y - 22}q-2 -16 6 -24"/></g>'
        )
    return sheet(
        '<circle class="o w" cx="320" cy="220" r="212"/>'
        # wall: lamp shelf with bamboo cups
        '<path d="M404 110H588"/>' + "".join(
            f'<path class="m" d="M{x} 110V66H{x + 36}V110z"/><ellipse class="w" cx="{x + 18}" cy="66" rx="18" ry="6"/><path class="t" d="M{x} 92H{x + 36}"/>' for x in (424, 478, 532)
        ) +
        '<path d="M0 440H640"/>'
        # couch
        '<path class="w" d="M70 316H590V346H70z"/><path class="m" d="M58 300H604Q612 300 612 310V320H50V310Q50 300 58 300z"/><path d="M112 346V440M548 346V440M112 400H548"/>'
        '<path class="w" d="M62 300Q58 268 92 266H150Q172 268 168 300z"/>'
        # body
        '<path class="w" d="M160 300C158 250 200 236 260 234C340 230 400 236 440 248L470 300z"/>'
        + tube("M222 266Q204 292 140 285", 26) +
        '<path class="m" d="M424 300L416 244C470 226 524 240 588 262Q606 270 604 300z"/><path class="t" d="M452 254q10 20 6 46M500 250q12 24 8 50M550 258q6 20 4 42"/>'
        '<path class="cs" d="M418 252q-6 24 4 48"/>'
        # head
        '<circle class="w" cx="126" cy="240" r="42"/><path class="d" d="M90 218C96 190 148 184 166 214C174 232 170 258 154 272C146 274 140 268 142 258C134 236 110 226 90 218z"/>'
        '<path class="t" d="M96 240q7 6 14 1M100 262q8 5 14 0"/><circle class="w t" cx="143" cy="248" r="8"/>'
        + cups + '<path class="q" d="M60 462H180M260 458H380M470 464H590"/>'
    )


def ecg():
    return sheet(
        '<circle class="o w" cx="320" cy="230" r="214"/><path d="M0 430H640"/><path class="q" d="M40 454H160M470 456H600"/>'
        # trolley
        '<path d="M210 330V408M430 330V408"/><path class="w" d="M176 316H464V334H176z"/><path class="w" d="M190 392H450V406H190z"/><circle class="d" cx="212" cy="420" r="9"/><circle class="d" cx="428" cy="420" r="9"/>'
        '<path class="m" d="M236 352H356V392H236z"/><path class="t" d="M236 366H356M286 378h20"/>'
        # monitor
        '<rect class="m" x="170" y="74" width="300" height="220" rx="20"/><rect class="w" x="192" y="96" width="256" height="150" rx="10"/><path class="w" d="M290 294H350V316H290z"/>'
        + "".join(f'<path class="t" style="stroke:#D6EEE6" d="M192 {y}H448"/>' for y in (126, 156, 186, 216))
        + "".join(f'<path class="t" style="stroke:#D6EEE6" d="M{x} 96V246"/>' for x in (224, 256, 288, 320, 352, 384, 416)) +
        '<rect x="192" y="96" width="256" height="150" rx="10"/>'
        '<path class="cs" style="stroke-width:4.600" d="M196 176H232q8 -16 16 0H262L270 190L284 116L298 222L308 176H326q10 -20 20 0H366L374 188L386 124L398 216L406 176H444"/>'
        '<circle class="w t" cx="210" cy="270" r="9"/><circle class="w t" cx="240" cy="270" r="9"/><path class="t" d="M380 270H444"/>'
        # leads with clips
        '<path class="t" d="M470 250C540 250 520 340 560 352M470 262C520 270 500 380 540 390M470 272C500 290 480 372 500 376"/>'
        '<path class="c" d="M548 344l26 -4 8 22 -26 8z"/><path class="k" d="M528 382l26 -4 8 22 -26 8z"/><path class="n" d="M486 368l26 -4 8 22 -26 8z"/>'
        # strip of paper
        '<path class="w" d="M170 220H150Q120 222 116 260T92 330H40Q62 322 68 284T108 196H170z"/><path class="cs t" d="M160 208H140l-6 -8 -8 22 -8 -8q-14 6 -20 24l-10 -4 4 18 -12 4q-4 20 -8 34l-8 14"/>'
        + plant(70, 430, 0.7)
    )


def pressure():
    return sheet(
        '<circle class="o w" cx="320" cy="226" r="210"/><path class="o" style="fill:#CDEADF" d="M0 396H640V480H0z"/><path d="M0 396H640"/>'
        # heart on the wall
        '<path class="c" d="M456 132C444 96 392 100 396 142C398 172 440 190 456 208C472 190 514 172 516 142C520 100 468 96 456 132z"/><path style="stroke:#FDFEFD" d="M402 152H432l8 -18 14 40 12 -30 6 8h34"/>'
        # device
        '<path class="w" d="M66 418L96 260Q100 244 116 244H272Q288 244 290 260L304 418Q304 430 292 430H78Q64 430 66 418z"/>'
        '<path class="k" d="M118 264H266L274 352H104z"/><path class="t" d="M236 270l6 82"/>'
        + "".join(f'<path d="M{x0} {y}h{w}" style="stroke-width:9"/>' for x0, y, w in ((134, 286, 66), (130, 310, 48), (126, 334, 32))) +
        '<path class="c t" d="M256 296c-3 -8 -14 -6 -12 3c1 6 9 9 12 13c3 -4 11 -7 12 -13c1 -9 -9 -11 -12 -3z" transform="translate(0 20)"/>'
        '<circle class="n" cx="186" cy="392" r="20"/><rect class="m t" x="94" y="384" width="50" height="16" rx="8"/><rect class="m t" x="230" y="384" width="50" height="16" rx="8"/>'
        # hose
        + tube("M300 396C360 440 350 330 402 352", 7, TINT) +
        # cuff
        '<path class="n" d="M396 286Q400 262 424 262H540Q560 262 566 286L578 400Q578 420 556 420H404Q382 420 384 400z"/><ellipse class="m" cx="482" cy="276" rx="70" ry="20"/><ellipse class="p" cx="482" cy="278" rx="48" ry="12"/>'
        '<path class="m" d="M440 318H576L580 372H436z"/><path class="t" d="M450 330H560M450 344H562M448 358H564"/><circle class="w" cx="404" cy="352" r="9"/>'
        + window(70, 52, 118, 116) + leaf(96, 448, 44, -12) + leaf(150, 456, 40, 6)
    )


def bicycle():
    def wheel(x, y, r):
        spokes = "".join(
            f'<path class="t" style="stroke:#7DB9A8" d="M{x} {y}L{x + r * .9 * math.cos(a):.1f} {y + r * .9 * math.sin(a):.1f}"/>'
            for a in (i * math.pi / 6 + 0.2 for i in range(12))
        )
        return f'<circle class="w" cx="{x}" cy="{y}" r="{r}" style="stroke-width:7"/><circle class="t" cx="{x}" cy="{y}" r="{r - 9}"/>{spokes}<circle class="d" cx="{x}" cy="{y}" r="6"/>'

    houses = (
        '<path class="o w" d="M30 400V150L104 104L178 150V400zM470 400V120H610V400z"/>'
        '<path class="q" d="M30 400V150L104 104L178 150V400M470 400V120H610V400"/>'
        + "".join(f'<rect class="k q" x="{x}" y="{y}" width="36" height="40" rx="4"/>' for x, y in ((58, 176), (112, 176), (58, 250), (490, 146), (550, 146), (490, 218), (550, 218)))
    )
    return sheet(
        '<circle class="o" style="fill:#CDEADF" cx="320" cy="220" r="214"/>' + houses +
        '<path class="p o" d="M0 402H640V480H0z"/><path d="M0 402H640"/><path class="q" d="M50 438H190M260 452H400M470 434H600"/>'
        + wheel(196, 328, 74) + wheel(452, 328, 74) +
        # frame
        '<g style="stroke-width:6"><path style="stroke-width:7" class="ms" d="M196 328L262 226H404M196 328H302L404 226M302 328L256 208"/><path style="stroke-width:7" class="ms" d="M452 328Q426 270 404 196"/></g>'
        '<path style="stroke-width:6" d="M404 196Q400 176 378 178L352 184"/><path class="d" d="M226 204Q256 194 292 206Q280 214 262 212Q240 216 226 204z"/>'
        '<circle class="w" cx="302" cy="328" r="17"/><path d="M302 328L322 364M312 366h24M302 311H196M302 345H200"/>'
        '<path d="M112 300Q130 240 200 238M150 238H252M196 328L160 240"/>'
        # bag on the rack
        '<path class="w" d="M116 150Q116 140 126 140H232Q242 140 242 150V236H116z"/><path class="m" d="M112 140Q112 130 124 130H234Q246 130 246 140V164Q180 184 112 164z"/>'
        '<path d="M154 130V118Q154 108 164 108H194Q204 108 204 118V130"/><circle class="w" cx="179" cy="196" r="25"/>' + cross(179, 196, 17) +
        # basket
        '<path class="w" d="M420 196H506L494 252H436z"/><path class="t" d="M430 196l14 56M452 196l4 56M474 196l-2 56M494 196l-12 56M424 214H502M430 234H498"/>'
        + leaf(444, 196, 40, -110) + leaf(462, 196, 46, -80) + leaf(480, 196, 38, -55)
    )


def lecture():
    heads = ""
    for x, y, hair, coat in ((92, 372, "d", "m"), (216, 380, "g", "n"), (344, 374, "d", "k"), (464, 382, "g", "m"), (576, 372, "d", "n")):
        heads += f'<path class="{coat}" d="M{x - 62} 500C{x - 62} {y + 66} {x - 36} {y + 44} {x} {y + 44}S{x + 62} {y + 66} {x + 62} 500z"/><circle class="{hair}" cx="{x}" cy="{y}" r="44"/>'
        heads += f'<path class="w" d="M{x - 13} {y + 36}h26v12q-13 10 -26 0z"/>'
        if hair == "g":
            heads += f'<circle class="g" cx="{x}" cy="{y - 30}" r="19"/><path class="t" d="M{x - 26} {y + 10}q26 16 52 0"/>'
    return sheet(
        '<path class="o w" d="M0 0H640V340H0z"/><path class="o p" d="M0 300H640V480H0z"/>'
        # screen
        '<path class="m" d="M186 34H606V52H186z"/><path class="p" d="M198 52H594V270H198z"/>'
        '<path class="w" d="M300 116C318 98 372 94 376 146C380 182 362 190 358 216C354 238 350 250 340 248C324 244 330 196 300 196S276 244 260 248C250 250 246 238 242 216C238 190 220 182 224 146C228 94 282 98 300 116z"/>'
        '<path class="c" d="M490 140C480 112 438 114 442 148C444 172 476 186 490 202C504 186 536 172 538 148C542 114 500 112 490 140z"/><path style="stroke:#FDFEFD" d="M446 156h22l7 -14 11 32 10 -24 5 6h32"/>'
        '<path class="t" d="M440 230H540M440 246H510"/>'
        # speaker
        '<path class="w" d="M52 330C48 236 66 206 110 202C150 206 170 236 168 330z"/><path d="M94 204L110 236L128 204M110 236V300"/>'
        + tube("M152 240Q184 236 208 196", 22) + '<circle class="w" cx="210" cy="190" r="12"/><path d="M216 182L252 150"/>'
        '<path class="w" d="M98 180V206Q110 216 122 206V180z"/><circle class="w" cx="110" cy="146" r="42"/>'
        '<path class="d" d="M70 152C58 100 92 92 114 96C144 94 162 120 150 154C146 140 138 130 128 124C112 136 92 136 82 132C76 138 72 144 70 152z"/><path class="t" d="M98 150v2M124 150v2M102 166q8 7 18 0"/>'
        '<path class="w" d="M36 290H176V310H36z"/><path class="m" d="M50 310H162V400H50z"/>'
        + heads
    )


for draw in (front, hall, pulse, dental, tooth, child, cabinet, pot, cupping, ecg, pressure, bicycle, lecture):
    pathlib.Path(__file__).with_name(f"{draw.__name__}.svg").write_text(draw(), encoding="utf-8")
