"""A visitor writes to the operators in a real browser, over the running product: with scripts, and without."""

import json
import shutil
import uuid

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

from chalicelib.adapters.sqlite import SqliteFile
from chalicelib.adapters.sqlite_accounts import SqliteAttempts
from tests.enquirers import wrote

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def visitor(request, product):
    """A window in which scripts run, or none; nobody wrote from this machine before."""
    wrote(SqliteAttempts(SqliteFile(product.stack.folder.index)), 0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser.new_page(java_script_enabled=request.param)
        browser.close()


def fill_in(page, address, message):
    page.goto(f"{address}/about/enquiry/")
    page.get_by_label("Becoming a service provider").check()
    page.get_by_label("Your name").fill("Ann <b>O'Hara</b>")
    page.get_by_label("Organisation").fill("Bibliothèque")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Message").fill(message)
    page.get_by_role("button", name="Send").click()


def test_an_enquiry_is_sent_and_kept(visitor, product):
    message = f"Two\nlines {uuid.uuid4().hex}"
    fill_in(visitor, product.address, message)
    expect(visitor.get_by_text("Thank you")).to_be_visible()
    expect(visitor.get_by_text("Your enquiry has arrived")).to_be_visible()

    space = f"{product.address}/durastore/x-enquiries"
    ids = [item["id"] for item in product.api("spaces/x-enquiries/items?limit=1000")["items"]]
    found = [requests.get(f"{space}/{name}", auth=product.admin.auth, timeout=30) for name in ids]
    expected = {
        "about": "service-provider",
        "name": "Ann <b>O'Hara</b>",
        "organisation": "Bibliothèque",
        "email": "ann@example.org",
        "message": message,
    }
    assert expected in [json.loads(answer.content) for answer in found]
    assert requests.get(f"{space}/{ids[0]}", auth=product.member.auth, timeout=30).status_code == 403
    assert requests.get(f"{space}/{ids[0]}", timeout=30).status_code == 401


def test_who_writes_too_often_is_told_to_wait_and_can_send_it_again(visitor, product):
    wrote(SqliteAttempts(SqliteFile(product.stack.folder.index)), 12)
    fill_in(visitor, product.address, "One more")
    expect(visitor.get_by_text("Too many enquiries from your address")).to_be_visible()
    if "/api/" in visitor.url:
        visitor.go_back()
    expect(visitor.get_by_label("Message")).to_have_value("One more")
