"""Signing in: one password kept as an argon2 hash, cookies that end, wrong attempts that wait, and the pages for it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import PasswordIdentityProvider, User
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.auth.security import passwd
from jupyter_server.base.handlers import JupyterHandler

from planning.core.errors import Problem, RequestError
from planning.view.report_words import say
from planning.view.words import LANGS

TEMPLATES = Path(__file__).with_name("templates")
HTML_LANGS = {"en": "en", "zh": "zh-Hans"}
OWN_NAMES = {"en": "English", "zh": "中文"}
"""What each language calls itself."""
SHORTEST, LONGEST = 10, 1000
"""Characters of a password; a longer one would only cost time to hash."""
DAYS = 7
"""How long a sign-in lasts."""
HOW = "set one: planning serve --set-password"
PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


# ------------------------------------------------------------------------------------------------------------- the keys


class Keys:
    """The folder that keeps the password's hash and the cookies' secret, for the owner's eyes only."""

    def __init__(self, folder: Path):
        self.folder = folder

    @property
    def has_password(self) -> bool:
        """Whether a password was ever set."""
        return (self.folder / "password").exists()

    def set_password(self, password: str) -> None:
        """Keep a new password's hash; every sign-in made with the old one ends. RequestError where it is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            expected = f"{SHORTEST} to {LONGEST} characters"
            raise RequestError("password", [Problem("too short" if len(password) < SHORTEST else "too long", expected=expected)])
        self._store("password", passwd(password, "argon2"))

    def read_password(self) -> str:
        """The password's hash. RequestError where there is none, it is no hash, or others may read it."""
        kept = self._read("password")
        if kept is None:
            raise RequestError("password", [Problem("there is none yet", str(self.folder / "password"), next=HOW)])
        if not kept.startswith("argon2:$argon2"):
            raise RequestError("password", [Problem("not a password's hash", str(self.folder / "password"), next=HOW)])
        return kept

    def read_secret(self) -> bytes:
        """What cookies are signed with: kept, so that a restart keeps sign-ins, and bound to the password, so that a new one ends them."""
        kept = self._read("secret")
        if not kept:
            self._store("secret", secrets.token_hex(32))
            kept = self._read("secret")
        return hmac.new(str(kept).encode(), self.read_password().encode(), hashlib.sha256).digest()

    def _read(self, name: str) -> str | None:
        path = self.folder / name
        try:
            opened = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            if opened and os.name == "posix":
                wrong = Problem("others may read it", str(path), f"{opened:03o}", "600", f"chmod 600 {path}, then {HOW}")
                raise RequestError("password", [wrong])
            return path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def _store(self, name: str, text: str) -> None:
        """Written aside and moved, so that it is whole and never readable by others, not even for a moment."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = self.folder / f".{name}-{secrets.token_hex(4)}"
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(written, self.folder / name)


class Attempts:
    """Wrong passwords by address: a few are free, then each doubles the wait; a quiet quarter of an hour is forgiven."""

    FREE, LONGEST_WAIT, MEMORY, ADDRESSES = 5, 300, 900, 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 when it may now."""
        count, last = self._wrong.get(address, (0, 0.0))
        pause = min(2 ** (count - self.FREE), self.LONGEST_WAIT) if count >= self.FREE else 0
        left = last + pause - self._clock()
        return int(left) + 1 if left > 0 else 0

    def count(self, address: str) -> None:
        """One more; counted before the password is checked, so that many at once gain nothing."""
        now = self._clock()
        self._wrong = {who: wrong for who, wrong in self._wrong.items() if now - wrong[1] < self.MEMORY}
        while len(self._wrong) >= self.ADDRESSES:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[address] = (self._wrong.pop(address, (0, 0.0))[0] + 1, now)

    def forget(self, address: str) -> None:
        """The password was right."""
        self._wrong.pop(address, None)


class SignIn(PasswordIdentityProvider):
    """Who is there: whoever knew the password within the last days. No token, no anonymous visitor."""

    @property
    def auth_enabled(self) -> bool:
        """Always: without a password nobody comes in."""
        return True

    async def get_user_token(self, handler: Any) -> None:
        """No token opens anything, neither in an address nor in a header."""
        return None

    def generate_anonymous_user(self, handler: Any) -> User:
        """The one user that there is: the reader."""
        return User("reader")


# ------------------------------------------------------------------------------------------------------------ the pages


class Page(JupyterHandler):
    """A page of ours: signed-in visitors only, unless a method says otherwise; errors are said in both languages."""

    SAID: ClassVar[dict[int, str]] = {
        404: "cockpit_not_found", 403: "cockpit_refused_request", 405: "cockpit_not_found", 503: "cockpit_busy",
    }  # fmt: skip

    def show_alone(self, status: int, title: str, message: str, button: str, form: str = "", **values: object) -> None:
        """A small page with one message, in both languages."""
        langs = [
            {
                "html_lang": HTML_LANGS[lang], "title": say(title, lang), "label": say("cockpit_password", lang),
                "button": say(button, lang), "message": say(message, lang, **values) if message else "",
            }
            for lang in LANGS
        ]  # fmt: skip
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        target = self.get_argument("next", default=self.base_url)
        self.finish(PAGES.get_template("alone.html").render(langs=langs, message=message, form=form, next=target, base=self.base_url))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """An error, without anything of its inside."""
        self.show_alone(status_code, "cockpit_title", self.SAID.get(status_code, "cockpit_went_wrong"), "cockpit_back")


class Login(LoginFormHandler, Page):
    """The page that asks for the password."""

    @property
    def attempts(self) -> Attempts:
        """The wrong attempts of this server."""
        return self.settings["planning_attempts"]

    def _render(self, message: str = "", status: int = 200, **values: object) -> None:
        form = self.xsrf_form_html()
        self.show_alone(status, "cockpit_sign_in", message, "cockpit_sign_in", form.decode() if isinstance(form, bytes) else form, **values)

    @allow_unauthenticated
    async def post(self) -> None:
        """A password: right, wrong, or too soon after too many wrong ones."""
        address = str(self.request.remote_ip)
        pause = self.attempts.wait(address)
        if pause:
            self.set_header("Retry-After", str(pause))
            self._render("cockpit_too_many", 429, seconds=pause)
            return
        self.attempts.count(address)
        typed = self.get_body_argument("password", default="", strip=False)[:LONGEST]
        right = await asyncio.get_running_loop().run_in_executor(None, self.identity_provider.passwd_check, typed)
        if not right:
            self._render("cockpit_wrong_password", 401)
            return
        self.attempts.forget(address)
        self.identity_provider.set_login_cookie(self, self.identity_provider.generate_anonymous_user(self))
        self._redirect_safe(self.get_argument("next", default=self.base_url))


class Logout(Page):
    """Ends a sign-in in this browser."""

    @allow_unauthenticated
    def post(self) -> None:
        """The cookie is taken away."""
        self.identity_provider.clear_login_cookie(self)
        self.show_alone(200, "cockpit_title", "cockpit_signed_out", "cockpit_sign_in")
