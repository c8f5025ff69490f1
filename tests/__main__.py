"""All tests: those that drive a browser, which mostly wait for it, beside the others.

    python -m tests [options of pytest]

Each part is what `python -m pytest` runs, so some of the tests can be run with that as ever. The
browser's are done by two processes, each of which takes the next module when it is through with
one. The others, a single process that must not come last, go first where there is a choice.

A browser's test that fails while all this runs is done once more, and the summary says RERUN: its
page may have had to wait longer for a processor than anybody would. The others get no second try.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "tests/browser"
BROWSERS = 2
AGAIN = ("--reruns=1", "--rerun-show-tracebacks", "-raR")
COMMAND = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")  # they would share one cache


def main(options: list[str]) -> int:
    """Run the parts side by side and return the worst of their exit codes."""
    with tempfile.TemporaryDirectory() as taken:
        environment = {**os.environ, "TESTS_TAKEN": taken}
        logs = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(BROWSERS)]  # noqa: SIM115
        running = [
            subprocess.Popen(
                [*COMMAND, BROWSER, *AGAIN, *options],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
            for log in logs
        ]
        for process in running:
            os.setpriority(os.PRIO_PROCESS, process.pid, 5)
        try:
            others = subprocess.run([*COMMAND, f"--ignore={BROWSER}", *options], cwd=ROOT)
            codes = [others.returncode, *(process.wait() for process in running)]
        finally:
            for process in running:
                process.kill()
        for log in logs:
            log.seek(0)
            print(log.read())
            log.close()
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
