"""Draws the picture that a message shows beside a link to a page: the page's title in the site's own type."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from textwrap import wrap

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

FOLDER = "assets/cards"
SIZE = (1200, 630)
MARGIN = 90
BAR, INK, SOFT, MINT = "#0b3a40", "#eef7f5", "#c2dad7", "#7fdcc0"
SERIF = "assets/fonts/source-serif-4-latin-600-normal.woff2"
SANS = "assets/fonts/source-sans-3-latin-wght-normal.woff2"
# Drawing takes as long as the rest of a build, and the same words give the same card.
KEPT = Path(tempfile.gettempdir()) / "duracloud-cards"
FORM = b"2"  # changes with the drawing

cards: dict[str, Path] = {}


def on_pre_build(config: MkDocsConfig) -> None:
    """Forget the cards of the build before."""
    cards.clear()


def on_page_context(context: dict[str, object], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, object]:
    """Give the page the address of its card."""
    title, site = str(page.meta.get("headline") or page.title or config.site_name), config.site_name
    name = hashlib.sha256(b"\0".join([FORM, title.encode(), site.encode()])).hexdigest()[:16] + ".png"
    if not (KEPT / name).exists():
        draw(KEPT / name, title, site, Path(config.docs_dir))
    cards[name] = KEPT / name
    page.meta["card"] = f"{config.site_url or '/'}{FOLDER}/{name}"
    return context


def on_post_build(config: MkDocsConfig) -> None:
    """Copy the cards of this build into the site."""
    folder = Path(config.site_dir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in cards.items():
        shutil.copyfile(path, folder / name)


def draw(path: Path, title: str, site: str, content: Path) -> None:
    """One card, 1200 by 630 pixels, written whole or not at all."""
    from PIL import Image, ImageDraw, ImageFont  # only a card that is not there yet needs it

    image = Image.new("RGB", SIZE, BAR)
    pen = ImageDraw.Draw(image)
    for row, colour in (90, INK), (124, MINT):
        for left, right in (90, 132), (142, 158), (168, 194):
            pen.rectangle((left, row, right, row + 25), fill=colour)
    pen.text((224, 86), site, font=ImageFont.truetype(str(content / SERIF), 52), fill=INK)
    size, width = (76, 26) if len(title) < 70 else (58, 34)
    lines = wrap(title, width)[:4]
    large = ImageFont.truetype(str(content / SERIF), size)
    pen.multiline_text((MARGIN, 230), "\n".join(lines), font=large, fill=INK, spacing=18)
    small = ImageFont.truetype(str(content / SANS), 32)
    small.set_variation_by_axes([400])
    pen.text((MARGIN, 540), "Preservation storage that reads back what it keeps", font=small, fill=SOFT)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        image.quantize(32).save(file, "PNG")
    Path(file.name).replace(path)
