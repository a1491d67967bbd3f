"""Serving the pages: Voila with one page notebook, behind a sign-in, on few kernels that end with their page.

Of Voila there are its kernels, its renderer and its executor; none of its routes. What it serves beside the page (kernels'
channels, files, static assets, themes, queries) isn't there at all, so none of it can be asked for. The page is whole HTML
without scripts: its kernel ends when it is written.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import nbformat
import tornado.web
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.configuration import VoilaConfiguration
from voila.notebook_renderer import NotebookRenderer

import planning
from planning.core.errors import Problem, RequestError
from planning.kernels.forking import UnavailableError, Zygote
from planning.kernels.preload import notebook_modules
from planning.kernels.provisioner import ZYGOTE
from planning.run.results import report_file
from planning.view.report_words import say
from planning.view.sign_in import DAYS, HTML_LANGS, OWN_NAMES, TEMPLATES, Attempts, Keys, Login, Logout, Page, SignIn
from planning.view.words import LANGS

KERNELS = 4
"""Pages built at once; further ones wait."""
WAITING = 40
"""Pages that may wait; a further one is told to come again."""
PATIENCE = 90
"""Seconds that a page may take."""
IDLE = 300
"""Seconds after which a kernel that nobody ended is culled."""
SHORT = 50
"""Bytes of a folder's name that leave room for a socket's: kernels listen on files of this user there, else on this machine's ports."""
LARGEST_BODY = 20_000
"""Bytes of a request; a password is all that is ever sent."""
NAME = r"([A-Za-z0-9][A-Za-z0-9_.-]*)"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
"""No script, and nothing from another host."""
PAGE_POLICY = POLICY + "form-action 'self'"
REPORT_POLICY = POLICY + "form-action 'none'; sandbox allow-same-origin"
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Server": "planning",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "TEMP", "SYSTEMROOT", "VIRTUAL_ENV", "PLANNING_BOOK")
"""What a page's kernel sees of the server's environment; passwords of sources stay behind."""


