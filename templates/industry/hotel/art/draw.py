"""Writes every picture of this starter site: `python3 draw.py [name…]` -> art/*.svg, pictures/*.png.

Needs rsvg-convert, pngquant, optipng; with the Python package zopfli the files get a tenth smaller.
"""

import pathlib
import subprocess
import sys

from around import AROUND
from inn import INN

try:
    from zopfli.png import optimize
except ImportError:
    optimize = bytes

HERE = pathlib.Path(__file__).parent

for name, draw in {**INN, **AROUND}.items():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    svg, png = HERE / f"{name}.svg", HERE.parent / "pictures" / f"{name}.png"
    svg.write_text(draw())
    subprocess.run(["rsvg-convert", svg, "-o", png], check=True)
    subprocess.run(["pngquant", "--quality", "75-98", "--speed", "1", "--strip", "--nofs", "--force", "--output", png,
                    "128", png], check=True)
    subprocess.run(["optipng", "-quiet", "-o4", png], check=True)
    png.write_bytes(optimize(png.read_bytes()))
    print(f"{name} {png.stat().st_size}")
