"""The pages' server from outside: strangers see the sign-in and nothing else, readers the page and finished runs' reports."""

import http.client
import json
import os
import re
import signal
import socket
import stat
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import nbformat
import page_outputs as at
import pytest
import toy
from page_outputs import PASSWORD, command, serving
from patience import wait_until

from planning.core.errors import RequestError
from planning.view.serve import INHERITED, KERNELS, WAITING, Page, build_server, is_loopback
from planning.view.sign_in import Attempts, Keys, Login, Logout

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REPORT = f"/reports/town/annual_budget/{at.run_id(1)}/report.html"


class Visitor:
    """A browser without a screen: keeps its cookies, follows nothing by itself."""

    def __init__(self, address: str):
        self.host = urlsplit(address).netloc
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, method: str = "GET", form: dict | None = None, **headers: str) -> SimpleNamespace:
        """One request; status, headers, text and the raw Set-Cookie lines of its answer."""
        connection = http.client.HTTPConnection(self.host, timeout=120)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        set_lines = answer.headers.get_all("Set-Cookie") or []
        for name, value in (line.split(";")[0].split("=", 1) for line in set_lines):
            self.cookies[name] = value
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return SimpleNamespace(status=answer.status, headers=answer.headers, text=text, cookies=set_lines)

    def sign_in(self, password: str = PASSWORD, **more: str) -> SimpleNamespace:
        """The form, filled in and sent."""
        return self.ask("/login", "POST", {"_xsrf": self.xsrf(), "password": password} | more)

    def xsrf(self) -> str:
        return re.search(r'name="_xsrf" value="([^"]+)"', self.ask("/login").text + self.page_if_signed_in())[1]

    def page_if_signed_in(self) -> str:
        return self.ask("/").text if any(name.startswith("username") for name in self.cookies) else ""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return at.build_with_password(tmp_path_factory.mktemp("serve") / "home")


@pytest.fixture(scope="module")
def served(home):
    with serving(home, SOURCE_PASSWORD="hidden") as (address, process):
        yield SimpleNamespace(address=address, process=process, home=home)


@pytest.fixture
def stranger(served):
    return Visitor(served.address)


@pytest.fixture(scope="module")
def reader(served):
    visitor = Visitor(served.address)
    assert visitor.sign_in().status == 302
    return visitor


# Strangers


def test_every_route_is_ours_and_only_signing_in_and_out_is_open_to_strangers(home):
    server = build_server(home)
    handlers = [rule.target for router in server.app.default_router.rules[:1] for rule in router.target.rules]
    server.clear()
    assert len(handlers) == 6 and all(issubclass(handler, Page) for handler in handlers)
    methods = [(handler, getattr(handler, name.lower())) for handler in handlers for name in METHODS]
    unlocked = {(handler, method.__name__) for handler, method in methods if getattr(method, "__allow_unauthenticated", False)}
    assert unlocked == {(Login, "get"), (Login, "post"), (Logout, "post")}