class Renderer(NotebookRenderer):
    """Voila's renderer, for a notebook of ours whose parameter `lang` is the reader's."""

    lang = "en"

    async def load_notebook(self, path: str) -> nbformat.NotebookNode:
        """The page's notebook with its language set, as papermill would."""
        notebook = nbformat.read(path, 4)
        declared = [at for at, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
        notebook.cells.insert(max(declared, default=-1) + 1, nbformat.v4.new_code_cell(f"lang = {self.lang!r}"))
        return await self.fix_notebook(notebook)


class Cockpit(Page):
    """The page: its notebook run in a kernel of its own, written as it comes, the kernel ended with it."""

    @tornado.web.authenticated
    async def get(self) -> None:
        """The cockpit in the language that the address asks for."""
        asked = self.get_query_argument("lang", "en")
        lang = asked if asked in LANGS else "en"
        async with self._turn(), self._rendered(lang) as parts:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            await self._write_parts(parts, lang)

    async def _write_parts(self, parts: AsyncIterator, lang: str) -> None:
        """Each part as soon as it is there; what breaks later is said below what stands."""
        try:
            async with asyncio.timeout(PATIENCE):
                async for html, _ in parts:
                    self.write(html)
                    await self.flush()
        except StreamClosedError:  # the reader has gone
            return
        except TimeoutError:
            self.write(_last_words("cockpit_slow", lang))
        except Exception:
            self.log.exception("the page broke")
            self.write(_last_words("cockpit_broken", lang))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the few places; 503 where too many wait already."""
        queue = self.settings["planning_queue"]
        if len(queue) >= KERNELS + WAITING:
            raise tornado.web.HTTPError(503)
        queue.add(self)
        try:
            async with self.settings["planning_kernels"]:
                yield
        finally:
            queue.discard(self)

    @asynccontextmanager
    async def _rendered(self, lang: str) -> AsyncIterator[AsyncIterator]:
        """The page's parts, in a kernel that is ended whatever happens."""
        server: Server = self.settings["planning_server"]
        renderer = server.renderer(self, lang)
        await renderer.initialize()
        renderer.resources["page"] = self._words(lang)
        kernels = server.kernel_manager
        environment = server.kernel_environment() | server.zygote_address()
        kernel = await kernels.start_kernel(kernel_name=renderer.notebook.metadata.kernelspec.name, env=environment)
        try:
            yield renderer.generate_content_generator(kernel, kernels.get_kernel(kernel))
        finally:
            if kernel in kernels:
                await kernels.shutdown_kernel(kernel, now=True)

    def _words(self, lang: str) -> dict[str, str]:
        other = next(one for one in LANGS if one != lang)
        form = self.xsrf_form_html()
        return {
            "html_lang": HTML_LANGS[lang], "other_html_lang": HTML_LANGS[other], "other_link": f"{self.base_url}?lang={other}",
            "base": self.base_url, "xsrf": form.decode() if isinstance(form, bytes) else form,
            "title": say("cockpit_title", lang), "says": say("cockpit_says", lang), "other": OWN_NAMES[other],
            "sign_out": say("cockpit_sign_out", lang), "broken": say("cockpit_broken", lang),
        }  # fmt: skip


def _last_words(key: str, lang: str) -> str:
    return f'<p class="missing" role="alert">{say(key, lang)}</p></main></body></html>'


class Report(Page):
    """A finished run's report, and the figures beside it."""

    SAID = Page.SAID | {404: "cockpit_no_report"}

    @tornado.web.authenticated
    def get(self, company: str, notebook: str, run: str, name: str) -> None:
        """The file, if it is a finished run's report or figure."""
        path = report_file(self.settings["planning_server"].home.outputs, company, notebook, run, name)
        if path is None:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Security-Policy", REPORT_POLICY)
        self.set_header("Content-Type", "image/png" if path.suffix == ".png" else "text/html; charset=utf-8")
        self.finish(path.read_bytes())


class Icon(Page):
    """Browsers ask for an icon by themselves."""

    @tornado.web.authenticated
    def get(self) -> None:
        """There is none, and that is no mistake."""
        self.set_status(204)


class NotFound(Page):
    """Every other address: the sign-in for strangers, "no such page" for readers."""

    @tornado.web.authenticated
    def get(self) -> None:
        """There is nothing."""
        raise tornado.web.HTTPError(404)


class Server(Voila):
    """Voila on one page of ours."""

    home: Any = None
    keys: Any = None
    zygote: Zygote | None = None

    def initialize(self, argv: list[str] | None = None) -> None:
        """Ready to listen. No file of settings is read, so nothing outside changes what is safe."""
        self.voila_configuration = VoilaConfiguration(parent=self)
        self.template_paths = [str(TEMPLATES)]
        self.connection_dir = tempfile.mkdtemp(prefix="planning_")
        if os.name == "posix" and len(os.fsencode(self.connection_dir)) <= SHORT:
            self.config.ConnectionFileMixin.transport = "ipc"
        self.app = tornado.web.Application(**self.init_settings())
        self.app.add_handlers(".*$", self.init_handlers())

    def init_settings(self) -> dict[str, Any]:
        """Voila's settings, with what keeps strangers out."""
        self.cookie_secret = self.keys.read_secret()
        settings = super().init_settings()
        return settings | {
            "headers": HEADERS, "xsrf_cookies": True, "xsrf_cookie_name": "planning_xsrf", "allow_remote_access": not is_loopback(self.ip),
            "xsrf_cookie_kwargs": {"httponly": True, "samesite": "Lax", "path": "/"}, "allow_unauthenticated_access": False,
            "planning_attempts": Attempts(), "planning_kernels": asyncio.Semaphore(KERNELS), "planning_queue": set(),
            "planning_server": self,
        }  # fmt: skip

    def init_handlers(self) -> list[tuple]:
        """All routes that there are; none of Voila's own."""
        return [
            (r"/", Cockpit),
            (r"/login", Login),
            (r"/logout", Logout),
            (rf"/reports/{NAME}/{NAME}/{NAME}/(?:figures/)?{NAME}", Report),
            (r"/favicon\.ico", Icon),
            (r".*", NotFound),
        ]

    def renderer(self, handler: Cockpit, lang: str) -> Renderer:
        """What turns the page's notebook into HTML."""
        made = Renderer(
            request_handler=handler, voila_configuration=self.voila_configuration, traitlet_config=self.config,
            notebook_path=self.notebook_path, template_paths=self.template_paths, contents_manager=self.contents_manager,
            kernel_spec_manager=self.kernel_spec_manager, base_url=self.base_url, page_config={},
        )  # fmt: skip
        made.lang = lang
        return made

    def kernel_environment(self) -> dict[str, str]:
        """What a page's kernel is told: where home is, and nothing that it doesn't need."""
        kept = {name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("LC_")}
        return kept | {"PLANNING_HOME": str(self.home.root), "PLANNING_OUTPUTS": str(self.home.outputs), "OMP_NUM_THREADS": "1"}

    def start_zygote(self) -> None:
        """From now on pages' kernels are forked from a process that has imported what the page does; without it they start cold."""
        self.zygote = Zygote(notebook_modules([self.notebook_path]), [Path(planning.__file__).parent], self.kernel_environment())
        with suppress(UnavailableError):
            self.zygote.start()

    def zygote_address(self) -> dict[str, str]:
        """What tells a kernel's provisioner where it may be forked."""
        with suppress(UnavailableError):
            return {ZYGOTE: self.zygote.ensure().address} if self.zygote else {}
        return {}

    async def listen_until_stopped(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM; `ready` is told the address. RequestError where nobody can listen there."""
        sockets = _bind(self.ip, self.port)
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # where the system has no such signals, Ctrl-C ends the loop
                loop.add_signal_handler(number, stop.set)
        server = HTTPServer(self.app, max_body_size=LARGEST_BODY, max_buffer_size=LARGEST_BODY * 10, idle_connection_timeout=120)
        server.add_sockets(sockets)
        ready(_address(self.ip, sockets[0].getsockname()[1]))
        try:
            await stop.wait()
        finally:
            server.stop()
            with suppress(tornado.web.HTTPError):  # a kernel that never started
                await self.kernel_manager.shutdown_all(now=True)
            await server.close_all_connections()

    def clear(self) -> None:
        """Nothing is left behind."""
        if self.zygote:
            self.zygote.close()
        shutil.rmtree(self.connection_dir, ignore_errors=True)


def build_server(home: Any, host: str = "127.0.0.1", port: int = 8866) -> Server:
    """The pages' server, not listening yet. RequestError where there is no page or no password."""
    page = home.notebooks / "views" / "cockpit.ipynb"
    if not page.is_file():
        raise RequestError("serve", [Problem("there is no such page", str(page), next="take it from this project's repository")])
    keys = Keys(home.outputs / ".serve")
    server = Server(config=_settings(keys.read_password()), ip=host, port=port, notebook_path=str(page), root_dir=str(page.parent))
    server.home, server.keys, server.open_browser = home, keys, False
    server.initialize()
    return server


def _settings(hashed: str) -> Config:
    config = Config()
    config.Voila.identity_provider_class = SignIn
    config.Voila.token = ""
    config.Voila.log_level = "WARN"
    config.SignIn.hashed_password = hashed
    config.SignIn.allow_password_change = False
    config.SignIn.cookie_options = {"samesite": "Lax", "httponly": True, "expires_days": DAYS}
    config.SignIn.get_secure_cookie_kwargs = {"max_age_days": DAYS}
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.template = "cockpit"
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.strip_sources = True
    config.VoilaExecutor.timeout = PATIENCE
    config.MappingKernelManager.cull_idle_timeout = IDLE
    config.MappingKernelManager.cull_interval = 60
    config.MappingKernelManager.cull_connected = True
    config.MappingKernelManager.cull_busy = True
    config.KernelProvisionerFactory.default_provisioner_name = "planning-forked"
    return config


def serve(home: Any, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the pages until stopped; `ready` is told the address once it answers."""
    server = build_server(home, host, port)
    try:
        server.start_zygote()
        asyncio.run(server.listen_until_stopped(ready))
    except KeyboardInterrupt:
        pass
    finally:
        server.clear()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _bind(host: str, port: int) -> list[socket.socket]:
    """Sockets at the address, that one and no other. RequestError where they can't be had."""
    try:
        return bind_sockets(port, host)
    except OSError as broken:
        where = f"{host}:{port}"
        refused = Problem("can't listen there", where, broken.strerror or str(broken), next="choose another --host or --port")
        taken = Problem("somebody listens there already", where, next="end that, or choose another: planning serve --port N")
        raise RequestError("serve", [taken if broken.errno == errno.EADDRINUSE else refused]) from None


def _address(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"
