"""Exercises of "Backward, step by step", made from the way back that the page shows.

A maker takes a seed and what is shown; `functools.partial(maker, shown=...)` is what a page draws.
Where the network has nothing to ask about, such as no pooling, small numbers take its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from cnnlib.backward_steps import BackwardPass, LayerBackward, winners
from cnnlib.descent import SGD, Optimizer, RMSprop
from cnnlib.exercises import Exercise, any_of
from cnnlib.kernel_gradient import Correlation
from cnnlib.layers import ActivationLayer, ConvLayer, DenseLayer, PoolLayer
from cnnlib.numerals import numeral

GROWS, SHRINKS, STAYS = "It becomes larger", "It becomes smaller", "It stays as it is"


@dataclass(frozen=True, eq=False)
class WayBack:
    """What the page shows.

    `classes`: their names. `taken`: the image's way back. `found`, `weight`, `rule`: the kernel's
    gradient, the (row, column) of the weight that is followed, and the optimizer; None where the
    network has no kernel.
    """

    classes: Sequence[str]
    taken: BackwardPass
    found: Correlation | None
    weight: tuple[int, int] | None
    rule: Optimizer | None


def logit_gradient(seed: int, *, shown: WayBack) -> Exercise:
    """The gradient at one score."""
    rng = np.random.default_rng(seed)
    shares, label = _shares(rng, shown)
    likely = np.argsort(-shares)[:3].tolist()
    at = int(rng.choice([label, *(k for k in likely if k != label)]))
    share = _rounded(float(shares[at]))
    is_right = at == label
    answer = share - is_right
    name = shown.classes[at]
    return Exercise(
        f"The right class is **{shown.classes[label]}**. The network gives **{name}** the "
        f"probability {share:g}. What is the gradient at the score of **{name}**?",
        round(answer, 9),
        "Probability less 1 for the right class, less 0 for the others.",
        f"{share:g} − {int(is_right)} = {numeral(answer)}: "
        + ("a higher score would lower the loss." if is_right else "a lower score would help."),
        tolerance=max(0.005 * abs(answer), 1e-9),
    )


def loss_of_share(seed: int, *, shown: WayBack) -> Exercise:
    """The loss of one answer."""
    rng = np.random.default_rng(seed)
    shares, label = _shares(rng, shown)
    share = _rounded(float(shares[label])) if rng.integers(2) else float(rng.integers(5, 96)) / 100
    share = share if 0 < share < 1 else 0.5
    answer = -log(share)
    return Exercise(
        f"A network gives the right class the probability {share:g}. What is the loss of this "
        "image? (ln is the natural logarithm.)",
        answer,
        "Minus the natural logarithm of the probability.",
        f"−ln {share:g} = {answer:.4f}",
        tolerance=max(0.005 * answer, 1e-6),
    )


def through_relu(seed: int, *, shown: WayBack) -> Exercise:
    """What ReLU does to a gradient."""
    rng = np.random.default_rng(seed)
    layers = [layer for layer in shown.taken.layers if _is_relu(layer)]
    made, gradient, which = float(rng.integers(0, 2)) * 0.4, 0.02, "A ReLU"
    if layers and shown.taken.is_finite:
        layer = any_of(rng, layers)
        is_open = bool(rng.integers(2))
        places = np.argwhere((layer.arriving != 0) & ((layer.made > 0) == is_open))
        if len(places):
            place = tuple(any_of(rng, places))
            made, gradient = (_rounded(float(x[place])) for x in (layer.made, layer.arriving))
            which = f"The ReLU of layer {layer.step.index + 1}"
    answer = gradient if made > 0 else 0.0
    return Exercise(
        f"{which} passed on {made:g} at one place of a map. On the way back the gradient "
        f"{numeral(gradient)} arrives there. What does it pass back?",
        answer,
        "Was the number positive that the ReLU was given?",
        f"It passed on {made:g}, so it was given "
        + (
            "just that, and small changes went through: the gradient goes through as it is."
            if made > 0
            else "nothing positive, and a small change would have changed nothing: 0."
        ),
        tolerance=0.005 * abs(answer),
    )


def through_pooling(seed: int, *, shown: WayBack) -> Exercise:
    """Whom max pooling sends the gradient to."""
    rng = np.random.default_rng(seed)
    window, gradient, which = _window(rng, shown)
    asked = int(rng.integers(len(window)))
    if rng.integers(2):
        asked = int(np.argmax(window))
    answer = gradient if asked == int(np.argmax(window)) else 0.0
    listed = ", ".join(numeral(value) for value in window)
    return Exercise(
        f"{which} saw the numbers {listed} in one window. On the way back the gradient "
        f"{numeral(gradient)} arrives at it. How much of it does the cell with "
        f"{numeral(window[asked])} get?",
        answer,
        "The largest of the window takes all.",
        f"The largest is {numeral(max(window))}, so that cell gets {numeral(gradient)} and the "
        f"others get 0. The cell with {numeral(window[asked])} gets {numeral(answer)}.",
        tolerance=0.005 * abs(answer),
    )


def weight_gradient(seed: int, *, shown: WayBack) -> Exercise:
    """One weight's gradient as a sum of products."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 5, (3, 3))
    gradient = rng.integers(-3, 4, (2, 2))
    row, column = (int(x) for x in rng.integers(0, 2, 2))
    met = image[row : row + 2, column : column + 2]
    answer = int((met * gradient).sum())
    products = " + ".join(
        f"{a} × {_bracketed(b)}" for a, b in zip(met.ravel(), gradient.ravel(), strict=True)
    )
    return Exercise(
        f"A 2 × 2 kernel slid over the input\n\n{_matrix(image)}\n\nand made four sums. The "
        f"gradients at them are\n\n{_matrix(gradient)}\n\nWhat is the gradient of the kernel's "
        f"weight in row {row + 1}, column {column + 1}?",
        answer,
        "Which 2 × 2 part of the input did this weight meet? Lay the gradients on it.",
        f"It met the part that begins in row {row + 1}, column {column + 1}: {products} = "
        f"{numeral(answer)}",
    )


