"""A class at work: many visitors at once, each a real session over its WebSocket.

    python tests/benchmarks/bench_load.py [VISITORS] [--seconds S]

VISITORS (default 50) come within ten seconds and are there for S more (default 100); each then
leaves as a closed tab does. Each goes its own way (the seed is its number), round and round:

    any page, Model building, any page, Classify, any page, Training

where "any page" goes over the article's pages. On each it reads, then three times changes
something and looks: any slider to any of its places, on Model building a slider dragged, on
Classify a digit drawn stroke by stroke, on Training the button, with the curves followed for a
while. What the page then asks for by itself every second comes on top.

Pauses between two steps, reading a page or looking at what a change did, are random: exponential
with a mean of 7 s as in TPC-W, the benchmark of web shops (clause 5.3.1.1), but cut at three times
the mean rather than ten, so that the run is bounded. Within a step, the strokes of a drawing are a
second apart, and the values of a drag 0.2 s, as long as Streamlit's own slider waits.

Printed are the seconds from sending a change to the end of the run that drew it (the drag: from
its last value to the run that drew that), by kind, and the pages that took longest; the errors; the
lost updates (what was drawn last is not what was sent last, though the page came to rest: the
parameters of the network, the answer to the drawing); and the memory of the server's process: when
it has been used once (somebody has been on every page, and six have done in haste what the class
will do, so that every module is loaded) and they have left, at its most, and when all have left.
Streamlit keeps a session for two minutes in case it comes back; here for five seconds, to be done
sooner.

The visitors run on the same processors as the server and are counted in what it achieves.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import psutil
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Slider_pb2 import Slider

from cnnlib.presets import BlockSettings, block_network
from pages.support.memory import LOOK_SECONDS
from tests.browser import server
from tests.streamlit_session import Part, Session, SessionError

VISITORS, SECONDS = 50, 100.0
ARRIVAL_SECONDS = 10.0
THINKING, STROKE, DRAG_STEP = 7.0, 1.0, 0.2  # seconds; see above
CUT = 3  # times the mean
CHANGES = 3  # on each page
PATIENCE = 30.0  # seconds; a change that is not drawn by then is lost
TRAINING = "train_epochs=1&train_9000_image_count=500"
ROUND = ("", "model-building", "", "classify", "", "training")  # "": any page
FILTERS = "Filters in the first block"
CANVAS, SIDE, PEN = "classify_draw_canvas_0", 280, 18
STROKES = {  # digits of several strokes each, in the canvas's pixels
    "7": ([(80, 70), (200, 70)], [(200, 70), (120, 220)]),
    "1": ([(140, 60), (140, 140)], [(140, 140), (140, 220)]),
    "4": ([(170, 60), (80, 160)], [(80, 160), (210, 160)], [(170, 60), (170, 230)]),
}
FIRST, FIRST_SECONDS, HASTE = 6, 12.0, 0.15  # visitors, seconds, share of the pauses
KEPT_SECONDS = 5  # by the server, of a session that left
WARM_SECONDS = 45.0  # at most, until the worker has its Keras
MEGABYTE = 1e6


@dataclass
class Tally:
    """What all visitors saw; lists take appends from any thread."""

    times: list[tuple[str, str, float]] = field(default_factory=list)  # kind, page, seconds
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)


class Visitor(threading.Thread):
    """One visitor, from `arrives` to `leaves` (both as `time.monotonic` counts)."""

    def __init__(
        self,
        number: int,
        address: str,
        arrives: float,
        leaves: float,
        tally: Tally,
        answers: dict[str, str],
        pace: float = 1.0,
    ) -> None:
        super().__init__(name=f"visitor {number}", daemon=True)
        self.number, self.address, self.tally, self.answers = number, address, tally, answers
        self.arrives, self.leaves, self.pace = arrives, leaves, pace
        self.random = Random(number)

    def run(self) -> None:
        time.sleep(max(0.0, self.arrives - time.monotonic()))
        try:
            with Session(self.address, patience=PATIENCE) as self.session:
                self.stay()
                self.tally.errors += [f"{self.page}: {text}" for text in self.session.exceptions]
        except Exception as error:
            self.tally.errors.append(f"{self.name}: {type(error).__name__}: {error}")

    def stay(self) -> None:
        """Go round until it is time to leave."""
        self.page = ""
        self.note("opening", self.session.open())
        pages = list(self.session.pages)
        self.random.shuffle(pages)
        step = self.number
        while time.monotonic() < self.leaves:
            page = ROUND[step % len(ROUND)] or pages[step // 2 % len(pages)]
            self.visit(page)
            step += 1

    def visit(self, page: str) -> None:
        """Read a page and change something on it a few times."""
        self.page = page
        self.note("opening", self.session.open(page, TRAINING if page == "training" else ""))
        self.think()
        act = {"model-building": self.drag, "classify": self.draw, "training": self.train}
        for _ in range(CHANGES):
            if time.monotonic() >= self.leaves:
                return
            act.get(page, self.move)()
            self.think()

    def move(self) -> None:
        """Put any slider of the page at any of its places."""
        sliders = [part for part in self.session.widgets() if _can_move(part)]
        if sliders:
            slider = self.random.choice(sliders).proto
            self.note("slider", self.session.set(slider.id, any_place(slider, self.random)))

    def drag(self) -> None:
        """Drag a slider over five values; the parameters of the last have to be drawn."""
        values = self.random.sample(range(4, 61), 5)
        for value in values:
            sent, _ = self.session.send(FILTERS, value)
            if value != values[-1]:
                self.session.listen(DRAG_STEP * self.pace)
        network = block_network((28, 28, 1), 10, BlockSettings(filters=values[-1]))
        wanted = f"{network.parameters:,}"
        self.check("drag", sent, lambda: self.session.metrics().get("Parameters") == wanted)

    def draw(self) -> None:
        """Draw a digit, stroke by stroke; the last stroke's answer has to be drawn."""
        name = self.random.choice(list(STROKES))
        strokes = STROKES[name]
        for count in range(1, len(strokes)):
            self.note("stroke", self.session.draw(CANVAS, paper(strokes[:count]), count))
            self.session.listen(STROKE * self.pace)
        sent = time.monotonic()
        seconds = self.session.draw(CANVAS, paper(strokes), len(strokes))
        self.note("stroke", seconds)
        answer = self.session.metrics().get("Its answer")
        self.tally.checked.append("stroke")
        if answer != self.answers[name]:
            self.tally.lost.append(f"{name} drawn at {sent:.1f}: {answer}")

    def train(self) -> None:
        """Press the button and follow the curves; a sentence that refuses is none of an error."""
        before = self.session.query
        self.note("button", self.session.press("training_start"))
        if self.session.query != before:
            self.tally.started.append(self.session.query)
        self.tally.refused += [
            alert.body for alert in self.session.protos("alert") if alert.format == Alert.ERROR
        ]
        self.think()

    def check(self, kind: str, sent: float, is_drawn) -> None:
        """Note the time to the run that draws what was sent; one that never does is lost."""
        self.tally.checked.append(kind)
        try:
            self.note(kind, self.session.wait(sent, is_drawn))
        except SessionError:
            self.tally.lost.append(f"{kind} of {self.name} on {self.page}")

    def note(self, kind: str, seconds: float) -> None:
        self.tally.times.append((kind, self.page, seconds))

    def think(self) -> None:
        seconds = min(self.random.expovariate(1 / THINKING), CUT * THINKING) * self.pace
        self.session.listen(max(0.0, min(seconds, self.leaves - time.monotonic())))


