"""The cockpit, whole, as `planning serve` gives it and as stock Voila does, of the same notebook on the same outputs.

    .venv/bin/python benchmarks/pages.py           about two minutes; writes benchmarks/results/pages.json

The outputs are the small ones of the tests (tests/page_outputs.py). Seconds from the request to the page's last byte, one reader at a
time, after a first page that isn't counted; ours behind its sign-in. Stock Voila's page
is then put together by scripts in the browser, ours is whole.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from measuring import ROOT, about, save

sys.path.insert(0, str(ROOT / "tests"))
import page_outputs

PAGES = 15


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def voila(root: Path) -> Iterator[str]:
    """Stock Voila on the page's notebook; its address."""
    port, page = free_port(), root / "notebooks" / "views" / "cockpit.ipynb"
    words = [sys.executable, "-m", "voila", str(page), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    environment = os.environ | {"PLANNING_HOME": str(root), "PLANNING_OUTPUTS": str(root / "outputs")}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(60)


def page(visitor: OpenerDirector, address: str) -> float:
    """Seconds until the page's last byte."""
    started = time.perf_counter()
    text = visitor.open(address, timeout=120).read().decode()
    if not re.search(r'id=\\?"runs', text):  # stock Voila's outputs are strings for a script to show
        raise SystemExit("the page is not whole")
    return time.perf_counter() - started


def sign_in(visitor: OpenerDirector, address: str) -> None:
    form = visitor.open(f"{address}login").read().decode()
    sent = {"_xsrf": re.search(r'name="_xsrf" value="([^"]+)"', form)[1], "password": page_outputs.PASSWORD}
    visitor.open(f"{address}login", urlencode(sent).encode()).read()


def answering(visitor: OpenerDirector, address: str) -> None:
    """The first page, as soon as somebody answers."""
    until = time.monotonic() + 120
    while True:
        try:
            page(visitor, address)
            return
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def measured(address: str, signed_in: bool) -> dict:
    visitor = build_opener(HTTPCookieProcessor(CookieJar()))
    if signed_in:
        sign_in(visitor, address)
    answering(visitor, address)
    spent = sorted(page(visitor, address) for _ in range(PAGES))
    return {"seconds": round(median(spent), 3), "most": round(spent[-1], 3)}


def main() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        home = page_outputs.build_with_password(Path(folder) / "home")
        with voila(home.root) as address:
            theirs = measured(address, False)
        with page_outputs.serving(home) as (address, _):
            ours = measured(address, True)
    told = about("pages") | {"pages": PAGES, "voila": theirs, "planning_serve": ours}
    told["times_faster"] = round(theirs["seconds"] / ours["seconds"], 2)
    save(told)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
