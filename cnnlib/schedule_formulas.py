"""A learning-rate schedule's formula as LaTeX, with the numbers of one step in it."""

from __future__ import annotations

from cnnlib.descent_formulas import number
from cnnlib.schedules import (
    START_SHARE,
    STEP_FACTOR,
    STEP_SHARES,
    WARM_UP_SHARE,
    learning_rate_at,
)


def rate_formula(schedule: str, peak: float, step: int, steps: int) -> str:
    """How the rate of step number `step`, counted from 0, out of `steps` comes about.

    Peak, step and number of steps are called eta, t and T; the result is `learning_rate_at`'s.

    >>> print(rate_formula("step", 0.1, 6, 10).replace("&", "").replace(chr(92) * 2, ""))
    \\begin{aligned} \\eta_t = \\eta \\cdot 0.1^{1}  = 0.1 \\cdot 0.1^{1}  = 0.01 \\end{aligned}
    """
    lines = {"constant": _constant, "step": _step, "cosine": _cosine, "one_cycle": _one_cycle}
    rate = number(learning_rate_at(schedule, peak, step, steps))
    terms = (*lines[schedule](number(peak), step, steps), rate)
    kept = [term for at, term in enumerate(terms) if at == 0 or term != terms[at - 1]]
    equation = r" \\ &= ".join(kept)
    return rf"\begin{{aligned}} \eta_t &= {equation} \end{{aligned}}"


def _constant(peak: str, step: int, steps: int) -> tuple[str, ...]:
    return (r"\eta",)


def _step(peak: str, step: int, steps: int) -> tuple[str, ...]:
    falls = sum(step >= share * steps for share in STEP_SHARES)
    factor = rf"{STEP_FACTOR:g}^{{{falls}}}"
    return rf"\eta \cdot {factor}", rf"{peak} \cdot {factor}"


def _cosine(peak: str, step: int, steps: int) -> tuple[str, ...]:
    return _wave(peak, r"\frac{t}{T}", rf"\frac{{{step}}}{{{steps}}}")


def _one_cycle(peak: str, step: int, steps: int) -> tuple[str, ...]:
    warm_up = steps * WARM_UP_SHARE
    if step < warm_up:
        rise = f"{START_SHARE:g} + {1 - START_SHARE:g}"
        return (
            rf"\eta \left({rise} \cdot \frac{{t}}{{T / 4}}\right)",
            rf"{peak} \cdot \left({rise} \cdot \frac{{{step}}}{{{warm_up:g}}}\right)",
        )
    shares = rf"\frac{{{step} - {warm_up:g}}}{{{steps} - {warm_up:g}}}"
    return _wave(peak, r"\frac{t - T / 4}{T - T / 4}", shares)


def _wave(peak: str, share: str, shares: str) -> tuple[str, ...]:
    return (
        rf"\frac{{\eta}}{{2}} \left(1 + \cos \pi {share}\right)",
        rf"\frac{{{peak}}}{{2}} \left(1 + \cos \pi {shares}\right)",
    )