PLACES = [
    "/", "/?lang=zh", "/?token=x", REPORT, REPORT.replace("report.html", "figures/year.png"), "/reports/", "/favicon.ico", "/nothing",
    "/voila/files/cockpit.ipynb", "/voila/files/..%2f..%2foutputs%2fbook.sqlite", "/voila/static/voila.js",
    "/voila/templates/lab/static/x", "/voila/query/0-0-0-0-0", "/voila/render/cockpit.ipynb", "/voila/tree", "/voila/api/themes/x",
    "/voila/api/shutdown/0-0-0-0-0", "/voila/labextensions/x", "/voila/execution/0-0-0-0-0", "/voila/api/contents", "/api/kernels",
    "/api/kernels/0-0-0-0-0", "/api/kernels/0-0-0-0-0/channels", "/api/contents", "/api/sessions", "/api/terminals", "/static/x",
    "/files/x", "/metrics", "/lab", "/tree", "//", "/..", "/../outputs/.serve/password", "/outputs/.serve/password", "/login/x",
    "/logout/x", "/%2e%2e/x",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_stranger_is_sent_to_the_sign_in_everywhere(stranger, place):
    for method in METHODS:
        answer = stranger.ask(place, method)
        if method in ("GET", "HEAD"):
            assert answer.status == 302 and answer.headers["Location"].startswith("/login?next="), (method, answer.status)
        else:
            assert answer.status == 403, (method, answer.status)
        assert "landing" not in answer.text.lower() and "Report 2026" not in answer.text
        assert not any(line.startswith("username") and "expires" not in line.lower() for line in answer.cookies)


@pytest.mark.parametrize(
    "place", [place for place in PLACES if place.startswith(("/voila", "/api", "/static", "/files", "/out", "/..", "/lab"))]
)
def test_for_a_reader_there_is_nothing_there_either(reader, place):
    answer = reader.ask(place)
    assert answer.status == 404 and "There is no such page" in answer.text and "没有此页面" in answer.text


def test_a_websocket_is_not_opened(reader, stranger):
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec_WebSocket_Version": "13",
    }
    for visitor, expected in ((stranger, 302), (reader, 404)):
        assert visitor.ask("/api/kernels/0-0-0-0-0/channels", **upgrade).status == expected


def test_the_sign_in_says_nothing_about_the_company_and_speaks_both_languages(stranger):
    answer = stranger.ask("/login")
    assert answer.status == 200 and "Sign in" in answer.text and "登录" in answer.text and "Town" not in answer.text
    assert not re.search(r"<script|https?://|jupyter|voila", answer.text, re.I)


@pytest.mark.parametrize("forged", ['"reader"', "2|1:0|10:1700000000|8:username|4:abcd|0000", "1", "x" * 5000])
def test_a_forged_cookie_opens_nothing(stranger, forged):
    stranger.cookies["username-" + stranger.host.replace(".", "-").replace(":", "-")] = forged
    assert stranger.ask("/").status in (302, 400)


@pytest.mark.parametrize("key", ["x", "", "argon2", "<generated>", "..."])
def test_no_token_opens_anything(stranger, key):
    assert stranger.ask("/?" + urlencode({"token": key})).status == 302
    assert stranger.ask("/", Authorization=f"token {key}").status == 302
    assert stranger.ask("/", X_Forwarded_User="reader", Remote_User="reader", X_Real_IP="127.0.0.1").status == 302


def test_another_hosts_name_is_refused(stranger):
    assert stranger.ask("/login", Host="evil.example:80").status == 403


def test_a_body_larger_than_a_password_is_refused(stranger):
    with pytest.raises((ConnectionError, http.client.HTTPException, AssertionError)):
        assert stranger.ask("/login", "POST", {"password": "x" * 100_000}).status == 200


# Signing in and out


def test_a_wrong_password_is_refused_and_the_right_one_opens(served):
    visitor = Visitor(served.address)
    wrong = visitor.sign_in("wrong horse battery")
    assert wrong.status == 401 and "The password is wrong." in wrong.text and "密码错误" in wrong.text and "wrong horse" not in wrong.text
    assert not any(name.startswith("username") for name in visitor.cookies)
    right = visitor.sign_in()
    assert right.status == 302 and right.headers["Location"] == "/"
    [cookie] = [line for line in right.cookies if line.startswith("username")]
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")} and "expires=" in cookie.lower()
    assert visitor.ask(REPORT).status == 200


@pytest.mark.parametrize("sent", [{}, {"_xsrf": ""}, {"_xsrf": "2|0|0|0"}])
def test_without_the_forms_own_mark_even_the_right_password_is_refused(served, sent):
    visitor = Visitor(served.address)
    visitor.ask("/login")
    assert visitor.ask("/login", "POST", sent | {"password": PASSWORD}).status == 403
    assert not any(name.startswith("username") for name in visitor.cookies)


