"""API of the API: its description for machines, as it stands in the documentation."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalice.app import Blueprint

from chalicelib.edge import Response
from chalicelib.routes.http import as_json

api_description = Blueprint(__name__)

_WRITTEN = Path(__file__).parents[1] / "api.openapi.yaml"  # a link to the page's own file, which packaging follows


@api_description.route("/api/openapi.json", methods=["GET"])
def get_openapi() -> Response:
    """The OpenAPI description of the JSON API."""
    return as_json(200, _description(), kept=timedelta(minutes=5))


@lru_cache(maxsize=1)
def _description() -> Any:
    import yaml  # here: no other route waits for it

    return yaml.safe_load(_WRITTEN.read_text(encoding="utf-8"))
