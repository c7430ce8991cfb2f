"""Tasks: one that does nothing, and clear words for all others."""

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.tasks import perform_task


def test_noop_succeeds() -> None:
    assert perform_task("noop") == "Success"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("enable-hls", "CloudFront"),
        ("get-signed-cookies-url", "CloudFront"),
        ("get-signed-url", "CloudFront"),
        ("restore-content", "Glacier"),
        ("restore-snapshot", "bridge"),
        ("get-restore", "bridge"),
        ("set-storage-policy", "settings"),
        ("dance", "no task has this name"),
        ("", "no task has this name"),
    ],
)
def test_what_is_not_done_here_is_refused_with_its_name_and_the_reason(name: str, reason: str) -> None:
    with pytest.raises(Invalid, match=f"^Task {name} is not supported: .*{reason}"):
        perform_task(name)
