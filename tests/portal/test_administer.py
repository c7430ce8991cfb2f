"""Administering and trusting, by keyboard: a space is opened, somebody invited, damage shown, explained and healed."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.conftest import Login, Product
from tests.contract.people import code_sent_to
from tests.flows.waiting import wait_for
from tests.portal.browsing import PATIENCE, arrived, faults, opened, press, sign_in

PASSWORD = "a long enough password"
PLACES = {
    "trust": "Trust",
    "trust/incidents": "Incidents",
    "trust/work": "Work in the background",
    "trust/checks": "Checks and what they cost",
    "trust/growth": "Growth",
    "admin/users": "Users",
    "admin/groups": "Groups",
    "admin/invitations": "Invitations",
    "admin/stores": "Stores",
    "admin/policies": "Where copies are kept",
    "admin/dead-letters": "Work given up",
    "account": "admin",
}


@pytest.fixture
def page() -> Iterator[Page]:
    with opened() as window:
        yield window


@pytest.fixture
def space(product: Product) -> str:
    name = f"admin-{uuid.uuid4().hex[:12]}"
    requests.put(f"{product.address}/durastore/{name}", auth=product.admin.auth, timeout=30).raise_for_status()
    address = f"{product.address}/durastore/{name}/plate.txt"
    requests.put(address, b"the plate", auth=product.admin.auth, timeout=30).raise_for_status()
    return name


def test_a_curator_makes_a_space_public_and_a_visitor_fetches_from_it(product: Product, space: str, page: Any) -> None:
    address = f"{product.address}/durastore/{space}/plate.txt"
    assert requests.get(address, timeout=30).status_code == 401
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/settings")
    press(page, page.get_by_role("button", name="Make it public"))
    expect(page.get_by_test_id("public")).to_contain_text("anybody may read")
    assert requests.get(address, timeout=30).content == b"the plate"

    page.get_by_label("User or group").focus()
    page.keyboard.type(product.member.username)
    press(page, page.get_by_role("button", name="Give access"))
    rule = page.get_by_test_id("rule").filter(has_text=product.member.username)
    expect(rule).to_contain_text("may read")
    press(page, page.get_by_role("button", name=f"Let write, too {product.member.username}"))
    expect(rule).to_contain_text("deposit and delete")
    assert faults(page, "settings") == []

    press(page, page.get_by_role("button", name="Close it"))
    expect(page.get_by_test_id("public")).to_contain_text("This space is closed")
    assert requests.get(address, timeout=30).status_code == 401
    assert requests.get(address, auth=product.member.auth, timeout=30).status_code == 200
    assert page.complaints == []


def test_a_space_is_removed_behind_its_typed_name(product: Product, space: str, page: Any) -> None:
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/settings")
    press(page, page.get_by_role("button", name="Remove this space …"))
    expect(page.get_by_label(f"Type {space} to go on")).to_be_focused()
    page.keyboard.type(f"{space}x")
    expect(page.get_by_role("button", name="Remove it")).to_be_disabled()
    page.keyboard.press("Backspace")
    expect(page.get_by_role("button", name="Remove it")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name=space)).to_have_count(0)
    assert page.complaints == []


def test_an_administrator_invites_somebody_who_signs_in_and_sees_what_a_user_may_do(
    product: Product, page: Any
) -> None:
    name = f"u{uuid.uuid4().hex[:12]}"
    sign_in(page, product.address, product.admin, "#/admin/invitations")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(f"{name}@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("invitation").filter(has_text=name)).to_contain_text("As user")
    press(page, page.get_by_role("button", name="Sign out"))

    press(page, page.get_by_role("link", name="I have a code from an e-mail"))
    arrived(page)
    for label, text in (
        ("Code", code_sent_to(product, f"{name}@example.org")),
        ("User name", name),
        ("Password", PASSWORD),
    ):
        page.get_by_role("textbox", name=label).focus()
        page.keyboard.type(text)
    assert faults(page, "welcome") == []
    page.get_by_role("textbox", name="Password").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Welcome, {name}")).to_be_visible()

    sign_in(page, product.address, Login(name, PASSWORD), "#/admin/users")
    expect(page.get_by_role("heading", name="For administrators")).to_be_visible()
    expect(page.get_by_role("link", name="Administer")).to_have_count(0)
    expect(page.get_by_role("link", name="Trust")).to_have_count(0)
    assert page.complaints == []


def test_a_damaged_copy_is_shown_explained_and_healed(product: Product, space: str, page: Any) -> None:
    sign_in(page, product.address, product.admin, f"#/spaces/{space}/items/plate.txt")
    second = page.get_by_test_id("copy-2")
    expect(second).to_have_attribute("data-state", "intact", timeout=PATIENCE)
    product.second.put_object(Bucket=product.bucket(space), Key="plate.txt", Body=b"the p1ate")
    press(page, page.get_by_role("button", name="Check now"))
    history = page.get_by_test_id("history")
    expect(history.get_by_text("Repaired from an intact copy")).to_be_visible(timeout=PATIENCE)
    expect(history.get_by_text("Damaged bytes kept as evidence")).to_be_visible()
    expect(second).to_have_attribute("data-state", "intact", timeout=PATIENCE)
    assert faults(page, "healed") == []

    page.goto(f"{product.address}/portal/#/trust/incidents?state=all&space={space}")
    incident = page.get_by_test_id("incident")
    expect(incident).to_contain_text("Damaged copy")
    press(page, incident.get_by_role("link", name="What is known of it"))
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    assert faults(page, "incident") == []
    assert page.complaints == []


def test_a_number_of_the_overview_leads_to_the_items_behind_it(product: Product, space: str, page: Any) -> None:
    wait_for(lambda: product.api(f"spaces/{space}/items?state=intact&store=2")["items"])
    asked = requests.post(f"{product.address}/api/spaces/{space}/reports", auth=product.admin.auth, timeout=30)
    asked.raise_for_status()
    wait_for(lambda: counted(product, space))
    sign_in(page, product.address, product.admin, "#/trust/copies")
    press(page, page.get_by_role("link", name="copies verified"))
    table = page.get_by_role("region", name="By space and store")
    expect(table).to_be_focused()
    row = table.get_by_role("row", name=f"{space}, Swift (copy 2)")
    assert faults(page, "overview-verified") == []
    press(page, row.get_by_role("link", name="1", exact=True).last)
    expect(page).to_have_url(f"{product.address}/portal/#/spaces/{space}/items?state=intact&store=2")
    expect(page.get_by_test_id("search")).to_contain_text("whose copy in Swift (copy 2) is verified")
    expect(page.get_by_role("link", name="plate.txt")).to_be_visible()
    page.goto(f"{product.address}/portal/#/spaces/{space}/items?state=damaged")
    expect(page.get_by_text("No item is like this.")).to_be_visible()
    assert page.complaints == []


def counted(product: Product, space: str) -> int:
    rows = product.api("fixity")["spaces"]
    return next((row["copies"]["intact"] for row in rows if (row["space"], row["store"]) == (space, "2")), 0)


def test_nobody_keeps_fewer_copies_without_being_asked(product: Product, space: str, page: Any) -> None:
    sign_in(page, product.address, product.admin, "#/admin/policies")
    rule = page.get_by_test_id("policy").filter(has=page.get_by_role("heading", name=space))
    press(page, rule.get_by_label("only these:"), "Space")
    press(page, rule.get_by_role("button", name="Save"))
    dialog = page.get_by_role("dialog", name="Keep fewer copies?")
    expect(dialog).to_contain_text("would no longer be kept in Swift (copy 2)")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert faults(page, "fewer-copies") == []
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert space not in product.api("policies")["spaceDuplicationStorePolicies"]
    press(page, rule.get_by_label("Swift (copy 2)"), "Space")
    press(page, rule.get_by_role("button", name="Save"))
    wait_for(lambda: space in product.api("policies")["spaceDuplicationStorePolicies"])
    expect(dialog).to_have_count(0)
    assert page.complaints == []


def test_a_token_is_shown_once_and_revoked(product: Product, page: Any) -> None:
    name = f"token {uuid.uuid4().hex[:8]}"
    sign_in(page, product.address, product.admin, "#/account")
    page.get_by_label("Name, so that you know it again").focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    token = page.get_by_test_id("token").locator("code").text_content()
    bearer = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{product.address}/api/me", headers=bearer, timeout=30).status_code == 200
    press(page, page.get_by_role("button", name=f"Revoke {name}"))
    expect(page.get_by_test_id("token")).to_have_count(0)
    assert requests.get(f"{product.address}/api/me", headers=bearer, timeout=30).status_code == 401
    assert page.complaints == []


@pytest.mark.thorough
def test_every_place_is_fit_for_everybody(product: Product, space: str, page: Any) -> None:
    sign_in(page, product.address, product.admin)
    for place, title in PLACES.items():
        page.goto(f"{product.address}/portal/#/{place}")
        expect(page.get_by_role("heading", name=title, level=1)).to_be_focused()
        expect(page.get_by_text("Reading")).to_have_count(0)
        assert faults(page, place.replace("/", "-")) == [], place
    assert page.complaints == []
