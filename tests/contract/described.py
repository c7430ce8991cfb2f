"""The descriptions of both APIs, asked whether an answer is one of those that they tell of."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from app import app

from .wire import Answer

PAGES = Path(__file__).parents[2] / "site" / "content" / "docs"
DESCRIBED = {name: yaml.safe_load((PAGES / f"{name}.openapi.yaml").read_text()) for name in ("durastore", "api")}
UNROUTED = {400, 401, 403, 404, 405}


def responses(route: str | None, method: str) -> Mapping[str, Any] | None:
    """What is described of a route (its pattern in the service) by status; None where there is no such operation."""
    if route is None or method not in app.routes[route]:
        return None
    name, _, rest = route[1:].partition("/")
    return DESCRIBED[name]["paths"]["/" + rest.replace("+}", "}")][method.lower()]["responses"]


def statuses(route: str | None, method: str) -> set[int]:
    """The statuses that the description has for a request."""
    found = responses(route, method)
    return UNROUTED if found is None else {400, *map(int, found)}


def faults(route: str, method: str, answer: Answer) -> list[str]:
    """What of an answer's JSON is not as described."""
    known = DESCRIBED[route[1:].partition("/")[0]]
    told = (responses(route, method) or {}).get(str(answer.status))
    if told is None:
        return [f"{answer.status} is not described"]
    told = known["components"]["responses"][told["$ref"].split("/")[-1]] if "$ref" in told else told
    if "content" not in told:
        return [f"a body that is not described: {answer.text}"] if answer.body else []
    kind = str(answer["Content-Type"]).partition(";")[0]
    if "*/*" in told["content"]:
        return []
    if kind not in told["content"]:
        return [f"{kind} is not described"]
    if not re.search(r"[/+]json$", kind):
        return []
    schema = {**told["content"][kind]["schema"], "components": known["components"]}
    return [
        f"{fault.json_path}: {fault.message}"
        for fault in Draft202012Validator(schema).iter_errors(json.loads(answer.body))
    ]