def test_the_password_is_not_taken_from_the_address(served):
    visitor = Visitor(served.address)
    assert visitor.ask("/login?" + urlencode({"password": PASSWORD}), "POST", {"_xsrf": visitor.xsrf(), "password": ""}).status == 401


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]
)
def test_after_signing_in_nobody_is_sent_to_another_host(served, target):
    visitor = Visitor(served.address)
    answer = visitor.sign_in(next=target)
    assert answer.status == 302
    landed = urlsplit(answer.headers["Location"])
    assert (
        landed.netloc in ("", visitor.host) and landed.scheme in ("", "http") and not answer.headers["Location"].startswith(("//", "/\\"))
    )


def test_after_signing_in_the_page_that_was_asked_for_comes(served):
    visitor = Visitor(served.address)
    asked = visitor.ask("/?lang=zh").headers["Location"]
    assert (
        visitor.sign_in(next=re.search("next=(.+)", asked)[1].replace("%2F", "/").replace("%3F", "?").replace("%3D", "=")).headers[
            "Location"
        ]
        == "/?lang=zh"
    )


def test_signing_out_ends_it_and_needs_the_forms_own_mark(served):
    visitor = Visitor(served.address)
    visitor.sign_in()
    assert visitor.ask("/logout").status == 405, "a link or picture elsewhere signs nobody out"
    assert visitor.ask("/logout", "POST", {}).status == 403 and visitor.ask(REPORT).status == 200
    out = visitor.ask("/logout", "POST", {"_xsrf": visitor.xsrf()})
    assert out.status == 200 and "You are signed out." in out.text and "已退出登录" in out.text
    assert visitor.ask(REPORT).status == 302


def test_after_five_wrong_passwords_even_the_right_one_waits(home):
    with serving(home) as (address, _):
        visitor = Visitor(address)
        assert [visitor.sign_in(f"wrong number {at}").status for at in range(Attempts.FREE)] == [401] * Attempts.FREE
        late = visitor.sign_in()
        assert late.status == 429 and int(late.headers["Retry-After"]) >= 1 and "Try again in" in late.text and "秒后再试" in late.text
        time.sleep(int(late.headers["Retry-After"]) + 0.5)
        assert visitor.sign_in().status == 302


def test_waits_double_end_and_are_forgiven():
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    waits = []
    for _ in range(16):
        attempts.count("a")
        waits.append(attempts.wait("a"))
    assert waits[:4] == [0] * 4 and [w - 1 for w in waits[4:8]] == [1, 2, 4, 8] and waits[-1] == Attempts.LONGEST_WAIT + 1
    assert attempts.wait("b") == 0
    now[0] = Attempts.LONGEST_WAIT
    assert attempts.wait("a") == 0
    now[0] = Attempts.MEMORY + 1
    attempts.count("b")
    attempts.count("a")
    assert attempts.wait("a") == 0, "a quiet quarter of an hour is forgiven"
    attempts.forget("a")
    assert "a" not in attempts._wrong


def test_the_memory_of_wrong_passwords_does_not_grow_without_end():
    attempts = Attempts(lambda: 0.0)
    for number in range(Attempts.ADDRESSES + 50):
        attempts._wrong[str(number)] = (1, 0.0)
    attempts.count("new")
    assert len(attempts._wrong) == Attempts.ADDRESSES and attempts._wrong["new"] == (1, 0.0)


def test_a_restart_keeps_sign_ins_and_a_new_password_ends_them(tmp_path):
    keys = Keys(tmp_path / ".serve")
    keys.set_password(PASSWORD)
    secret = keys.read_secret()
    assert Keys(tmp_path / ".serve").read_secret() == secret and len(secret) == 32
    keys.set_password(PASSWORD + "!")
    assert keys.read_secret() != secret


def test_only_its_owner_may_read_the_keys_and_the_password_is_in_none_of_them(tmp_path):
    keys = Keys(tmp_path / ".serve")
    keys.set_password(PASSWORD)
    keys.read_secret()
    files = sorted(path.name for path in keys.folder.iterdir())
    assert files == ["password", "secret"] and stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    for path in keys.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and PASSWORD not in path.read_text()
    assert keys.read_password().startswith("argon2:$argon2id$")


