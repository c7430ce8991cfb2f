"""Tasks: the original service's tasks and streaming cookies over HTTP (contract 1.11 and 1.12)."""

from xml.sax.saxutils import escape

from chalice.app import Blueprint

from chalicelib.domain.errors import NotFound
from chalicelib.domain.tasks import TASKS, perform_task
from chalicelib.edge import Response
from chalicelib.routes.http import text

task_routes = Blueprint(__name__)

_ANY = ["*/*"]


@task_routes.route("/durastore/task", methods=["GET", "HEAD"], content_types=_ANY)
def list_tasks() -> Response:
    """GET /task: the names of the tasks. They are the same for every store, so a storeID changes nothing."""
    names = "".join(f"  <string>{escape(name)}</string>\n" for name in TASKS)
    return Response(200, (("Content-Type", "application/xml"),), f"<list>\n{names}</list>".encode())


@task_routes.route("/durastore/task/{name}", methods=["POST"], content_types=_ANY)
def post_task(name: str) -> Response:
    """POST /task/{name}: do it; no task reads its parameters."""
    return text(200, perform_task(name))


@task_routes.route("/durastore/aux/cookies", methods=["GET", "HEAD"], content_types=_ANY)
def get_cookies() -> Response:
    """GET /aux/cookies: never a known token, since this service has no streaming distribution to sign for."""
    raise NotFound("Token not found")
