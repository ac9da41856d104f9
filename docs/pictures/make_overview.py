"""Puts a plot and a form side by side: the README's first picture.

    python docs/pictures/make_overview.py FOLDER

FOLDER is where take_screenshots.py has put its pictures. The plot is drawn from the demo.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

import vfy_notebook as vfy

HERE = Path(__file__).resolve().parent
GAP_PX = 24
HEIGHT_PX = 470


def plot() -> Image.Image:
    """The demo's segments by tier."""
    with vfy.demo() as project:
        customers = project.fetch_customers(progress=False)
        memberships = project.fetch_memberships(customers, progress=False)
    ax = vfy.plots.segment_breakdown(customers, memberships, by="metadata.tier")
    buffer = io.BytesIO()
    ax.figure.savefig(buffer, format="png", dpi=80, bbox_inches="tight", facecolor="white")
    return Image.open(buffer)


def main(folder: Path) -> None:
    """Compose and save."""
    pictures = [plot(), Image.open(folder / "deletion_form_light.png")]
    small = [
        picture.convert("RGB").resize(
            (round(picture.width * HEIGHT_PX / picture.height), HEIGHT_PX), Image.Resampling.LANCZOS
        )
        for picture in pictures
    ]
    width = sum(picture.width for picture in small) + GAP_PX
    whole = Image.new("RGB", (width, HEIGHT_PX), "white")
    whole.paste(small[0], (0, 0))
    whole.paste(small[1], (small[0].width + GAP_PX, 0))
    whole.quantize(128).save(HERE / "overview.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