@pytest.mark.parametrize("name", ["password", "secret"])
def test_keys_that_others_may_read_are_refused(tmp_path, name):
    keys = Keys(tmp_path / ".serve")
    keys.set_password(PASSWORD)
    keys.read_secret()
    (keys.folder / name).chmod(0o644)
    with pytest.raises(RequestError, match="others may read it, expected 600, got 044; chmod 600"):
        keys.read_secret()


@pytest.mark.parametrize("kept", ["", "correct horse battery", "sha1:0e112c3ddfce:a68df677475c2b47b6e86d0467eec97ac5f4b85a"])
def test_what_is_no_hash_is_refused(tmp_path, kept):
    keys = Keys(tmp_path)
    (tmp_path / "password").write_text(kept)
    (tmp_path / "password").chmod(0o600)
    with pytest.raises(RequestError, match="not a password's hash"):
        keys.read_password()


@pytest.mark.parametrize("password, said", [("", "too short"), ("ninechars", "too short"), ("x" * 1001, "too long")])
def test_a_password_has_a_length(tmp_path, password, said):
    with pytest.raises(RequestError, match=f"{said}, expected 10 to 1000 characters"):
        Keys(tmp_path / ".serve").set_password(password)
    assert not (tmp_path / ".serve").exists()


# The page


def kernels_of(served) -> list[int]:
    """The processes of pages' kernels: what the server started, but for the one it forks them from."""
    server, found = served.process.pid, toy.kernels(served.home.root)
    return [number for number in found if server not in (number, parent(number))]


def parent(number) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return 0


@pytest.mark.parametrize("address, html_lang, title", [
    ("/", "en", "Cockpit"), ("/?lang=zh", "zh-Hans", "经营驾驶舱"), ("/?lang=%22%3E%3Cscript%3E", "en", "Cockpit"),
])  # fmt: skip
def test_the_page_comes_whole_in_the_language_asked_for(reader, served, address, html_lang, title):
    answer = reader.ask(address)
    assert answer.status == 200 and f'<html lang="{html_lang}">' in answer.text and f"<title>{title}</title>" in answer.text
    parts = re.findall(r'<section id="(\w+)">', answer.text)
    assert parts == ["plan", "forecast", "control", "waiting", "customers", "returns", "scorecards", "runs"]
    assert answer.text.rstrip().endswith("</html>") and 'role="alert"' not in answer.text
    assert not re.search(r"<script|https?://|read_results|kernel", answer.text)
    assert wait_until(lambda: kernels_of(served) == []), "its kernel ends with the page"


def test_what_the_page_sends_along_keeps_other_hosts_and_scripts_out(reader):
    for place in ("/", "/nothing", REPORT):
        headers = reader.ask(place).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script-src" not in policy and "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin" and "Tornado" not in headers["Server"]


def test_a_part_that_breaks_is_said_without_its_inside_and_what_stands_above_stays(reader, served):
    path = served.home.notebooks / "views" / "cockpit.ipynb"
    kept = path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, 4)
    notebook.cells[-2].source = "secret_name = 1 / 0"
    nbformat.write(notebook, path)
    try:
        answer = reader.ask("/")
    finally:
        path.write_text(kept, encoding="utf-8")
    assert answer.status == 200 and 'id="returns"' in answer.text and 'id="runs"' not in answer.text
    assert "could not be built" in answer.text and answer.text.rstrip().endswith("</html>")
    assert not re.search("ZeroDivision|secret_name|Traceback|1 / 0", answer.text)
    assert wait_until(lambda: kernels_of(served) == [])


def test_a_kernel_that_dies_leaves_a_whole_page_that_says_so(reader, served):
    path = served.home.notebooks / "views" / "cockpit.ipynb"
    kept = path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, 4)
    notebook.cells[-2].source = "import os\nos._exit(1)"
    nbformat.write(notebook, path)
    try:
        answer = reader.ask("/")
    finally:
        path.write_text(kept, encoding="utf-8")
    assert answer.status == 200 and 'role="alert"' in answer.text and answer.text.rstrip().endswith("</html>")
    assert wait_until(lambda: kernels_of(served) == [])


