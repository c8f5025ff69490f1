"""What a server for others sends and refuses, with the settings in .streamlit/config.toml."""

from __future__ import annotations

import http.client
import json
import socket
import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser import server

ELSEWHERE = "https://elsewhere.example"
BROKEN = """
import streamlit as st
st.write("before")
raise ValueError("the password is 1234")
"""
# Tests show what went wrong; without this it is as the settings say.
AS_SET = {"STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": ""}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("server") / "log"


@pytest.fixture(scope="module")
def url(log):
    with server.streamlit_server(
        server.ROOT / "app.py", log, {"CNN_RUNS": str(log.parent / "runs")}
    ) as url:
        server.first_visit(url)
        yield url


def fetch(url, path, method="GET", **headers):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, path, headers={"Origin": ELSEWHERE, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def session(url, origin, host):
    """A WebSocket to the server as if it had the name `host`, opened by a page of `origin`."""
    name, port = url.removeprefix("http://").split(":")
    raw = socket.create_connection((name, int(port)), timeout=60)
    return connect(
        f"ws://{host}:{port}/_stcore/stream",
        sock=raw,
        origin=origin and f"{origin}:{port}",
        compression=None,
    )


PATHS = ("/", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/media/none.png")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_of_another_host_may_read_anything(url, path):
    _, headers, _ = fetch(url, path)
    assert headers["Access-Control-Allow-Origin"] is None


def test_no_page_around_this_one_may_give_it_orders(url):
    status, _, body = fetch(url, "/_stcore/host-config")
    assert status == 200
    assert json.loads(body)["allowedOrigins"] == []


def test_an_upload_needs_the_token_that_only_a_page_of_this_app_can_read(url):
    _, headers, _ = fetch(url, "/_stcore/health")
    cookie, *flags = headers["Set-Cookie"].split("; ")
    assert "SameSite=Strict" in flags
    path = "/_stcore/upload_file/session/file"
    assert fetch(url, path, "PUT")[0] == 403
    assert fetch(url, path, "PUT", Cookie=cookie)[0] == 403
    assert fetch(url, path, "DELETE", Cookie=cookie)[0] == 403
    token = cookie.partition("=")[2]
    status, _, body = fetch(url, path, "PUT", **{"Cookie": cookie, "X-Xsrftoken": token})
    assert status == 400  # let in, but there is no such session
    assert b"session_id" in body


@pytest.mark.parametrize(
    ("origin", "host"),
    [("http://localhost", "localhost"), ("http://127.0.0.1", "127.0.0.1"), (None, "127.0.0.1")],
)
def test_a_page_of_this_app_gets_a_session(url, origin, host):
    with session(url, origin, host):
        pass


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (ELSEWHERE, "localhost"),
        # The owner of that name has it lead to this machine: to a browser it is one host.
        ("http://elsewhere.example", "elsewhere.example"),
        ("http://localhost.elsewhere.example", "localhost.elsewhere.example"),
    ],
)
def test_a_page_of_another_host_gets_none_and_nobody_is_asked_about_it(url, log, origin, host):
    began = time.monotonic()
    with pytest.raises(InvalidStatus, match="403"), session(url, origin, host):
        pass
    assert time.monotonic() - began < 5
    assert "external IP" not in log.read_text()


def test_a_server_for_others_is_told_its_names(tmp_path):
    names = {"STREAMLIT_SERVER_ALLOWED_HOSTS": "cnn.example *.school.example"}
    app = tmp_path / "app.py"
    app.write_text(BROKEN)
    with server.streamlit_server(app, tmp_path / "log", names) as url:
        for host in ("cnn.example", "a.school.example"):
            with session(url, f"https://{host}", host):
                pass
        with pytest.raises(InvalidStatus, match="403"), session(url, None, "localhost"):
            pass


def test_an_error_is_told_in_the_log_and_not_to_the_visitor(tmp_path):
    app = tmp_path / "broken.py"
    app.write_text(BROKEN)
    log = tmp_path / "log"
    received = b""
    with (
        server.streamlit_server(app, log, AS_SET) as url,
        session(url, "http://localhost", "localhost") as socket_,
    ):
        start = BackMsg()
        start.rerun_script.query_string = ""
        socket_.send(start.SerializeToString())
        message = ForwardMsg()
        while message.WhichOneof("type") != "script_finished":
            data = socket_.recv(timeout=60)
            received += data
            message.ParseFromString(data)
    assert b"This app has encountered an error" in received
    for secret in (b"password", b"ValueError", b"Traceback", b"raise ", b"site-packages"):
        assert secret not in received
    assert "the password is 1234" in log.read_text()
