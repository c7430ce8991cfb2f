"""Writes an OpenAPI description of site/content/docs into its page: every request, what it takes and answers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

PLACEHOLDER = re.compile(r"<!--\s*openapi:(?P<name>[a-z]+)\s*-->")
METHODS = ("get", "head", "put", "post", "patch", "delete")

Node = dict[str, Any]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace each `<!-- openapi:NAME -->` by what NAME.openapi.yaml tells."""
    folder = Path(config.docs_dir) / "docs"

    def written(match: re.Match[str]) -> str:
        described = yaml.safe_load((folder / f"{match['name']}.openapi.yaml").read_text(encoding="utf-8"))
        return "\n".join(Description(described).page())

    return PLACEHOLDER.sub(written, markdown)


class Description:
    """An OpenAPI document as Markdown; what its anchors point at never changes with its order."""

    def __init__(self, described: Node) -> None:
        self.described = described

    def page(self) -> Iterator[str]:
        """All operations under the headings of their tags, then the shapes that several of them have."""
        base = self.described["servers"][0]["url"]
        for tag in self.described["tags"]:
            yield f"## {tag['name']}\n"
            if "description" in tag:
                yield f"{tag['description']}\n"
            for path, item in self.described["paths"].items():
                for method in METHODS:
                    if tag["name"] in item.get(method, {}).get("tags", []):
                        yield from self.operation(f"{method.upper()} {base}{path}", item, item[method])
        yield "## Shapes\n"
        for name, schema in self.described["components"]["schemas"].items():
            yield f"### {name} {{#{_anchor(name)}}}\n\n{self.fields(schema) or self.kind(schema)}\n"

    def operation(self, title: str, item: Node, operation: Node) -> Iterator[str]:
        """One request."""
        yield f"### `{title}` {{#{_anchor(title)}}}\n\n{operation['summary']}\n"
        parameters = [self.resolved(p) for p in (*item.get("parameters", []), *operation.get("parameters", []))]
        if rows := [
            f"| `{p['name']}` | {p['in']} | {self.kind(p['schema'])} | {_cell(p.get('description', ''))} |"
            for p in parameters
            if p["in"] != "path" or "description" in p
        ]:
            yield "| Parameter | In | Value | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
        for kind, body in operation.get("requestBody", {}).get("content", {}).items():
            yield f"Body, `{kind}`:\n\n{self.fields(body['schema']) or self.kind(body['schema'])}\n"
        answers = [self.answer(status, self.resolved(told)) for status, told in sorted(operation["responses"].items())]
        yield "| Status | Answer | |\n|---|---|---|\n" + "\n".join(answers) + "\n"

    def answer(self, status: str, told: Node) -> str:
        """The row of one status."""
        kinds = {self.kind(body["schema"]) for kind, body in told.get("content", {}).items() if "problem" not in kind}
        headers = "".join(f"; header `{name}`" for name in told.get("headers", {}))
        return f"| {status} | {_cell(told['description'])} | {'; '.join(sorted(kinds))}{headers} |"

    def fields(self, schema: Node) -> str:
        """The fields of an object, one on each row; nothing for any other schema."""
        rows = [
            f"| `{name}`{'*' if name in schema.get('required', []) else ''} | {self.kind(field)}"
            f" | {_cell(field.get('description', ''))} |"
            for name, field in schema.get("properties", {}).items()
        ]
        return "\n".join(["| Field | Value | |\n|---|---|---|", *rows]) if rows else ""

    def kind(self, schema: Node) -> str:
        """What a value is, in a few words."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return f"[{name}](#{_anchor(name)})"
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return " or ".join(self.kind(each) for each in schema[several])
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        if "const" in schema:
            return f"`{schema['const']}`"
        named = schema.get("type", "anything")
        kinds = [named] if isinstance(named, str) else named
        return " or ".join(self.plain(kind, schema) for kind in kinds)

    def plain(self, kind: str, schema: Node) -> str:
        """A type with what limits it."""
        if kind == "array":
            return f"list of {self.kind(schema.get('items', {}))}"
        if kind == "object" and schema.get("properties"):
            inner = (f"`{name}`: {self.kind(field)}" for name, field in schema["properties"].items())
            return f"object ({', '.join(inner)})"
        if kind in ("integer", "number") and {"minimum", "maximum"} <= schema.keys():
            return f"{kind}, {schema['minimum']} to {schema['maximum']}"
        return kind

    def resolved(self, node: Node) -> Node:
        """What a reference points at."""
        found: Any = node
        if "$ref" in node:
            found = self.described
            for key in node["$ref"].removeprefix("#/").split("/"):
                found = found[key]
        return dict(found)


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
