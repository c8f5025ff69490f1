"""A Streamlit server and a Chromium for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60
CUT_OFF = ROOT / "tests" / "browser" / "offline"  # on a Python's path, it has no network


def chromium_path() -> str | None:
    """The browser that CHROMIUM names, or one on the PATH."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("CHROMIUM") or next((path for path in found if path), None)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium. The first of its contexts has a profile, where it keeps what it loaded.

    Pages of that one, `browser.contexts[0]`, take a third less of the processor: their scripts are
    neither fetched nor compiled again.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        sync_playwright() as playwright,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=list(CHROMIUM_ARGS)
        )
        try:
            yield context.browser
        finally:
            context.close()


@contextmanager
def streamlit_server(
    app: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """`streamlit run app` on a free port of this machine; yields its address.

    `environment` is added to this process's. What the server prints goes to the file `log`. It has
    no network, nor have its workers: what they ask another machine for is refused and noted in
    `asked_outside(log)`.
    """
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    command += ["--server.headless=true", "--server.address=127.0.0.1"]
    command += ["--browser.gatherUsageStats=false", "--server.scriptHealthCheckEnabled=true"]
    folders = [str(CUT_OFF), str(ROOT), os.environ.get("PYTHONPATH")]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    # A test that fails is to say of what; the app's own settings keep that from visitors.
    variables["STREAMLIT_CLIENT_SHOW_ERROR_DETAILS"] = "full"
    variables |= {"TESTS_OUTSIDE": str(asked_outside(log)), **(environment or {})}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(process, f"{address}/_stcore/health", log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def asked_outside(log: Path) -> Path:
    """Where it is noted, a line each, what the server with this log asked other machines for."""
    return log.with_suffix(".outside")


def first_visit(address: str) -> None:
    """Have the server run its app once.

    Until `st.navigation` has run once, Streamlit takes the folder `pages` for its older kind of
    app: whoever follows a link to a page is told that it does not exist, and gets it all the same.
    """
    with urllib.request.urlopen(f"{address}/_stcore/script-health-check", timeout=60) as answer:
        answer.read()


def settled(page: Page, timeout: float = 120) -> Page:
    """Wait until the page's script has run and nothing on it is stale; returns the page."""
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning]", timeout=timeout * 1000
    )
    return page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(process: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')}")
