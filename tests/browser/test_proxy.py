"""Two apps behind the proxy of README, where there is a Caddy: PATH has it, or CADDY names it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser import server

CADDY = os.environ.get("CADDY") or shutil.which("caddy")
VISITORS = 6
APP = """
import os
import streamlit as st

st.text(f"app {os.environ['NUMBER']} at {st.context.headers['X-Forwarded-For']}")
file = st.file_uploader("A file")
if file:
    st.text(f"{len(file.getvalue())} bytes")
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CADDY is None, reason="there is no Caddy on this machine"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The proxy's address, with both apps behind it."""
    folder = tmp_path_factory.mktemp("proxy")
    app = folder / "app.py"
    app.write_text(APP)
    readme = (server.ROOT / "README.md").read_text(encoding="utf-8")
    settings = re.search(r"<!-- proxy -->\n```\n(.*?)```", readme, re.DOTALL)[1]
    address = f"http://127.0.0.1:{free_port()}"
    with (
        server.streamlit_server(app, folder / "log1", {"NUMBER": "1"}) as first,
        server.streamlit_server(app, folder / "log2", {"NUMBER": "2"}) as second,
        (folder / "caddy.log").open("wb") as log,
    ):
        apps = f"{first} {second}".replace("http://", "")
        settings = settings.replace("https://cnn.example", address)
        settings = settings.replace("cnn.example", address).replace("app1:8501 app2:8501", apps)
        (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + settings)
        caddy = subprocess.Popen(
            [CADDY, "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stderr=log,
        )
        try:
            wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            caddy.terminate()
            caddy.wait(20)


def wait_for(url):
    give_up = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < give_up, f"{url} does not answer"
            time.sleep(0.2)


def test_every_visitor_stays_with_one_app_and_both_have_some(address, browser):
    seen = set()
    for _ in range(VISITORS):
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(address)
            says = page.get_by_text(re.compile(r"app \d at"))
            expect(says).to_have_text(re.compile(r"app \d at 127\.0\.0\.1$"))
            app = says.inner_text()
            seen.add(app)
            for _ in range(2):
                page.reload()
                expect(says).to_have_text(app)
            page.set_input_files("input[type=file]", [file_of(1_000)])
            expect(page.get_by_text("1000 bytes")).to_be_visible()
    assert len(seen) == 2


def file_of(size):
    return {"name": "a.bin", "mimeType": "application/octet-stream", "buffer": bytes(size)}


def test_what_the_proxy_says_and_refuses(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}/_stcore/metrics", timeout=60)
    stream = address.replace("http", "ws") + "/_stcore/stream"
    with connect(stream, origin=address, compression=None):
        pass
    for origin in ("https://elsewhere.example", None):
        with (
            pytest.raises(InvalidStatus, match="403"),
            connect(stream, origin=origin, compression=None),
        ):
            pass
