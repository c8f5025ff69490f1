"""All tests: those that drive a browser, which mostly wait for it, beside the others.

    python -m tests [options of pytest]

Each half is what `python -m pytest` runs, so a part of them can be run with that as ever.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "tests/browser"
COMMAND = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")  # two would share one cache


def main(options: list[str]) -> int:
    """Run both halves and return the worse of their exit codes."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        browser = subprocess.Popen(
            [*COMMAND, BROWSER, *options], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            others = subprocess.run([*COMMAND, f"--ignore={BROWSER}", *options], cwd=ROOT)
            code = browser.wait()
        finally:
            browser.kill()
        log.seek(0)
        print(log.read())
    return max(code, others.returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
