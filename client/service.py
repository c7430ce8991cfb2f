"""Service: one DuraCloud instance as the client reaches it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import HTTPBasicAuth

_TIMEOUT = 60  # seconds without an answer


class ServiceError(Exception):
    """The service refused or could not be reached; the text is for the person at the terminal."""


@dataclass(frozen=True)
class Service:
    """An address such as `https://archive.example.org` and a login."""

    address: str
    username: str
    password: str

    @classmethod
    def from_environment(
        cls, address: str | None = None, username: str | None = None, anonymous: bool = False
    ) -> "Service":
        """The instance in DURACLOUD_ADDRESS, DURACLOUD_USERNAME and DURACLOUD_PASSWORD. Raises ServiceError.

        `anonymous`: without a login; the last two are not needed.
        """
        found = {
            "DURACLOUD_ADDRESS": address or os.environ.get("DURACLOUD_ADDRESS"),
            "DURACLOUD_USERNAME": username or os.environ.get("DURACLOUD_USERNAME"),
            "DURACLOUD_PASSWORD": os.environ.get("DURACLOUD_PASSWORD"),
        }
        needed = ["DURACLOUD_ADDRESS"] if anonymous else list(found)
        if missing := [name for name in needed if not found[name]]:
            raise ServiceError(f"Set {' and '.join(missing)} first")
        where, name, password = (found[key] or "" for key in found)
        return cls(where.rstrip("/"), *(("", "") if anonymous else (name, password)))

    def history(self, space: str, content_id: str) -> list[dict[str, Any]]:
        """Every event of an item, oldest first. Raises ServiceError."""
        answer = self._get(f"/api/spaces/{quote(space, safe='')}/history/{quote(content_id)}")
        events: list[dict[str, Any]] = answer["events"]
        return events

    def policies(self) -> tuple[dict[str, Any], str]:
        """The policies of duplication, and their mark for an edit. Raises ServiceError."""
        answer = self._answer("GET", "/api/policies")
        return answer.json(), answer.headers["ETag"]

    def replace_policies(self, policies: Any, mark: str | None = None) -> dict[str, Any]:
        """Replace all policies, if they still have this mark; returns them. Raises ServiceError."""
        headers = {"If-Match": mark} if mark else {}
        replaced: dict[str, Any] = self._answer("PUT", "/api/policies", headers, policies).json()
        return replaced

    def stores(self) -> list[dict[str, Any]]:
        """The stores, primary first. Raises ServiceError."""
        stores: list[dict[str, Any]] = self._get("/api/stores")["stores"]
        return stores

    def set_store_mode(self, store: str, mode: str) -> dict[str, Any]:
        """Say what is done with a store; returns it. Raises ServiceError."""
        changed: dict[str, Any] = self.ask("PUT", f"/api/stores/{quote(store, safe='')}", {"mode": mode})
        return changed

    def spaces(self) -> list[str]:
        """The ids of the spaces that one may read. Raises ServiceError."""
        return [space["id"] for space in self._get("/api/spaces")["spaces"]]

    def stitch(self, space: str, content_id: str, *, remove_chunks: bool, replace: bool) -> dict[str, Any]:
        """Ask for a chunked item to be made whole; returns the state. Raises ServiceError."""
        wanted = {"id": content_id, "remove_chunks": remove_chunks, "replace": replace}
        state: dict[str, Any] = self._answer("POST", f"/api/spaces/{quote(space, safe='')}/stitch", body=wanted).json()
        return state

    def stitching(self, space: str, content_id: str) -> dict[str, Any]:
        """How far that has come. Raises ServiceError."""
        state: dict[str, Any] = self._get(f"/api/spaces/{quote(space, safe='')}/stitch/{quote(content_id)}")
        return state

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the JSON API; gives what it tells, if anything. Raises ServiceError."""
        answer = self._answer(method, path, body=body)
        return answer.json() if answer.content else None

    def send(self, method: str, path: str, data: bytes, content_type: str) -> Any:
        """One request with a body that is not JSON; gives what the service tells. Raises ServiceError."""
        return self._answer(method, path, {"Content-Type": content_type}, data=data).json()

    def ask_marked(self, method: str, path: str, body: Any = None, mark: str | None = None) -> tuple[Any, str]:
        """One request about what has an ETag, done if it still has this one; the answer and its own. As `ask`."""
        answer = self._answer(method, path, {"If-Match": mark} if mark else {}, body)
        return answer.json(), answer.headers["ETag"]

    def _get(self, path: str) -> Any:
        return self._answer("GET", path).json()

    def _answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        data: bytes | None = None,
    ) -> requests.Response:
        # As bytes: the service reads UTF-8.
        auth = HTTPBasicAuth(self.username.encode(), self.password.encode()) if self.username else None
        try:
            answer = requests.request(
                method, f"{self.address}{path}", auth=auth, headers=headers, json=body, data=data, timeout=_TIMEOUT
            )
            told = answer.json() if answer.content else {}
        except requests.JSONDecodeError as error:
            raise ServiceError(
                f"{self.address} does not answer as DuraCloud does (status {answer.status_code})"
            ) from error
        except requests.RequestException as error:
            raise ServiceError(f"{self.address} could not be reached: {error}") from error
        if not answer.ok:
            raise ServiceError(f"{told.get('title')}: {told.get('detail')}")
        return answer
