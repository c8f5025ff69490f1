"""One step of an optimizer as LaTeX: its rule, and the rule with the step's own numbers in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.descent import SGD, Adam, Optimizer, Path, RMSprop, State


@dataclass(frozen=True, eq=False)
class _Step:
    """What is known of step number `count`: before it, what it was given, and after it."""

    count: int
    rule: Optimizer
    before: State
    after: State
    gradient: np.ndarray
    weights: np.ndarray
    result: np.ndarray
    figures: int = 4

    def number(self, value: float) -> str:
        return number(value, self.figures)

    def vector(self, values: np.ndarray) -> str:
        return vector(values, self.figures)


def step_formulas(path: Path, step: int) -> tuple[str, ...]:
    """The equations of step number `step`, from 1 to `path.steps`, in the order of computing.

    Each is one aligned LaTeX equation: the rule, then with numbers, then what comes out.
    ValueError for a step that was not taken.
    """
    if not 1 <= step <= path.steps:
        raise ValueError(f"steps are counted from 1 to {path.steps}; {step!r:.40} is none.")
    taken = _Step(
        step,
        path.optimizer,
        path.states[step - 1],
        path.states[step],
        path.gradients[step - 1],
        path.points[step - 1],
        path.points[step],
    )
    return _formulas(taken, path.optimizer)


def first_step_formulas(
    rule: Optimizer, weight: float, gradient: float, *, figures: int = 4
) -> tuple[str, ...]:
    """The same for one weight and the first step of `rule`, with so many figures a number.

    >>> print(first_step_formulas(SGD(0.5), 3.0, 2.0)[0].replace(chr(92) * 2, "").replace("&", ""))
    \\begin{aligned} w_{1} = w_{0} - \\eta\\, g_{1}  = 3  \\quad - 0.5 \\cdot 2  = 2 \\end{aligned}
    """
    weights, gradients = np.array([weight], np.float64), np.array([gradient], np.float64)
    start = rule.start(weights)
    result, after = rule.step(weights, gradients, start)
    taken = _Step(1, rule, start, after, gradients, weights, result, figures)
    return _formulas(taken, rule)


def _formulas(taken: _Step, rule: Optimizer) -> tuple[str, ...]:
    if isinstance(rule, Adam):
        return _adam(taken, rule)
    if isinstance(rule, RMSprop):
        return _rmsprop(taken, rule)
    return _sgd(taken, rule)


def number(value: float, figures: int = 4) -> str:
    """A few figures, in LaTeX; powers of ten where zeros would fill the line.

    >>> number(-0.5), number(1234567.0), number(1e-7), number(0.0), number(0.123456789, 6)
    ('-0.5', '1.235\\\\cdot 10^{6}', '10^{-7}', '0', '0.123457')
    """
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 9_999.5:
        return f"{value:.{figures}g}"
    mantissa, exponent = f"{value:.{figures - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "-1"):
        return mantissa.removesuffix("1") + power
    return rf"{mantissa}\cdot {power}"


def vector(values: np.ndarray, figures: int = 4) -> str:
    """Numbers side by side, in brackets; a single one only has them if it is negative."""
    texts = [number(value, figures) for value in values.tolist()]
    if len(texts) == 1 and values[0] >= 0:
        return texts[0]
    return r"\left(" + r",\; ".join(texts) + r"\right)"


def _equation(left: str, rule: str, terms: tuple[str, ...], result: str) -> str:
    """A rule, its terms with numbers, and what comes out; a term a line, for narrow screens."""
    numbers = r" \\ &\quad ".join(terms)
    return rf"\begin{{aligned}} {left} &= {rule} \\ &= {numbers} \\ &= {result} \end{{aligned}}"


def _sgd(taken: _Step, rule: SGD) -> tuple[str, ...]:
    now, last = taken.count, taken.count - 1
    rate, share = taken.number(rule.learning_rate), taken.number(rule.momentum)
    gradient, weights = taken.vector(taken.gradient), taken.vector(taken.weights)
    if not rule.momentum and not rule.nesterov:
        return (
            _equation(
                f"w_{{{now}}}",
                rf"w_{{{last}}} - \eta\, g_{{{now}}}",
                (weights, rf"- {rate} \cdot {gradient}"),
                taken.vector(taken.result),
            ),
        )
    change = taken.vector(taken.after.mean)
    velocity = _equation(
        f"v_{{{now}}}",
        rf"\mu\, v_{{{last}}} - \eta\, g_{{{now}}}",
        (rf"{share} \cdot {taken.vector(taken.before.mean)}", rf"- {rate} \cdot {gradient}"),
        change,
    )
    if rule.nesterov:
        ahead = _equation(
            f"w_{{{now}}}",
            rf"w_{{{last}}} + \mu\, v_{{{now}}} - \eta\, g_{{{now}}}",
            (weights, rf"+ {share} \cdot {change}", rf"- {rate} \cdot {gradient}"),
            taken.vector(taken.result),
        )
        return velocity, ahead
    moved = _equation(
        f"w_{{{now}}}",
        f"w_{{{last}}} + v_{{{now}}}",
        (weights, f"+ {change}"),
        taken.vector(taken.result),
    )
    return velocity, moved


def _rmsprop(taken: _Step, rule: RMSprop) -> tuple[str, ...]:
    now, last = taken.count, taken.count - 1
    gradient, squares = taken.vector(taken.gradient), taken.vector(taken.after.squares)
    keep, take = taken.number(rule.rho), taken.number(1 - rule.rho)
    return (
        _equation(
            f"s_{{{now}}}",
            rf"\rho\, s_{{{last}}} + (1 - \rho)\, g_{{{now}}}^2",
            (
                rf"{keep} \cdot {taken.vector(taken.before.squares)}",
                rf"+ {take} \cdot {gradient}^2",
            ),
            squares,
        ),
        _equation(
            f"w_{{{now}}}",
            rf"w_{{{last}}} - \eta\, g_{{{now}}} \big/ \sqrt{{s_{{{now}}} + \varepsilon}}",
            (
                taken.vector(taken.weights),
                rf"- {taken.number(rule.learning_rate)} \cdot {gradient}",
                rf"\quad \big/ \sqrt{{{squares} + {taken.number(rule.epsilon)}}}",
            ),
            taken.vector(taken.result),
        ),
    )


def _adam(taken: _Step, rule: Adam) -> tuple[str, ...]:
    now, last = taken.count, taken.count - 1
    gradient, mean, squares = map(
        taken.vector, (taken.gradient, taken.after.mean, taken.after.squares)
    )
    rate, first, second = map(taken.number, (rule.learning_rate, rule.beta_1, rule.beta_2))
    return (
        _equation(
            f"m_{{{now}}}",
            rf"\beta_1\, m_{{{last}}} + (1 - \beta_1)\, g_{{{now}}}",
            (
                rf"{first} \cdot {taken.vector(taken.before.mean)}",
                rf"+ {taken.number(1 - rule.beta_1)} \cdot {gradient}",
            ),
            mean,
        ),
        _equation(
            f"s_{{{now}}}",
            rf"\beta_2\, s_{{{last}}} + (1 - \beta_2)\, g_{{{now}}}^2",
            (
                rf"{second} \cdot {taken.vector(taken.before.squares)}",
                rf"+ {taken.number(1 - rule.beta_2)} \cdot {gradient}^2",
            ),
            squares,
        ),
        _equation(
            rf"\eta_{{{now}}}",
            rf"\eta\, \sqrt{{1 - \beta_2^{{{now}}}}} \,\big/\, (1 - \beta_1^{{{now}}})",
            (rf"{rate} \cdot \sqrt{{1 - {second}^{{{now}}}}} \,\big/\, (1 - {first}^{{{now}}})",),
            taken.number(float(rule.rate(now))),
        ),
        _equation(
            f"w_{{{now}}}",
            rf"w_{{{last}}} - \eta_{{{now}}}\, m_{{{now}}} \big/ "
            rf"(\sqrt{{s_{{{now}}}}} + \varepsilon)",
            (
                taken.vector(taken.weights),
                rf"- {taken.number(float(rule.rate(now)))} \cdot {mean}",
                rf"\quad \big/ \left(\sqrt{{{squares}}} + {taken.number(rule.epsilon)}\right)",
            ),
            taken.vector(taken.result),
        ),
    )
