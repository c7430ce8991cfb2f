"""Joins the style sheets of this site into one file, because a browser shows nothing before the last one has come."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ONE = "assets/css/site.css"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the sheets of `extra_css` into one, in their order; pages name that one."""
    sheets = config.extra_css
    joined = "\n".join((Path(config.docs_dir) / sheet).read_text(encoding="utf-8") for sheet in sheets)
    for sheet in sheets:
        if file := files.get_file_from_path(sheet):
            files.remove(file)
    files.append(File.generated(config, ONE, content=joined))
    config.extra_css = [ONE]
    return files
