"""The most that runs, visitors and the whole server may take: one table, set by whoever runs it.

Each limit is a field of `Limits` and has an environment variable. Streamlit puts what stands at the
top of its `secrets.toml` into the environment, too, so either place does. What is set is read once,
when this module is first imported.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds:
    """What a limit can be set to by its variable, in its unit, and what it bounds, in words."""

    variable: str
    low: float
    high: float
    unit: str
    meaning: str


def _limit(default: float, variable: str, low: float, high: float, unit: str, meaning: str) -> Any:
    bounds = Bounds(variable, low, high, unit, meaning)
    return dataclasses.field(default=default, metadata={"bounds": bounds})


@dataclass(frozen=True)
class Limits:
    """What is allowed at most. `work` is multiply-adds x images x epochs.

    The `memory_bytes` of a run are those of its arrays; `process_bytes` those of the process that
    trains it, libraries included. With `idle_seconds` of 0 a training process is kept ready.
    """

    layers: int = _limit(40, "CNN_MOST_LAYERS", 2, 200, "layers", "of one network")
    parameters: int = _limit(
        5_000_000, "CNN_MOST_PARAMETERS", 1_000, 50_000_000, "weights", "of one network"
    )
    work: float = _limit(
        5e13, "CNN_MOST_WORK", 1e6, 1e18, "multiply-adds", "of one run, forward, all epochs"
    )
    image_work: float = _limit(
        1e10,
        "CNN_MOST_IMAGE_WORK",
        1e6,
        1e15,
        "multiply-adds",
        "of one image, which pages send through the network while all visitors wait",
    )
    image_bytes: int = _limit(
        200_000_000,
        "CNN_MOST_IMAGE_MEMORY",
        1_000_000,
        1e12,
        "bytes",
        "of one image's numbers in all layers, which pages hold",
    )
    memory_bytes: int = _limit(
        1_500_000_000, "CNN_MOST_MEMORY", 10_000_000, 1e12, "bytes", "of one run's arrays"
    )
    process_bytes: int = _limit(
        4_000_000_000,
        "CNN_MOST_PROCESS_MEMORY",
        1_000_000_000,
        1e12,
        "bytes",
        "of one training process; a larger one is ended",
    )
    images: int = _limit(60_000, "CNN_MOST_IMAGES", 1_000, 60_000, "images", "of one run")
    epochs: int = _limit(100, "CNN_MOST_EPOCHS", 2, 100, "epochs", "of one run")
    run_seconds: float = _limit(
        7_200.0, "CNN_MOST_SECONDS", 10, 1e6, "seconds", "that one run trains"
    )
    runs: int = _limit(
        20, "CNN_MOST_RUNS", 1, 1_000, "runs", "of one visitor, waiting or training; one trains"
    )
    queue: int = _limit(
        200, "CNN_MOST_QUEUED", 1, 10_000, "runs", "of all visitors, waiting or training"
    )
    lease_seconds: float = _limit(
        600.0,
        "CNN_LEASE_SECONDS",
        30,
        1e6,
        "seconds",
        "that a run goes on after its visitor has closed the last page",
    )
    idle_seconds: float = _limit(
        0.0,
        "CNN_IDLE_SECONDS",
        0,
        1e6,
        "seconds",
        "that a training process is kept without work; 0 is for ever, else it starts at need",
    )
    store_bytes: int = _limit(
        20_000_000_000,
        "CNN_MOST_STORED",
        100_000_000,
        1e15,
        "bytes",
        "of all runs on disk; those looked at longest ago are removed, none of the last hour",
    )
    imports: int = _limit(
        60, "CNN_MOST_IMPORTS", 1, 10_000, "runs", "that one address brings back in an hour"
    )
    import_bytes: int = _limit(
        200_000_000,
        "CNN_MOST_IMPORTED",
        1_000_000,
        1e12,
        "bytes",
        "that one address brings back in an hour",
    )
    spare_bytes: int = _limit(
        1_000_000_000, "CNN_SPARE_DISK", 0, 1e15, "bytes", "left free on the disk by imports"
    )


def bounds() -> dict[str, Bounds]:
    """By the name of each limit, what it can be set to."""
    return {field.name: field.metadata["bounds"] for field in dataclasses.fields(Limits)}


def limits_from(environment: Mapping[str, str]) -> Limits:
    """The limits that variables set, and the default of each that is not set.

    What cannot be is said in the log, and the default taken: no visitor can do anything about it.

    >>> limits_from({"CNN_MOST_EPOCHS": "30", "CNN_MOST_STORED": "5e9"}).epochs
    30
    """
    found: dict[str, float] = {}
    for name, bound in bounds().items():
        text = environment.get(bound.variable, "")
        if not text.strip():
            continue
        value = _number(text)
        if value is None or not bound.low <= value <= bound.high:
            _log.error(
                "%s is %.40r; it must be a number from %s to %s (%s). The default is used.",
                bound.variable,
                text,
                in_figures(bound.low),
                in_figures(bound.high),
                bound.unit,
            )
            continue
        found[name] = value if isinstance(getattr(Limits, name), float) else round(value)
    return Limits(**found)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def in_figures(value: float) -> str:
    """A limit as it is written in the table.

    >>> in_figures(7200), in_figures(5e13), in_figures(4_000_000_000)
    ('7,200', '5e13', '4e9')
    """
    if value < 1e7:
        return f"{value:,.0f}"
    return f"{value:g}".replace("e+0", "e").replace("e+", "e")


def as_table() -> str:
    """The limits as rows of Markdown: variable, default, unit, what it bounds."""
    rows = ["| variable | default | unit | what it bounds |", "|---|---|---|---|"]
    for name, bound in bounds().items():
        default = in_figures(getattr(Limits(), name))
        rows.append(f"| `{bound.variable}` | {default} | {bound.unit} | {bound.meaning} |")
    return "\n".join(rows)


LIMITS = limits_from(os.environ)