def weight_change(seed: int, *, shown: WayBack) -> Exercise:
    """What an optimizer's first step does to the weight that is followed."""
    rng = np.random.default_rng(seed)
    rule, gradient = shown.rule or SGD(0.01), 0.25
    which = "A weight"
    if shown.found is not None and np.isfinite(shown.found.gradient).all():
        height, width = shown.found.gradient.shape
        at = shown.weight if seed % 2 else (int(rng.integers(height)), int(rng.integers(width)))
        gradient = _rounded(float(shown.found.gradient[at]))
        which = f"The kernel's weight in row {at[0] + 1}, column {at[1] + 1}"
    start = np.zeros(1)
    answer = float(rule.step(start, np.array([gradient]), rule.start(start))[0][0])
    return Exercise(
        f"{which} has the gradient {numeral(gradient)}. By how much does the first step of "
        f"{_rule_text(rule)} change it?",
        answer,
        _rule_hint(rule),
        f"{_rule_sum(rule, gradient)} = {numeral(_rounded(answer))}",
        tolerance=0.02 * abs(answer),
    )


def weight_direction(seed: int, *, shown: WayBack) -> Exercise:
    """Which way a weight goes."""
    rng = np.random.default_rng(seed)
    gradient, which = float(rng.choice((-0.3, 0.2))), "A weight"
    if shown.found is not None and np.isfinite(shown.found.gradient).all():
        at = divmod(int(rng.integers(shown.found.gradient.size)), shown.found.gradient.shape[1])
        gradient = _rounded(float(shown.found.gradient[at]))
        which = f"The kernel's weight in row {at[0] + 1}, column {at[1] + 1}"
    answer = STAYS if gradient == 0 else SHRINKS if gradient > 0 else GROWS
    return Exercise(
        f"{which} has the gradient {numeral(gradient)}. Which way does a step of the optimizer "
        "move it?",
        answer,
        "The gradient says which way the loss rises.",
        "Against the gradient: "
        + {
            STAYS: "it is 0, so there is no way to go.",
            SHRINKS: "it is positive, a larger weight would raise the loss, so it is made smaller.",
            GROWS: "it is negative, a larger weight would lower the loss, so it is made larger.",
        }[answer],
        choices=(GROWS, SHRINKS, STAYS),
    )


