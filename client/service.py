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
    def from_environment(cls, address: str | None = None, username: str | None = None) -> "Service":
        """The instance in DURACLOUD_ADDRESS, DURACLOUD_USERNAME and DURACLOUD_PASSWORD. Raises ServiceError."""
        found = {
            "DURACLOUD_ADDRESS": address or os.environ.get("DURACLOUD_ADDRESS"),
            "DURACLOUD_USERNAME": username or os.environ.get("DURACLOUD_USERNAME"),
            "DURACLOUD_PASSWORD": os.environ.get("DURACLOUD_PASSWORD"),
        }
        if missing := [name for name, value in found.items() if not value]:
            raise ServiceError(f"Set {' and '.join(missing)} first")
        return cls(*(str(value).rstrip("/") if "ADDRESS" in name else str(value) for name, value in found.items()))

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

    def _get(self, path: str) -> Any:
        return self._answer("GET", path).json()

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> requests.Response:
        auth = HTTPBasicAuth(self.username.encode(), self.password.encode())  # bytes: the service reads UTF-8
        try:
            answer = requests.request(
                method, f"{self.address}{path}", auth=auth, headers=headers, json=body, timeout=_TIMEOUT
            )
            told = answer.json()
        except requests.JSONDecodeError as error:
            raise ServiceError(
                f"{self.address} does not answer as DuraCloud does (status {answer.status_code})"
            ) from error
        except requests.RequestException as error:
            raise ServiceError(f"{self.address} could not be reached: {error}") from error
        if answer.status_code not in (200, 202):
            raise ServiceError(f"{told.get('title')}: {told.get('detail')}")
        return answer
