"""The descriptions of both APIs for machines: valid, and of the routes that there are."""

from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from app import app
from tests.app.packaged import Package

PAGES = Path(__file__).parents[2] / "site" / "content" / "docs"
METHODS = {"get", "head", "put", "post", "delete", "patch", "options", "trace"}


@pytest.fixture(scope="module", params=["durastore", "api"])
def described(request):
    return yaml.safe_load((PAGES / f"{request.param}.openapi.yaml").read_text())


@pytest.fixture
def below(described):
    (server,) = described["servers"]
    return server["url"]


def test_the_description_is_valid(described):
    validate(described)


def test_it_has_the_paths_and_methods_of_its_api_and_no_others(described, below):
    routes = {
        (pattern.replace("+}", "}"), method)
        for pattern, methods in app.routes.items()
        for method in methods
        if pattern.startswith(f"{below}/")
    }
    operations = {
        (below + path, method.upper())
        for path, item in described["paths"].items()
        for method in item
        if method in METHODS
    }
    assert operations == routes


def test_a_parameter_that_takes_slashes_is_called_greedy(described, below):
    listed = [parameter for path in described["paths"].values() for parameter in path.get("parameters", [])]
    parameters = [*described["components"]["parameters"].values(), *listed]
    greedy = {parameter["name"] for parameter in parameters if "x-greedy" in parameter}
    patterns = [pattern for pattern in app.routes if pattern.startswith(f"{below}/")]
    assert {segment[1:-2] for pattern in patterns for segment in pattern.split("/") if segment.endswith("+}")} == greedy


def test_every_operation_of_the_json_api_is_told_under_one_heading():
    described = yaml.safe_load((PAGES / "api.openapi.yaml").read_text())
    known = [tag["name"] for tag in described["tags"]]
    for path, item in described["paths"].items():
        for method in METHODS & set(item):
            (tag,) = item[method]["tags"]
            assert tag in known, (method, path)


def test_the_package_for_aws_has_the_description(package: Package):
    names = {name for zipped in package.zips() for name in zipped.namelist()}
    assert "chalicelib/api.openapi.yaml" in names
    assert any(name.endswith("/yaml/__init__.py") for name in names)