def test_several_readers_at_once_each_get_a_whole_page(served):
    def load(lang: str) -> str:
        visitor = Visitor(served.address)
        visitor.sign_in()
        return visitor.ask(f"/?lang={lang}").text

    with ThreadPoolExecutor(3) as readers:
        english, chinese, again = readers.map(load, ("en", "zh", "en"))
    assert 'id="runs"' in english and 'id="runs"' in again and "经营驾驶舱" in chinese and "经营驾驶舱" not in english
    assert wait_until(lambda: kernels_of(served) == [])


def test_kernels_are_few_and_culled(home):
    server = build_server(home)
    try:
        assert server.app.settings["planning_kernels"]._value == KERNELS <= 8 and WAITING <= 100
        assert 0 < server.kernel_manager.cull_idle_timeout <= 600 and server.kernel_manager.cull_connected
        assert server.voila_configuration.show_tracebacks is False and server.voila_configuration.strip_sources is True
        assert server.voila_configuration.preheat_kernel is False and server.voila_configuration.http_header_envs == []
        assert server.identity_provider.token == "" and server.app.settings["xsrf_cookies"] is True
    finally:
        server.clear()


def zygote_of(served) -> int:
    [found] = [number for number in toy.kernels(served.home.root) if parent(number) == served.process.pid]
    return found


def test_pages_come_from_forked_kernels_and_still_come_when_what_they_are_forked_from_is_killed(reader, served):
    """With a page that waits to be looked at."""
    path = served.home.notebooks / "views" / "cockpit.ipynb"
    kept = path.read_text(encoding="utf-8")
    slow = nbformat.read(path, 4)
    slow.cells.append(nbformat.v4.new_code_cell("import time; time.sleep(2)"))
    zygote = zygote_of(served)
    try:
        nbformat.write(slow, path)
        with ThreadPoolExecutor(1) as readers:
            asked = readers.submit(reader.ask, "/")
            [kernel] = wait_until(lambda: kernels_of(served))
            assert wait_until(lambda: parent(kernel) == zygote)
            assert b"hidden" not in Path(f"/proc/{kernel}/environ").read_bytes() + Path(f"/proc/{zygote}/environ").read_bytes()
            assert asked.result().status == 200
    finally:
        path.write_text(kept, encoding="utf-8")
    os.kill(zygote, signal.SIGKILL)
    for answer in (reader.ask("/"), reader.ask("/")):
        assert answer.status == 200 and 'id="runs"' in answer.text
    assert zygote_of(served) != zygote


def test_a_kernel_inherits_no_secret(home, monkeypatch):
    for name in ("SOURCE_PASSWORD", "AWS_SECRET_ACCESS_KEY", "JUPYTER_TOKEN", "HTTP_COOKIE"):
        monkeypatch.setenv(name, "hidden")
    server = build_server(home)
    environment = server.kernel_environment()
    server.clear()
    assert "hidden" not in environment.values()
    allowed = {*INHERITED, "PLANNING_HOME", "PLANNING_OUTPUTS", "OMP_NUM_THREADS"}
    assert {name for name in environment if not name.startswith("LC_")} <= allowed


def test_the_users_own_settings_of_voila_and_jupyter_are_not_read(home, tmp_path, monkeypatch):
    settings = {"VoilaConfiguration": {"show_tracebacks": True}, "SignIn": {"hashed_password": ""}, "Voila": {"token": "open"}}
    for name in ("voila.json", "jupyter_config.json"):
        (tmp_path / name).write_text(json.dumps(settings))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_TOKEN", "open")
    server = build_server(home)
    server.clear()
    assert server.voila_configuration.show_tracebacks is False
    assert server.identity_provider.hashed_password.startswith("argon2:") and server.identity_provider.token == ""


# Reports