def any_place(slider: Slider, random: Random) -> float | str:
    """A value that a reader could move a slider to."""
    if slider.type == Slider.SELECT_SLIDER:
        return random.choice(list(slider.options))
    steps = int((slider.max - slider.min) / slider.step + 1e-9)
    return slider.min + random.randint(0, steps) * slider.step


def paper(strokes) -> bytes:
    """The canvas as a PNG, with these strokes on it."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill="black", width=PEN)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def answers(address: str) -> dict[str, str]:
    """What the network says of each digit when one visitor draws it in peace."""
    with Session(address) as session:
        session.open()
        session.open("classify")
        said = {}
        for name, strokes in STROKES.items():
            session.draw(CANVAS, paper(strokes), len(strokes))
            said[name] = session.metrics()["Its answer"]
    return said


def tour(address: str) -> None:
    """One visitor opens every page and leaves: what all share is loaded after that."""
    with Session(address) as session:
        session.open()
        for page in list(session.pages):
            session.open(page)


def wait_until_warm(process: psutil.Process) -> None:
    """Wait until the worker has its Keras: until no process of the server is busy any more."""
    end = time.monotonic() + WARM_SECONDS
    while time.monotonic() < end:
        family = [process, *process.children(recursive=True)]
        before = _processor_seconds(family)
        time.sleep(2)
        if len(family) > 2 and _processor_seconds(family) - before < 0.1:
            return


def visit_together(
    address: str,
    count: int,
    seconds: float,
    said: dict[str, str],
    process: psutil.Process,
    pace: float = 1.0,
) -> tuple[Tally, float]:
    """`count` visitors for `seconds` each; what they saw, and the most bytes the server took."""
    tally, now = Tally(), time.monotonic()
    arrival = min(ARRIVAL_SECONDS * pace, seconds)
    visitors = []
    for number in range(count):
        arrives = now + arrival * number / count
        visitors.append(Visitor(number, address, arrives, arrives + seconds, tally, said, pace))
    for visitor in visitors:
        visitor.start()
    most = 0.0
    while any(visitor.is_alive() for visitor in visitors):
        most = max(most, process.memory_info().rss)
        time.sleep(0.5)
    return tally, most


def settled_memory(process: psutil.Process) -> float:
    """Bytes of the server when sessions that left are forgotten, and it has seen to that."""
    time.sleep(KEPT_SECONDS + 4 * LOOK_SECONDS)
    return process.memory_info().rss


def server_process() -> psutil.Process:
    """The Streamlit server that this process started."""
    return next(
        child for child in psutil.Process().children() if "streamlit" in " ".join(child.cmdline())
    )


def line(name: str, seconds: list[float]) -> str:
    p50, p95 = np.percentile(seconds, [50, 95])
    return f"{name:22} {len(seconds):6} {p50:7.3f} {p95:7.3f} {max(seconds):7.3f}"


def report(tally: Tally) -> None:
    """Print the times by kind, and the slowest pages."""
    print(f"{'seconds':22} {'number':>6} {'p50':>7} {'p95':>7} {'max':>7}")
    by_kind, by_page = defaultdict(list), defaultdict(list)
    for kind, page, seconds in tally.times:
        by_kind[kind].append(seconds)
        by_page[f"{kind} on {page}"[:22]].append(seconds)
    for kind, seconds in sorted(by_kind.items()):
        print(line(kind, seconds))
    print(line("all", [seconds for _, _, seconds in tally.times]))
    print("the slowest")
    slowest = sorted(by_page.items(), key=lambda item: -np.percentile(item[1], 95))
    for name, seconds in slowest[:8]:
        print(line(name, seconds))
    print(f"errors {len(tally.errors)}; lost updates {len(tally.lost)} of {len(tally.checked)}")
    for text in [*tally.errors, *tally.lost][:10]:
        print(f"  {text}")
    print(f"trainings started {len(tally.started)}, refused with a sentence {len(tally.refused)}")
    for text in sorted(set(tally.refused))[:3]:
        print(f"  {text}")


def main(visitors: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = {
            "CNN_RUNS": str(folder / "runs"),
            "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(KEPT_SECONDS),
        }
        app = server.ROOT / "app.py"
        with server.streamlit_server(app, folder / "log", settings) as address:
            process = server_process()
            tour(address)
            said = answers(address)
            wait_until_warm(process)
            visit_together(address, FIRST, FIRST_SECONDS, said, process, HASTE)
            start = settled_memory(process)
            used, begun = sum(process.cpu_times()[:2]), time.monotonic()
            own = time.process_time()
            tally, most = visit_together(address, visitors, seconds, said, process)
            passed = time.monotonic() - begun
            used, own = sum(process.cpu_times()[:2]) - used, time.process_time() - own
            end = settled_memory(process)
        report(tally)
        print(f"processor: server {used / passed:.2f} of a core, visitors {own / passed:.2f}")
        print(
            f"memory: {start / MEGABYTE:.0f} MB at the start, {most / MEGABYTE:.0f} MB at most, "
            f"{(most - start) / MEGABYTE / visitors:.2f} MB a session, {end / MEGABYTE:.0f} MB "
            f"after all left ({end / start - 1:+.1%})"
        )


def _can_move(part: Part) -> bool:
    if part.kind != "slider" or part.proto.disabled or len(part.proto.default) != 1:
        return False
    return part.proto.data_type in (Slider.INT, Slider.FLOAT)


def _processor_seconds(family: list[psutil.Process]) -> float:
    total = 0.0
    for process in family:
        try:
            total += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("visitors", nargs="?", type=int, default=VISITORS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    main(options.visitors, options.seconds)
