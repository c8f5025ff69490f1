"""What all browser tests share: one server an app, one Chromium, pages that watch for errors.

A module chooses its app by a fixture of its own,

    @pytest.fixture(scope="module")
    def app_path():
        return ROOT / "tests" / "browser" / "stage_app.py"

and without one gets the real app. `open_page("?scene=small", width=390)` then opens a page of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cnnlib.runs import RunStore
from tests.browser import server

PageOpener = Callable[..., Page]

PATIENCE = 45_000  # milliseconds: nothing fails because the machine is busy with other tests
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = server.chromium_path()
    if path is None:
        complaint = "no Chromium: install one or name it in the variable CHROMIUM"
        pytest.fail(complaint) if os.environ.get("CI") else pytest.skip(complaint)
    with server.chromium(path) as started:
        yield started


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers keep their logs and runs."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def run_store(servers_folder: Path) -> RunStore:
    """The runs of the real app's server: what is saved here can be visited there."""
    return RunStore(servers_folder / "app_runs")


@pytest.fixture(scope="session")
def serve(servers_folder: Path) -> Iterator[Callable[[Path], str]]:
    """`serve(path)` starts an app, once a session, and returns its address.

    Whatever visitors do, no server and no worker of it may ask another machine for anything.
    """
    addresses: dict[Path, str] = {}
    folder = servers_folder
    with ExitStack() as servers:

        def address_of(app: Path) -> str:
            if app not in addresses:
                log = folder / f"{app.stem}.log"
                runs = {"CNN_RUNS": str(folder / f"{app.stem}_runs")}
                addresses[app] = servers.enter_context(server.streamlit_server(app, log, runs))
                server.first_visit(addresses[app])
            return addresses[app]

        yield address_of
    outside = [file.read_text() for file in folder.glob("*.outside")]
    assert outside == []


@pytest.fixture(scope="module")
def app_path() -> Path:
    return server.ROOT / "app.py"


@pytest.fixture(scope="module")
def app_url(serve: Callable[[Path], str], app_path: Path) -> str:
    return serve(app_path)


@pytest.fixture(scope="session")
def settled() -> Callable[..., Page]:
    return server.settled


@pytest.fixture
def open_page(browser: Browser, app_url: str) -> Iterator[PageOpener]:
    """Open addresses below the app's; at the end no page may have logged an error, nor have asked
    anybody but the server for anything.

    `watch` is handed the page before it goes anywhere. Other options are those of a context.
    """
    opened: list[Page] = []
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opener(
        path: str = "",
        *,
        width: int = 1400,
        height: int = 1000,
        dark: bool = False,
        reduced_motion: str | None = None,
        watch: Callable[[Page], object] | None = None,
        **options,
    ) -> Page:
        size = {"width": width, "height": height}
        # A second page is another visitor's, and a tab that is hidden by another draws nothing.
        if options or not all(page.is_closed() for page in opened):
            contexts.append(browser.new_context(viewport=size, **options))
            page = contexts[-1].new_page()
        else:
            page = _first_visit(browser, app_url)
            page.set_viewport_size(size)
        opened.append(page)
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion=reduced_motion)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(error.stack or str(error)))
        page.on("console", lambda message: _note(message, complaints))
        page.on("request", lambda request: stay_here(request.url, app_url, complaints))
        page.on("websocket", lambda socket: stay_here(socket.url, app_url, complaints))
        if watch:
            watch(page)
        page.goto(f"{app_url}/{path}")
        return server.settled(page)

    yield opener
    for page in opened:
        if not page.is_closed():
            page.wait_for_timeout(0)  # what was logged before this has been noted after it
    found = tuple(complaints)  # pictures that are on their way to a page that closes are not there
    for one in [*opened, *contexts]:
        one.close()
    assert found == ()


def _first_visit(browser: Browser, app_url: str) -> Page:
    """A page of the context that keeps scripts, of somebody who has never been at the app."""
    page = browser.contexts[0].new_page()
    session = page.context.new_cdp_session(page)
    kinds = {"origin": app_url, "storageTypes": "cookies,local_storage,indexeddb,cache_storage"}
    session.send("Storage.clearDataForOrigin", kinds)
    session.detach()
    return page


def _note(message, complaints: list[str]) -> None:
    """Keep an error of the console, save the probes of Streamlit's own front end on deep links."""
    is_probe = "404" in message.text and "_stcore" in message.location.get("url", "")
    if message.type == "error" and not is_probe:
        complaints.append(f"{message.text} ({message.location.get('url', '')})")


def stay_here(url: str, app_url: str, complaints: list[str]) -> None:
    """Keep the address of a request that leaves the server."""
    sockets = app_url.replace("http", "ws", 1)
    if not url.startswith((f"{app_url}/", f"{sockets}/", "data:", "blob:")):
        complaints.append(f"asked for {url}")
