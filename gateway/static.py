"""Static: the built site and the portal, served beside the service on a laptop or a server of one's own."""

from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise

from gateway.wsgi import StartResponse, Wsgi

_PORTAL_POLICY = (
    "require-trusted-types-for 'script'; trusted-types default; media-src blob:; "
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src {reached}; worker-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def site(service: Wsgi, folder: Path, site_policy: str, sent_to: Iterable[str] = ()) -> Wsgi:
    """Answer `/durastore` and `/api` by the service and everything else with the files of the built site.

    `site_policy` is the Content-Security-Policy that the site's build computed for its own inline scripts. `sent_to`:
    other origins that the portal sends files to.
    """
    portal_policy = _PORTAL_POLICY.format(reached=" ".join(["'self'", *sent_to]))

    def add_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
        headers["Content-Security-Policy"] = portal_policy if url.startswith("/portal/") else site_policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"

    missing = (folder / "404.html").read_bytes()

    def not_found(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", site_policy)]
        start_response("404 Not Found", [*headers, ("Content-Length", str(len(missing)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [missing]

    files: Wsgi = WhiteNoise(not_found, root=folder, index_file=True, max_age=60, add_headers_function=add_headers)

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        chosen = service if path.startswith(("/durastore/", "/api/")) else files
        return chosen(environ, start_response)

    return answer
