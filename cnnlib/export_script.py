"""A run as a Python script."""

from __future__ import annotations

import textwrap

from cnnlib.export_program import PROJECT, program
from cnnlib.taken_run import TakenRun

WIDTH = 96


def script(run: TakenRun) -> str:
    """The text of a `.py` file that repeats a run; it looks for its data in its own folder."""
    parts = program(run, "Path(__file__).resolve().parent")
    texts = [f'"""{_opening(run)}"""\n\n{parts[0].code}']
    texts += [
        f"{_comment(f'{number}. {part.title}', part.prose)}\n{part.code}"
        for number, part in enumerate(parts[1:], start=1)
    ]
    return "\n\n\n".join(texts) + "\n"


def _opening(run: TakenRun) -> str:
    """What the script is, and the command that runs it."""
    name = f"“{run.name}”, a run" if run.name else "A run"
    says = f"{name} of “{PROJECT}”, written out."
    needs = "It needs the packages keras, tensorflow and numpy."
    return "\n\n".join([_wrapped(says), f"    python {run.stem}.py", needs]) + "\n"


def _comment(*paragraphs: str) -> str:
    return "\n#\n".join(
        textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
        for text in paragraphs
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)
