"""All tests: those that drive a browser, which mostly wait for it, beside the others.

    python -m tests [options of pytest]

Each part is what `python -m pytest` runs, so some of the tests can be run with that as ever.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "tests/browser"
COMMAND = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")  # they would share one cache


def main(options: list[str]) -> int:
    """Run the parts side by side and return the worst of their exit codes."""
    files = sorted(str(path) for path in (ROOT / BROWSER).glob("test_*.py"))
    parts = [files[::2], files[1::2]]
    logs = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in parts]  # noqa: SIM115
    running = [
        subprocess.Popen([*COMMAND, *part, *options], cwd=ROOT, stdout=log, stderr=log)
        for part, log in zip(parts, logs, strict=True)
    ]
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
