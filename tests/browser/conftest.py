"""A real Chromium, Debian's package, driven by playwright; where there is none the tests skip, and with CI_FULL=1 fail.

Every request of every page is recorded; one to another host than the server's fails the test that made it.
"""

import os
import shutil
from urllib.parse import urlsplit

import page_outputs as at
import pytest
from page_outputs import PASSWORD, serving

SHOTS = at.ROOT / "outputs" / "screenshots"
"""Where the screenshots are kept; CI takes them from there."""


@pytest.fixture(scope="module")
def chromium():
    """Chromium, with no way to any other host."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        said = "there is no Chromium here: apt-get install chromium"
        pytest.fail(said) if os.environ.get("CI_FULL") == "1" else pytest.skip(said)
    from playwright.sync_api import sync_playwright

    words = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=words, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(chromium, tmp_path_factory):
    """The address of a server on the runs written by hand."""
    with serving(at.build_with_password(tmp_path_factory.mktemp("browser") / "home")) as (address, _):
        yield address


@pytest.fixture
def open_page(chromium, address):
    """Opens pages of a width, signed in or not; afterwards nothing else than the server may have been asked, and nothing complained."""
    contexts, asked, complaints = [], [], []

    def open_page(width: int = 1280, signed_in: bool = True, path: str = ""):
        context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=address)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if signed_in:
            sign_in(page)
        page.goto(f"/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    others = {url for url in asked if not url.startswith("data:") and urlsplit(url).netloc != urlsplit(address).netloc}
    assert others == set() and complaints == []


def is_complaint(message) -> bool:
    """Whether the browser complains; a wrong password is answered with 401, which is meant."""
    return message.type == "error" and "status of 401" not in message.text


def sign_in(page, password: str = PASSWORD) -> None:
    """The form, filled in."""
    page.goto("/login")
    page.fill("#password", password)
    page.click("button")


@pytest.fixture(scope="module")
def keep():
    """Keeps a screenshot of a page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
