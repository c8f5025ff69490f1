"""What one step did to one weight, as LaTeX, out of what was seen of it and nothing else.

Of a training's step the weight is known before and after, its gradient and the learning rate. For
plain SGD that is the whole sum. The other optimizers also remember earlier gradients; of that
memory only what the step itself gives away is shown.
"""

from __future__ import annotations

import math

MOMENTUM = 0.9  # of "momentum" and "nesterov" trainings
_FIGURES = 6


def weight_step(
    optimizer: str,
    rate: float,
    before: float,
    gradient: float,
    after: float,
    decay: float = 0.0,
) -> tuple[str, ...]:
    """The equations of a step of a `TrainingSpec`'s optimizer, in the order of computing.

    Each is a rule of `optimizer` with the numbers plugged in. With a weight decay the first is what
    it takes away, and the others go on from there. ValueError for an unknown optimizer.

    >>> print(weight_step("sgd", 0.1, 0.5, 2.0, 0.3)[0].replace("&", "").replace(chr(92) * 2, ""))
    \\begin{aligned} w' = w - \\eta\\, g  = 0.5 - 0.1 \\cdot 2  = 0.3 \\end{aligned}
    """
    if decay:
        left = before * (1 - rate * decay)
        taken = rf"{number(rate)} \cdot {number(decay)} \cdot {_bracketed(before)}"
        lines = (r"w - \eta\, \lambda\, w", f"{number(before)} - {taken}")
        rest = weight_step(optimizer, rate, left, gradient, after)
        return _equation("w", lines, left, sign=r"\leftarrow"), *rest
    change, push = after - before, rate * gradient
    given = rf"{number(before)} - {number(rate)} \cdot {_bracketed(gradient)}"
    moved = _equation(r"\Delta w", ("w' - w", rf"{number(after)} - {_bracketed(before)}"), change)
    match optimizer:
        case "sgd":
            return (_equation("w'", (r"w - \eta\, g", given), after),)
        case "momentum":
            rule = (r"\Delta w + \eta\, g", rf"{number(change)} + {number(rate)} \cdot ")
            earlier = (rule[0], rule[1] + _bracketed(gradient))
            return moved, _equation(r"0.9\, v", earlier, change + push)
        case "nesterov":
            rule = r"(\Delta w + \eta\, g) \,/\, 0.9"
            numbers = rf"({number(change)} + {number(rate)} \cdot {_bracketed(gradient)}) \,/\, 0.9"
            return moved, _equation("v'", (rule, numbers), (change + push) / MOMENTUM)
        case "rmsprop":
            if not change:
                return (moved,)
            rule = r"-\eta\, g \,/\, \Delta w"
            numbers = rf"-{number(rate)} \cdot {_bracketed(gradient)} \,/\, {_bracketed(change)}"
            return moved, _equation(r"\sqrt{s' + \varepsilon}", (rule, numbers), -push / change)
        case "adam":
            rule = (r"\Delta w \,/\, \eta", rf"{number(change)} \,/\, {number(rate)}")
            return moved, _equation(r"\Delta w \text{ in } \eta", rule, change / rate)
    raise ValueError(f"no optimizer of a training is called {optimizer!r:.40}.")


def number(value: float) -> str:
    """Six significant figures, in LaTeX.

    >>> number(-0.03), number(2.5e-7), number(float("nan"))
    ('-0.03', '2.5 \\\\cdot 10^{-7}', '\\\\text{no number}')
    """
    if not math.isfinite(value):
        return r"\text{no number}"
    text = f"{value:.{_FIGURES}g}"
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _equation(left: str, steps: tuple[str, ...], result: float, sign: str = "=") -> str:
    """A term a line, for narrow screens."""
    lines = r" \\ &= ".join((*steps, number(result)))
    return rf"\begin{{aligned}} {left} &{sign} {lines} \end{{aligned}}"
