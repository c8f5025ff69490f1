"""A run as a Jupyter notebook: plain JSON, after the format's version 4.5.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import json
from typing import Any

from cnnlib.export_program import PROJECT, program
from cnnlib.taken_run import TakenRun


def notebook(run: TakenRun) -> str:
    """The text of an `.ipynb` file that repeats a run; it looks for its data beside itself."""
    opening = f"# {_plain(run.name) or 'A training run'}\n\nA run of *{PROJECT}*, written out."
    cells = [_cell("markdown", "opening", opening)]
    for number, part in enumerate(program(run, "Path.cwd()"), start=1):
        cells.append(_cell("markdown", f"text-{number}", f"## {part.title}\n\n{part.prose}"))
        cells.append(_cell("code", f"code-{number}", part.code))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, name: str, source: str) -> dict[str, Any]:
    cell = {
        "cell_type": kind,
        "id": name,
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _plain(name: str) -> str:
    """A visitor's words as a heading: no sign of them is taken for Markdown or HTML."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|$~&" else sign for sign in name)