def test_a_report_opens_and_may_run_nothing(reader):
    answer = reader.ask(REPORT)
    assert answer.status == 200 and f"Report {at.run_id(1)}" in answer.text and "sandbox" in answer.headers["Content-Security-Policy"]
    figure = reader.ask(REPORT.replace("report.html", "figures/year.png"))
    assert figure.status == 200 and figure.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("place", [
    REPORT.replace("report.html", "manifest.json"), REPORT.replace("report.html", "tables/cases.parquet"),
    REPORT.replace("report.html", "cases.parquet"), REPORT.replace("report.html", "..%2freport.html"),
    REPORT.replace("report.html", "figures/../report.html"), "/reports/../outputs/.serve/password", "/reports/.serve/x/y/password",
    f"/reports/town/budget_control/{at.run_id(6)}/report.html", f"/reports/town/budget_control/failed/{at.run_id(6)}/report.html",
    REPORT.replace("town", "shop"), REPORT + "/", REPORT.replace("report.html", ""),
    "/reports/town/snapshots/84b9720b42711cd7/manifest.json",
])  # fmt: skip
def test_nothing_but_finished_runs_reports_and_figures_is_given(reader, place):
    answer = reader.ask(place)
    assert (
        answer.status == 404 and "argon2" not in answer.text and "PAR1" not in answer.text and "{" not in answer.text.split("</style>")[1]
    )


# The command


def test_without_a_password_it_says_how_to_set_one(tmp_path):
    home = at.build(tmp_path / "home")
    done = command(home, "serve")
    assert done.returncode == 2 and "there is none yet; set one: planning serve --set-password" in done.stderr
    answer = json.loads(command(home, "serve", "--json").stdout)
    assert "planning serve --set-password" in answer["problems"][0]["next"]


def test_a_password_too_short_is_refused_and_not_repeated(tmp_path):
    home = at.build(tmp_path / "home")
    done = command(home, "serve", "--set-password", typed="tooshort\n")
    assert done.returncode == 2 and "too short" in done.stderr and "tooshort" not in done.stdout + done.stderr
    assert not (home.outputs / ".serve" / "password").exists()


def test_a_port_that_is_taken_is_said(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command(home, "serve", "--port", str(port))
    assert done.returncode == 2 and f"127.0.0.1:{port}: somebody listens there already; end that, or choose another" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words, said", [
    (("--port", "70000"), "70000"), (("--port", "x"), "'x'"), (("--host", "no.such.host.invalid"), "can't listen there"),
])  # fmt: skip
def test_an_address_that_is_none_is_said(home, words, said):
    done = command(home, "serve", *words)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_a_project_without_the_page_is_told_which_file_is_missing(tmp_path):
    home = at.build(tmp_path / "home")
    (home.notebooks / "views" / "cockpit.ipynb").unlink()
    command(home, "serve", "--set-password", typed=PASSWORD)
    done = command(home, "serve")
    assert done.returncode == 2 and "there is no such page" in done.stderr and "cockpit.ipynb" in done.stderr


@pytest.mark.parametrize("name", ["short", "too_long_for_a_sockets_name_" * 3])
def test_it_ends_quietly_and_leaves_nothing_behind(home, name, tmp_path):
    folder = tempfile.mkdtemp() if name == "short" else str(tmp_path / name)
    places = Path(folder)
    places.mkdir(exist_ok=True)
    with serving(home, TMPDIR=str(places)) as (address, process):
        visitor = Visitor(address)
        visitor.sign_in()
        assert visitor.ask("/").status == 200 and list(places.iterdir()) != []
    assert list(places.iterdir()) == [] and process.pid not in toy.kernels(home.root)


def test_only_this_machine_is_loopback():
    assert all(map(is_loopback, ["127.0.0.1", "::1", "localhost", "127.3.2.1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "", "192.168.1.5", "example.com"]))


def test_nothing_is_logged_that_was_typed(home):
    with serving(home) as (address, process):
        visitor = Visitor(address)
        visitor.sign_in("a wrong secret")
        visitor.sign_in()
        os.kill(process.pid, signal.SIGTERM)
        said, errors = process.communicate(timeout=60)
    assert "a wrong secret" not in said + errors and PASSWORD not in said + errors
