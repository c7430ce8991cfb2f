"""Reads the lists that people contribute, site/data/*.yml, and says exactly what is wrong with an entry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from mkdocs.exceptions import PluginError

FOLDER = Path("site/data")
COMMON = "common.yml"
Entry = dict[str, Any]


class PlainLoader(yaml.CSafeLoader):
    """YAML in which a date, a year and a volume are the text that was written, and no key is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag.rpartition(":")[2] in ("bool", "null", "merge")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Located:
    """An entry, with what an error message needs to point at it; `group` is "" in files without groups."""

    place: str
    group: str
    value: Any


def read_list(root: Path, name: str) -> list[Entry]:
    """The entries of site/data/NAME.yml under `root`, in their order; raises PluginError that names every fault."""
    return [entry for entries in read_groups(root, name).values() for entry in entries]


def read_groups(root: Path, name: str) -> dict[str, list[Entry]]:
    """The entries by group; a file that is one plain list has the one group ""."""
    path = root / FOLDER / f"{name}.yml"
    schema = root / FOLDER / "schema" / f"{name}.yml"
    return _read(path, schema, path.stat().st_mtime_ns, schema.stat().st_mtime_ns) if path.exists() else {}


def is_document(root: Path, name: str) -> bool:
    """Whether site/data/NAME.yml is one document, as its schema says, and not a list of entries."""
    return bool(
        yaml.safe_load((root / FOLDER / "schema" / f"{name}.yml").read_text(encoding="utf-8")).get("x-document")
    )


def read_document(root: Path, name: str) -> Any:
    """A file of figures as it stands, with dates and numbers; raises PluginError that names every fault."""
    located = Located(f"{(FOLDER / name).as_posix()}.yml", "", None)
    try:
        value = yaml.safe_load((root / FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        raise PluginError(f"{located.place}: this is not YAML: {error}") from error
    located = replace(located, value=value)
    if faults := list(_schema_faults(root / FOLDER / "schema" / f"{name}.yml", [located])):
        raise PluginError("\n".join(faults))
    return value


@cache
def _read(path: Path, schema: Path, changed: int, schema_changed: int) -> dict[str, list[Entry]]:
    """Read once for each state of both files, however many pages ask."""
    located = list(_entries(path))
    faults = [*_schema_faults(schema, located), *_repeated_ids(located)]
    if faults:
        raise PluginError("\n".join(faults))
    groups: dict[str, list[Entry]] = {}
    for entry in located:
        groups.setdefault(entry.group, []).append(entry.value)
    return groups


def _entries(path: Path) -> Iterator[Located]:
    """Each entry with its place, such as `site/data/events.yml:12: 'or-2016'`."""
    name = (FOLDER / path.name).as_posix()
    loader = PlainLoader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        lists = {"": node}
        if isinstance(node, yaml.MappingNode):
            lists = {key.value: value for key, value in node.value}
        for group, entries in lists.items():
            if not isinstance(entries, yaml.SequenceNode):
                raise PluginError(f"{name}: a list of entries is expected, each beginning with '- id: '")
            for entry in entries.value:
                value = loader.construct_object(entry, deep=True)
                label = value.get("id", "an entry without id") if isinstance(value, dict) else value
                yield Located(f"{name}:{entry.start_mark.line + 1}: {label!r}", group, value)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise PluginError(f"{name}{line}: this is not YAML: {error.problem}") from error
    finally:
        loader.dispose()


def _schema_faults(path: Path, located: list[Located]) -> Iterator[str]:
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    common = yaml.safe_load((path.parent / COMMON).read_text(encoding="utf-8"))
    validator = Draft202012Validator({**schema, "$defs": {**common, **schema.get("$defs", {})}})
    for entry in located:
        for error in validator.iter_errors(entry.value):
            yield f"{entry.place}: {_rule(best_match([error]) or error)}"


def _rule(error: ValidationError) -> str:
    """The field, what is wrong, and what the field is for when the schema says so."""
    field = ".".join(str(part) for part in error.absolute_path)
    meaning = error.schema.get("description") if isinstance(error.schema, dict) else None
    message = f"{field}: {error.message}" if field else error.message
    return f"{message} ({meaning})" if meaning else message


def _repeated_ids(located: list[Located]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for entry in located:
        anchor = entry.value.get("id") if isinstance(entry.value, dict) else None
        if anchor in seen:
            yield f"{entry.place}: this id is used twice, first in {seen[anchor]}"
        elif anchor:
            seen[anchor] = entry.place
