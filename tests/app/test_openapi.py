"""The description of the content API for machines: valid, and of the routes that there are."""

from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from app import app

DESCRIPTION = Path(__file__).parents[2] / "site" / "content" / "docs" / "durastore.openapi.yaml"
METHODS = {"get", "head", "put", "post", "delete", "patch", "options", "trace"}


@pytest.fixture(scope="module")
def described():
    return yaml.safe_load(DESCRIPTION.read_text())


def test_the_description_is_valid(described):
    validate(described)


def test_it_has_the_paths_and_methods_of_the_content_api_and_no_others(described):
    (server,) = described["servers"]
    routes = {
        (pattern.replace("+}", "}"), method)
        for pattern, methods in app.routes.items()
        for method in methods
        if pattern.startswith(server["url"] + "/")
    }
    operations = {
        (server["url"] + path, method.upper())
        for path, item in described["paths"].items()
        for method in item
        if method in METHODS
    }
    assert operations == routes


def test_a_parameter_that_takes_slashes_is_called_greedy(described):
    greedy = {name for name, parameter in described["components"]["parameters"].items() if "x-greedy" in parameter}
    patterns = [pattern for pattern in app.routes if pattern.startswith("/durastore/")]
    assert {segment[1:-2] for pattern in patterns for segment in pattern.split("/") if segment.endswith("+}")} == greedy
