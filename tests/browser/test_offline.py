"""Nothing leaves the server: whether the tests would notice.

Every page's requests are noted by `open_page`, the server's own and its workers' by
tests/browser/offline; test_access.py opens every page.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.browser.conftest import stay_here
from tests.browser.server import CUT_OFF, ROOT

pytestmark = pytest.mark.browser


def asked(tmp_path: Path, statement: str) -> tuple[str, list[str]]:
    """What a Python without a network says to a statement, and what it noted."""
    notes = tmp_path / "notes"
    variables = {**os.environ, "PYTHONPATH": str(CUT_OFF), "TESTS_OUTSIDE": str(notes)}
    command = [sys.executable, "-c", f"import socket\n{statement}"]
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    return ended.stderr, notes.read_text().splitlines() if notes.exists() else []


def test_another_machine_is_refused_and_noted(tmp_path):
    said, notes = asked(tmp_path, "socket.create_connection(('192.0.2.1', 80), timeout=1)")
    assert "the network is cut off" in said
    assert notes == ["socket.getaddrinfo 192.0.2.1"]


def test_an_address_that_needs_no_name_is_refused_as_well(tmp_path):
    said, notes = asked(tmp_path, "socket.socket().connect(('192.0.2.1', 80))")
    assert "the network is cut off" in said
    assert notes == ["socket.connect 192.0.2.1"]


def test_this_machine_answers(tmp_path):
    server = "server = socket.create_server(('127.0.0.1', 0))"
    statement = f"{server}; socket.create_connection(server.getsockname())"
    assert asked(tmp_path, statement) == ("", [])


def test_a_request_to_another_host_is_noted_and_those_to_the_server_are_not():
    complaints: list[str] = []
    here = "http://127.0.0.1:80"
    for url in (f"{here}/page", "ws://127.0.0.1:80/_stcore/stream", "data:,x", f"blob:{here}/1"):
        stay_here(url, here, complaints)
    assert complaints == []
    for url in ("https://example.org/font", "http://127.0.0.1:801/", "ws://example.org/"):
        stay_here(url, here, complaints)
    assert len(complaints) == 3


def test_no_usage_statistics_are_sent():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False
