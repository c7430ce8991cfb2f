"""The callers of the contract, and spaces for one module that are removed behind it."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from .rules import marked
from .wire import Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A mark with a rule that does not exist must not look like a rule that is held."""
    marked(items)


@pytest.fixture(scope="session")
def admin(product) -> Client:
    return Client(product.address, product.admin.auth)


@pytest.fixture(scope="session")
def member(product) -> Client:
    return Client(product.address, product.member.auth)


@pytest.fixture(scope="session")
def anonymous(product) -> Client:
    return Client(product.address)


@pytest.fixture(scope="module")
def new_space(admin) -> Iterator[Callable[..., str]]:
    """Makes spaces with the given access rules: `new_space(member="READ")`."""
    made = []

    def make(rules: dict[str, str] | None = None) -> str:
        name = f"contract-{uuid.uuid4().hex[:12]}"
        made.append(name)
        assert admin("PUT", f"/{name}").status == 201
        if rules is not None:
            headers = {f"x-dura-meta-acl-{who}": right for who, right in rules.items()}
            assert admin("POST", f"/acl/{name}", headers).status == 200
        return name

    yield make
    for name in made:
        admin("DELETE", f"/{name}")


@pytest.fixture(scope="module")
def space(new_space) -> str:
    """A space that only admins may enter."""
    return new_space()


@pytest.fixture(scope="module", autouse=True)
def _no_bug_is_logged(product) -> Iterator[None]:
    """Whatever was sent, the gateway met no error that it did not expect."""
    log = product.stack.folder.logs / "gateway.log"
    before = log.stat().st_size
    yield
    with log.open("rb") as lines:
        lines.seek(before)
        assert "Traceback" not in lines.read().decode()