def bias_gradient(seed: int, *, shown: WayBack) -> Exercise:
    """The gradient of a bias."""
    gradient = np.random.default_rng(seed).integers(-4, 5, (2, 3))
    answer = int(gradient.sum())
    terms = " + ".join(_bracketed(value) for value in gradient.ravel())
    return Exercise(
        f"A filter made six sums. The gradients at them are\n\n{_matrix(gradient)}\n\nWhat is the "
        "gradient of the filter's bias?",
        answer,
        "The bias was added to every sum, once.",
        f"{terms} = {numeral(answer)}",
    )


QUESTIONS: tuple[Callable[..., Exercise], ...] = (
    logit_gradient,
    weight_change,
    through_relu,
    weight_gradient,
    through_pooling,
    weight_direction,
    loss_of_share,
    bias_gradient,
)


def _shares(rng: np.random.Generator, shown: WayBack) -> tuple[np.ndarray, int]:
    taken = shown.taken
    if np.isfinite(taken.probabilities).all():
        return taken.probabilities, taken.label
    return rng.dirichlet(np.ones(len(taken.logits))), taken.label


def _is_relu(layer: LayerBackward) -> bool:
    kind = layer.step.layer
    return isinstance(kind, (ConvLayer, DenseLayer, ActivationLayer)) and kind.activation == "relu"


def _window(rng: np.random.Generator, shown: WayBack) -> tuple[list[float], float, str]:
    """What one window of a max pooling saw, and the gradient at it."""
    pools = [
        layer
        for layer in shown.taken.layers
        if isinstance(layer.step.layer, PoolLayer)
        and layer.step.layer.mode == "max"
        and layer.step.layer.padding == "valid"
        and layer.step.layer.size == 2
    ]
    if pools and shown.taken.is_finite:
        layer = any_of(rng, pools)
        found = np.argwhere((layer.arriving != 0) & (layer.made > 0))
        if len(found):
            row, column, number = any_of(rng, found).tolist()
            top, left = row * layer.step.layer.stride, column * layer.step.layer.stride
            seen = layer.received[top : top + 2, left : left + 2, number].ravel().tolist()
            window = [_rounded(value) for value in seen]
            winner = int(winners(layer)[row, column, number])
            first = int(np.argmax(window))
            width = layer.received.shape[1]
            if (top + first // 2) * width + left + first % 2 == winner and len(set(window)) == 4:
                gradient = _rounded(float(layer.arriving[row, column, number]))
                return window, gradient, f"The max pooling of layer {layer.step.index + 1}"
    window = (rng.permutation(9)[:4] / 10).tolist()
    return window, float(rng.choice((-0.3, 0.2))), "A max pooling"


def _rule_text(rule: Optimizer) -> str:
    rate = f"learning rate {rule.learning_rate:g}"
    match rule:
        case SGD(momentum=0.0):
            return f"plain SGD, {rate},"
        case SGD(nesterov=True):
            return f"SGD with Nesterov's momentum of {rule.momentum:g}, {rate},"
        case SGD():
            return f"SGD with a momentum of {rule.momentum:g}, {rate},"
        case RMSprop():
            return f"RMSprop (ρ = {rule.rho:g}, {rate})"
    return f"Adam ({rate})"


def _rule_hint(rule: Optimizer) -> str:
    match rule:
        case SGD(nesterov=True):
            return "The velocity is −η g at first; Nesterov's step is μ times that, and −η g more."
        case SGD():
            return "Minus the learning rate times the gradient; at first there is no velocity yet."
        case RMSprop():
            return "The running mean of squares is (1 − ρ) g² at first. Divide by its root."
    return "In its first step the mean over the root of the squares is the gradient's sign."


def _rule_sum(rule: Optimizer, gradient: float) -> str:
    rate, given = f"{rule.learning_rate:g}", _bracketed(gradient)
    match rule:
        case SGD(nesterov=True):
            return f"−(1 + {rule.momentum:g}) × {rate} × {given}"
        case SGD():
            return f"−{rate} × {given}"
        case RMSprop():
            return f"−{rate} × {given} / √({1 - rule.rho:g} × {given}²)"
    return f"−{rate} × {given} / √({given}²)"


def _matrix(numbers: np.ndarray) -> str:
    rows = r" \\ ".join(" & ".join(str(value) for value in row) for row in numbers.tolist())
    return rf"$$\begin{{pmatrix}} {rows} \end{{pmatrix}}$$"


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def _bracketed(number: float) -> str:
    return f"({numeral(number)})" if number < 0 else numeral(number)
