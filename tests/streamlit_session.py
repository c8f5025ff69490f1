"""A visitor without a browser: one session of a running Streamlit app, over its WebSocket.

It speaks what Streamlit's own page speaks: protobuf messages from the wheel, the session's address
with the values of bound widgets, the cache of large messages, timed reruns, and the cookie that an
upload needs. So it makes the server do what a visitor makes it do, at a thousandth of a browser's
cost, and it can send what no browser would.

    with Session("http://127.0.0.1:8501") as session:
        session.open("model-building")
        session.set("Filters in the first block", 24)
        print(session.metrics(), session.exceptions)

Only servers on this machine are spoken to, and every wait ends after `patience` seconds.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState, FileURLsRequest, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from tests.streamlit_widgets import field_of, in_address, widget_state

LARGEST_MESSAGE = 64 << 20  # bytes; the app's own limit is 50 MB
MOST_EXCEPTIONS = 100
CACHED_RUNS = 10  # for which a large message is remembered; some may be asked for at the same time
XSRF = "_streamlit_xsrf"
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class SessionError(RuntimeError):
    """The server did not answer as a Streamlit server would, or not in time."""


class Part(NamedTuple):
    """An element or block of the page as it stands, and the run and fragment that drew it."""

    kind: str
    proto: Any
    fragment: str
    run: int


class Session:
    """One visitor. `parts` is the page by delta path, `exceptions` what went wrong on it."""

    def __init__(self, address: str, *, patience: float = 60.0) -> None:
        """Connect to the server at `address`, such as "http://127.0.0.1:8501"."""
        self.address, self.patience = address.rstrip("/"), patience
        self.host = _loopback(self.address)
        self.token = self._fetch_token()
        self._open = ExitStack()
        link = connect(
            f"ws://{self.host}/_stcore/stream",
            origin=self.address,
            subprotocols=["streamlit", self.token] if self.token else ["streamlit"],
            additional_headers={"Cookie": f"{XSRF}={self.token}"},
            max_size=LARGEST_MESSAGE,
            open_timeout=patience,
            compression=None,
            ping_interval=None,
        )
        self._socket = self._open.enter_context(link)
        self.parts: dict[tuple[int, ...], Part] = {}
        self.exceptions: deque[str] = deque(maxlen=MOST_EXCEPTIONS)
        self.id = self.page_hash = self.page_name = self.query = ""
        self.received = self.runs = 0  # bytes; runs of the script or a fragment that came to an end
        self.pages: dict[str, str] = {}
        self._states: dict[str, WidgetState] = {}
        self._cache: dict[str, tuple[int, ForwardMsg]] = {}
        self._timers: dict[str, tuple[float, float]] = {}  # fragment: interval, when it is due
        self._run, self._fragments = 0, frozenset()
        self._urls = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave, as a closed tab does."""
        self._open.close()

    # What a visitor does. Each returns the seconds from sending it to the end of the run it caused.

    def open(self, page: str = "", query: str = "") -> float:
        """Go to the page with this path; `query` is its address after the question mark."""
        self.query, self.page_name = query, page
        self.page_hash = self.pages.get(page, "")
        self._states.clear()
        self._timers.clear()
        return self._rerun_and_wait("")

    def set(self, name: str, value: Any) -> float:
        """Give the widget that has this label, key or id a value, and wait for what follows."""
        return self._waited(self.send(name, value))

    def press(self, name: str) -> float:
        """Press a button."""
        return self.set(name, True)

    def trigger(self, key: str, event: str, value: Any) -> float:
        """Have a component of our own report an event, as its `setTriggerValue` does."""
        part = self.find(key)
        aggregate = f"$$STREAMLIT_INTERNAL_KEY_{part.proto.id}__events"
        state = widget_state(aggregate, "json_trigger_value", [{"event": event, "value": value}])
        return self._rerun_and_wait(part.fragment, state)

    def draw(self, key: str, png: bytes, strokes: int = 1) -> float:
        """Leave a drawing, a PNG, on the canvas with this key."""
        return self.set(key, drawing(png, strokes))

    def upload(self, name: str, filename: str, data: bytes) -> float:
        """Give a file to an uploader; SessionError if the server refuses it."""
        part = self.find(name)
        request = FileURLsRequest(
            request_id=str(uuid.uuid4()), file_names=[filename], session_id=self.id
        )
        self._urls = None
        self.send_message(BackMsg(file_urls_request=request))
        self._until(lambda _: self._urls is not None)
        urls = self._urls[0]
        status = self._put_file(urls.upload_url, filename, data)
        if status >= 300:
            raise SessionError(f"the server answered {status} to {filename}")
        info = UploadedFileInfo(name=filename, size=len(data), file_id=urls.file_id, file_urls=urls)
        value = FileUploaderState(uploaded_file_info=[info])
        return self._waited(self._send_state(part, "file_uploader_state_value", value))

    def forge(self, widget_id: str, field: str, value: Any, fragment: str = "") -> float:
        """Send any value in any field for any id, which may be one of no widget at all."""
        return self._rerun_and_wait(fragment, widget_state(widget_id, field, value))

    def listen(self, seconds: float) -> None:
        """Look at the page for a while: timed reruns are asked for when they are due."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            due = min([end, *(when for _, when in self._timers.values())])
            if due <= now or not self._receive(due - now):
                self._ask_timed()

    # The same without waiting, for one who moves a slider faster than the page follows.

    def send(self, name: str, value: Any) -> tuple[float, str]:
        """As `set`, but only send it; returns when, and the fragment that is to run."""
        part = self.find(name)
        return self._send_state(part, field_of(part.kind, part.proto), value)

    def wait(self, sent: float, until: Callable[[], bool]) -> float:
        """Seconds from `sent` to the end of the first run after which `until()` holds."""
        return self._until(lambda message: _is_done(message) and until()) - sent

    def send_message(self, message: BackMsg) -> None:
        """Any message at all."""
        self._socket.send(message.SerializeToString())

    # What is on the page.

    def find(self, name: str) -> Part:
        """The widget with this id, key or label; KeyError, which names those there are."""
        widgets = list(self.widgets())
        for part in widgets:
            if part.proto.id == name or part.proto.id.endswith(f"-{name}"):
                return part
        for part in widgets:
            if getattr(part.proto, "label", None) == name:
                return part
        labels = sorted({getattr(part.proto, "label", "") or part.proto.id for part in widgets})
        raise KeyError(f"no widget {name!r}; there are {labels}")

    def widgets(self) -> Iterator[Part]:
        """Everything on the page that has an id, and so may have a value."""
        return (part for part in self.parts.values() if getattr(part.proto, "id", ""))

    def protos(self, kind: str) -> list[Any]:
        """The elements of a kind, such as "markdown", from top to bottom."""
        return [part.proto for _, part in sorted(self.parts.items()) if part.kind == kind]

    def text(self) -> str:
        """All Markdown on the page, captions included."""
        return "\n".join(proto.body for proto in self.protos("markdown"))

    def metrics(self) -> dict[str, str]:
        """What `st.metric` shows, by its label."""
        return {proto.label: proto.body for proto in self.protos("metric")}

    # How it is done.

    def _waited(self, sent: tuple[float, str]) -> float:
        """Seconds to the end of the run that was asked for, not of a timed one on its way."""
        when, fragment = sent

        def is_answer(message: ForwardMsg) -> bool:
            of_fragments = set(message.metadata.run.fragment_ids)
            return _is_done(message) and (not of_fragments or fragment in of_fragments)

        return self._until(is_answer) - when

    def _rerun_and_wait(self, fragment: str, *extra: WidgetState) -> float:
        return self._waited((self._rerun(fragment, *extra), fragment))

    def _send_state(self, part: Part, field: str, value: Any) -> tuple[float, str]:
        proto = part.proto
        state = widget_state(proto.id, field, value)
        if getattr(proto, "query_param_key", ""):
            texts = in_address(part.kind, proto, value)
            fields = {**parse_qs(self.query, keep_blank_values=True), proto.query_param_key: texts}
            self.query = urlencode(fields, doseq=True)
        if field == "trigger_value":
            return self._rerun(part.fragment, state), part.fragment
        self._states[proto.id] = state
        return self._rerun(part.fragment), part.fragment

    def _rerun(self, fragment: str, *extra: WidgetState, is_timed: bool = False) -> float:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id = self.query, fragment
        state.page_script_hash = self.page_hash
        state.page_name = "" if self.page_hash else self.page_name
        state.is_auto_rerun = is_timed
        state.widget_states.widgets.extend([*self._states.values(), *extra])
        state.cached_message_hashes.extend(self._cache)
        state.context_info.url = f"{self.address}/{self.page_name}"
        state.context_info.timezone, state.context_info.locale = "UTC", "en-GB"
        sent = time.monotonic()
        self.send_message(message)
        return sent

    def _until(self, holds: Callable[[ForwardMsg], bool]) -> float:
        """Read messages to the first for which `holds`; returns when that was."""
        end = time.monotonic() + self.patience
        while (now := time.monotonic()) < end:
            message = self._receive(end - now)
            if message is not None and holds(message):
                return time.monotonic()
        raise SessionError(f"no answer within {self.patience} s on the page {self.page_name!r}")

    def _ask_timed(self) -> None:
        now = time.monotonic()
        for fragment, (interval, when) in list(self._timers.items()):
            if when <= now:
                self._timers[fragment] = (interval, now + interval)
                self._rerun(fragment, is_timed=True)

    def _receive(self, timeout: float) -> ForwardMsg | None:
        try:
            data = self._socket.recv(timeout=timeout)
        except TimeoutError:
            return None
        self.received += len(data)
        message = ForwardMsg()
        message.ParseFromString(data)
        self._take(message)
        return message

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            if message.metadata.cacheable:
                self._cache[message.hash] = (self.runs, message)
            self._take_delta(message, message.metadata.delta_path)
        elif kind == "ref_hash":
            _, cached = self._cache[message.ref_hash]
            self._cache[message.ref_hash] = (self.runs, cached)
            self._take_delta(cached, message.metadata.delta_path)
        elif kind == "new_session":
            self._begin_run(message)
        elif kind == "script_finished":
            self._end_run(message)
        elif kind == "navigation":
            self.pages = {
                page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
            }
            self.page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            interval = message.auto_rerun.interval
            self._timers[message.auto_rerun.fragment_id] = (interval, time.monotonic() + interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._timers.pop(fragment, None)
        elif kind == "file_urls_response":
            self._urls = message.file_urls_response.file_urls
        elif kind == "page_not_found":
            self.exceptions.append(f"no page {message.page_not_found.page_name!r}")
        elif kind == "session_event" and message.session_event.HasField(
            "script_compilation_exception"
        ):
            self.exceptions.append(message.session_event.script_compilation_exception.message)

    def _take_delta(self, message: ForwardMsg, path) -> None:
        delta = message.delta
        one = delta.WhichOneof("type")
        if one == "new_transient":
            return
        holder = getattr(delta, one)
        kind = holder.WhichOneof("type") or one
        proto = getattr(holder, kind) if holder.WhichOneof("type") else holder
        if kind == "exception":
            self.exceptions.append(f"{proto.type}: {proto.message}")
        self.parts[tuple(path)] = Part(kind, proto, delta.fragment_id, self._run)

    def _begin_run(self, message: ForwardMsg) -> None:
        self._run += 1
        self._fragments = frozenset(message.metadata.run.fragment_ids)
        new = message.new_session
        self.id = new.initialize.session_id or self.id
        if not self._fragments:
            self._timers.clear()
        if new.page_script_hash and new.page_script_hash != new.main_script_hash:
            self.page_hash = new.page_script_hash

    def _end_run(self, message: ForwardMsg) -> None:
        self.runs += 1
        if message.script_finished not in DONE:
            return
        stale = [
            path
            for path, part in self.parts.items()
            if part.run != self._run and (not self._fragments or part.fragment in self._fragments)
        ]
        for path in stale:
            del self.parts[path]
        ids = {part.proto.id for part in self.widgets()}
        self._states = {name: state for name, state in self._states.items() if name in ids}
        old = [name for name, (run, _) in self._cache.items() if run < self.runs - CACHED_RUNS]
        for name in old:
            del self._cache[name]

    def _fetch_token(self) -> str:
        connection = http.client.HTTPConnection(self.host, timeout=self.patience)
        try:
            connection.request("GET", "/_stcore/health")
            cookie = connection.getresponse().getheader("Set-Cookie", "")
        finally:
            connection.close()
        return cookie.partition(f"{XSRF}=")[2].partition(";")[0]

    def _put_file(self, url: str, filename: str, data: bytes) -> int:
        """Send a file as a browser's form does; returns the HTTP status."""
        border = uuid.uuid4().hex
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        )
        body = f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + data
        connection = http.client.HTTPConnection(self.host, timeout=self.patience)
        try:
            connection.request(
                "PUT",
                url,
                body + f"\r\n--{border}--\r\n".encode(),
                {
                    "Content-Type": f"multipart/form-data; boundary={border}",
                    "Cookie": f"{XSRF}={self.token}",
                    "X-Xsrftoken": self.token,
                },
            )
            return connection.getresponse().status
        finally:
            connection.close()


def drawing(png: bytes, strokes: int = 1) -> dict:
    """What the canvas sends: its strokes, of which only the number counts here, and its picture."""
    paths = [{"type": "Path"}] * strokes
    picture = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return {"drawing": {"raw": {"objects": paths}, "data": picture}}


def _is_done(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") == "script_finished" and message.script_finished in DONE


def _loopback(address: str) -> str:
    """The host and port of an address on this machine; ValueError for any other."""
    parts = urlsplit(address)
    if parts.scheme != "http" or not ipaddress.ip_address(parts.hostname).is_loopback:
        raise ValueError(f"only http://127.0.0.1 and its like are spoken to, not {address!r}")
    return parts.netloc
