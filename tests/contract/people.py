"""People of the running product: invited through the API, with codes found in its outbox."""

import email
import json
import re
import uuid
from email import policy
from typing import Any

from .wire import Client

AS_JSON = {"Content-Type": "application/json"}
PASSWORD = "a long enough password"


def ask(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request to the JSON API: its status, and what it tells; errors are problem details."""
    answer = client(method, path, AS_JSON, json.dumps(body).encode() if body is not None else None)
    told = json.loads(answer.body) if answer.body else None
    if answer.status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert set(told) == {"type", "title", "status", "detail"}
    return answer.status, told


def code_sent_to(product: Any, address: str) -> str:
    """The code in the last message to an address."""
    for file in sorted(product.stack.folder.outbox.glob("*.eml"), reverse=True):
        mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        if mail["To"] == address:
            return re.search(r"^  ([\w-]{43})$", mail.get_content(), re.M)[1]
    raise AssertionError(f"no message to {address}")


def join(product: Any, admin: Client, role: str = "user") -> Client:
    """Somebody new, who was invited and accepted."""
    name = f"u{uuid.uuid4().hex[:12]}"
    address = f"{name}@example.org"
    assert ask(admin, "POST", "/api/invitations", {"email": address, "role": role})[0] == 201
    given = {"code": code_sent_to(product, address), "username": name, "password": PASSWORD}
    assert ask(Client(admin.address), "POST", "/api/redeem", given) == (201, {"username": name})
    return Client(admin.address, (name, PASSWORD))
