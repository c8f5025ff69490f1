"""Every page opened with hundreds of hostile addresses and widget values.

    python tests/benchmarks/bench_hostile.py [VISITS [FIRST [PAGE ...]]]
    python tests/benchmarks/bench_hostile.py --socket [ROUNDS]

VISITS (default 300) to each page, or to those whose script is named PAGE, in processes' own time:
first an address with names and values that its widgets would write and that nothing here would,
then some of its widgets with forged values. FIRST (default 0) is the first visit's seed. Printed
for each page are the exceptions, and the median and longest time of a visit, which is two runs of
the page. Nothing is trained: orders to the engine are noted and go no further.

With --socket a real server is started, and every choice and component of every page is sent forged
values over the WebSocket, ROUNDS (default 3) times.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit import config

from pages.support import full_set, jobs, navigation
from tests.browser import server
from tests.fuzzing.forging import forge_page
from tests.fuzzing.visits import Onlooker, trained_run, visits
from tests.streamlit_session import Session


def main(count: int = 300, first: int = 0, *wanted: str) -> int:
    logging.disable()
    config.set_option("client.showErrorDetails", "full")  # a public server tells visitors nothing
    troubles = visited = 0
    with tempfile.TemporaryDirectory() as runs:
        os.environ["CNN_RUNS"] = runs
        jobs.warm_engine = lambda: None
        onlooker = Onlooker()
        jobs.engine = full_set.engine = lambda: onlooker
        run_id = trained_run(jobs.store())
        for entry in navigation.ENTRIES:
            if wanted and entry.path.rsplit("/", 1)[-1].removesuffix(".py") not in wanted:
                continue
            found = list(visits(entry.path, range(first, first + count), run_id))
            bad = [visit for visit in found if visit.trouble]
            seconds = [visit.seconds for visit in found]
            troubles, visited = troubles + len(bad), visited + len(found)
            print(
                f"{entry.url_path:24s} {len(bad):4d} exceptions   {median(seconds):6.3f} s, "
                f"at most {max(seconds):6.3f} s",
                flush=True,
            )
            for visit in bad[:5]:
                print(
                    f"   {visit.number} {str(visit.query)[:600]} {visit.changed}\n{visit.trouble}"
                )
    print(f"{visited:,} visits, {troubles} with an exception")
    return troubles


def forge_all(rounds: int = 3) -> int:
    """Forge every choice of every page; returns how many values made an exception."""
    sent = troubles = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = {"CNN_RUNS": f"{folder}/runs", "CNN_IDLE_SECONDS": "60"}
        log = Path(folder) / "log"
        with server.streamlit_server(server.ROOT / "app.py", log, settings) as address:
            server.first_visit(address)
            for number, entry in enumerate(navigation.ENTRIES):
                page = entry.url_path if number else ""
                with Session(address) as session:
                    told = list(forge_page(session, page, rounds, seed=number))
                bad = [wrong for wrong in told if wrong]
                sent, troubles = sent + len(told), troubles + len(bad)
                print(f"{entry.url_path:24s} {len(told):4d} forged, {len(bad)} exceptions")
                print(*bad[:5], sep="\n", end="\n" if bad else "")
    print(f"{sent:,} forged values, {troubles} with an exception")
    return troubles


if __name__ == "__main__":
    if sys.argv[1:2] == ["--socket"]:
        sys.exit(min(1, forge_all(*map(int, sys.argv[2:]))))
    counts = [int(text) for text in sys.argv[1:3]]
    sys.exit(min(1, main(*counts, *sys.argv[3:])))
