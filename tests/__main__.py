"""All tests: those that drive a browser, which mostly wait for it, beside the others.

    python -m tests [options of pytest]

Each part is what `python -m pytest` runs, so some of the tests can be run with that as ever. The
browser's are done by two processes, each of which takes the next module when it is through with
one; the first that finds none left helps with the others.

A browser's test that fails while all this runs is done once more, and the summary says RERUN: its
page may have had to wait longer for a processor than anybody would. The others get no second try.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from tests.taking import FOLDER

ROOT = Path(__file__).resolve().parent.parent
# The cache of pytest is one for all processes.
COMMAND = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.taking")
AGAIN = ("--reruns=1", "--rerun-show-tracebacks", "-raR")
BROWSER = ("tests/browser", *AGAIN)
OTHERS = ("--ignore=tests/browser",)
BROWSERS = 2
NICE = 5  # of the processes beside the first, which must not come last


class Tests:
    """Processes that share the tests, each in a thread that waits for it."""

    def __init__(self, options: list[str], taken: str):
        self._options = options
        self._environment = {**os.environ, FOLDER: taken}
        self._running: list[subprocess.Popen] = []
        self._helps = False

    def run(self, part: tuple[str, ...], log: IO | None = None) -> int:
        """Do what is left of a part; returns its exit code. What is printed goes to `log`."""
        process = subprocess.Popen(
            [*COMMAND, *part, *self._options],
            cwd=ROOT,
            env=self._environment,
            stdout=log,
            stderr=log,
        )
        self._running.append(process)
        if log is not None:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        return process.wait()

    def run_browser(self, log: IO) -> int:
        """Do the browser's, then help with the others if nobody does."""
        code = self.run(BROWSER, log)
        if self._helps:
            return code
        self._helps = True
        return max(code, self.run(OTHERS, log))

    def kill(self) -> None:
        self._helps = True  # so that nobody begins to
        for process in self._running:
            process.kill()


def main(options: list[str]) -> int:
    """Run the parts side by side and return the worst of their exit codes."""
    logs = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(BROWSERS)]  # noqa: SIM115
    with tempfile.TemporaryDirectory() as taken, ThreadPoolExecutor() as threads:
        tests = Tests(options, taken)
        try:
            browsers = [threads.submit(tests.run_browser, log) for log in logs]
            codes = [tests.run(OTHERS), *(browser.result() for browser in browsers)]
        finally:
            tests.kill()
    for log in logs:
        log.seek(0)
        print(log.read())
        log.close()
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
