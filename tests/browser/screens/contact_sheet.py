"""`python -m tests.browser.screens.contact_sheet <folder> [--docs]`: all pictures on one page.

With `--docs`, a chosen dozen go into docs/screens/, small enough to be kept with the sources.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from html import escape
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parents[3] / "docs" / "screens"
LIMIT_BYTES = 60_000
WIDEST, TALLEST = 900, 700
# The picture, and the name that it has in the documents.
CHOSEN = {
    "little/exports-1440-light": "exports",
    "little/exports-1440-dark": "exports-dark",
    "little/exports-390-light": "exports-phone",
    "little/export-new-1440-light": "export-new",
    "little/export-done-overview-1440-dark": "export-done-dark",
    "little/export-recurring-stats-1440-light": "export-stats",
    "little/integrations-1440-light": "integrations",
    "little/google-cloud-guide-1440-light": "google-cloud",
    "little/imports-1440-light": "imports",
    "little/wizard-map-1440-light": "wizard-map",
    "little/import-failed-1440-dark": "import-failed-dark",
    "little/wizard-schedule-390-dark": "wizard-phone-dark",
}
PAGE = """<!doctype html><meta charset="utf-8"><title>Screens</title>
<style>
body {{ font: 14px/1.4 system-ui; margin: 24px; background: #ddd }}
.row {{ display: flex; gap: 12px; overflow-x: auto; align-items: start; padding-bottom: 16px }}
img {{ height: 320px; border: 1px solid #999; object-fit: cover; object-position: top }}
h2 {{ margin: 24px 0 6px }}
</style>
<h1>{count} pictures</h1>
{rows}
"""


def main(folder: Path, *, docs: bool) -> None:
    pictures = sorted(folder.glob("*/*.png"))
    (folder / "index.html").write_text(sheet(folder, pictures))
    sys.stdout.write(f"{len(pictures)} pictures: {folder / 'index.html'}\n")
    if docs:
        DOCS.mkdir(exist_ok=True)
        for picture, name in CHOSEN.items():
            shrink(folder / f"{picture}.png", DOCS / f"{name}.png")


def sheet(folder: Path, pictures: list[Path]) -> str:
    """A row for each screen in each state."""
    rows: dict[str, list[str]] = defaultdict(list)
    for picture in pictures:
        name = picture.stem.rsplit("-", 2)[0]
        where = escape(str(picture.relative_to(folder)))
        title = f"{picture.parent.name}: {name}"
        image = f'<img src="{where}" alt="{where}" title="{where}" loading="lazy">'
        rows[title].append(f'<a href="{where}">{image}</a>')
    shown = (f'<h2>{escape(t)}</h2><div class="row">{"".join(r)}</div>' for t, r in rows.items())
    return PAGE.format(count=len(pictures), rows="\n".join(shown))


def shrink(source: Path, target: Path) -> None:
    """Narrow enough for a page of text, with as many colours as the limit allows."""
    with Image.open(source) as whole:
        picture = whole.convert("RGB")
    width = min(WIDEST, picture.width)
    picture = picture.resize(
        (width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS
    )
    picture = picture.crop((0, 0, width, min(TALLEST, picture.height)))
    for colours in (256, 128, 64, 32, 16):
        small = picture.quantize(colours, dither=Image.Dither.NONE)
        small.save(target, optimize=True)
        if target.stat().st_size <= LIMIT_BYTES:
            return
    raise SystemExit(f"{target} is larger than {LIMIT_BYTES} bytes with 16 colours.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), docs="--docs" in sys.argv)
