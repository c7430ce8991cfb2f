"""Shows the latest posts of the Digest in the foot of every page, in one block for each of two tags."""

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

POSTS = "digest/posts/"
BLOCKS = ("In the News", "DuraCloud Says")
LENGTH = 3


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Leave the newest posts of each block for the theme: all pages have been read by now, none has been written."""
    posts = [file for file in files.documentation_pages() if file.src_uri.startswith(POSTS)]
    posts.sort(key=_date, reverse=True)
    config.extra["news"] = [
        {"name": name, "posts": [_told(file) for file in posts if name in _meta(file).get("tags", [])][:LENGTH]}
        for name in BLOCKS
    ]
    return env


def _told(file: File) -> dict[str, str]:
    return {"title": str(_meta(file)["title"]), "url": file.url}


def _date(file: File) -> str:
    date = _meta(file)["date"]
    return str(getattr(date, "created", date))


def _meta(file: File) -> dict[str, object]:
    return dict(file.page.meta) if file.page else {}
