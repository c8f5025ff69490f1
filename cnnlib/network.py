"""A network that runs in NumPy: a spec and its weights, forward and backward, to a file and back.

What it computes is what Keras computes for the same weights, within 1e-4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cnnlib import archive
from cnnlib.activations import softmax
from cnnlib.archive import NetworkError, Target
from cnnlib.convolution import dense, softmax_cross_entropy
from cnnlib.passes import Step, Weights, backward, forward, pre_activation, steps
from cnnlib.spec import NetworkSpec

__all__ = ["Gradients", "Network", "NetworkError"]

# Feature maps of the widest layer that `predict` holds at a time; the cache likes them small.
BATCH_BYTES = 16_000_000


@dataclass(frozen=True)
class Gradients:
    """What a change of each number does to the mean loss of a batch.

    `loss`: the mean cross-entropy. `weights`: for each layer the gradients of its trainable
    weights, by name. `inputs`: for each layer the gradient of what goes into it, in that array's
    shape; `inputs[0]` is that of the images.
    """

    loss: float
    weights: tuple[Weights, ...]
    inputs: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """A spec and its weights: a dict of float32 arrays for each layer, as `weight_shapes` names.

    Convolution {"kernel": (height, width, channels, filters), "bias": (filters,)}, dense
    {"kernel": (inputs, units), "bias": (units,)}, batch normalisation {"gamma", "beta",
    "moving_mean", "moving_variance"}, each (channels,); other layers {}. The arrays are copied and
    frozen: nothing changes a network, so any number of threads may use it.

    Raises SpecError for a spec that cannot be built and NetworkError for weights that do not fit.
    Weights that are not finite are let in: a training that blew up leaves such.
    """

    spec: NetworkSpec
    weights: tuple[Weights, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _checked_weights(self.spec, self.weights))

    @classmethod
    def initial(cls, spec: NetworkSpec, seed: int = 0) -> Network:
        """A network as Keras starts it: Glorot-uniform kernels, biases 0, normalisation neutral.

        Kernels are uniform within +-sqrt(6 / (fan in + fan out)) (X. Glorot and Y. Bengio,
        "Understanding the difficulty of training deep feedforward neural networks", 2010).
        """
        rng = np.random.default_rng(seed)
        return cls(
            spec,
            tuple(
                {
                    name: _initial(rng, name, shape)
                    for name, shape in step.layer.weight_shapes(step.input_shape).items()
                }
                for step in spec.trace()
            ),
        )

    def predict(self, images: np.ndarray, *, batch_size: int | None = None) -> np.ndarray:
        """Probabilities (batch, classes) for images (batch, height, width, channels) in [0, 1].

        `batch_size` images are run at a time; by default as many as keep memory small.
        """
        scores = self.logits(images, batch_size=batch_size)
        with np.errstate(all="ignore"):
            return softmax(scores, out=scores)

    def logits(self, images: np.ndarray, *, batch_size: int | None = None) -> np.ndarray:
        """The scores (batch, classes) that softmax turns into probabilities."""
        images = self._checked_images(images)
        scores = np.empty((len(images), self.spec.layers[-1].units), np.float32)
        with np.errstate(all="ignore"):  # weights that are not finite speak for themselves
            for part in self._parts(len(images), batch_size):
                scores[part] = self._last_scores(self._hidden(images[part]))
        return scores

    def features(self, images: np.ndarray, *, batch_size: int | None = None) -> np.ndarray:
        """What the last layer works on, (batch, numbers): all that the others made of an image."""
        images = self._checked_images(images)
        found = np.empty((len(images), len(self.weights[-1]["kernel"])), np.float32)
        with np.errstate(all="ignore"):
            for part in self._parts(len(images), batch_size):
                found[part] = self._hidden(images[part])
        return found

    def activations(self, images: np.ndarray) -> tuple[np.ndarray, ...]:
        """Each layer's output for the images, batch first; the last are the probabilities.

        A layer that changes nothing gives the array of the layer before it.
        """
        x, outputs = self._checked_images(images), []
        with np.errstate(all="ignore"):
            for layer, weights in zip(self.spec.layers, self.weights, strict=True):
                x = forward(layer, weights, x)
                outputs.append(x)
        return tuple(outputs)

    def pre_activations(self, images: np.ndarray) -> tuple[np.ndarray, ...]:
        """Each layer's numbers before its activation function; its output where it has none."""
        images = self._checked_images(images)
        inputs = (images, *self.activations(images)[:-1])
        with np.errstate(all="ignore"):
            return tuple(
                pre_activation(layer, weights, x)
                for layer, weights, x in zip(self.spec.layers, self.weights, inputs, strict=True)
            )

    def backward(self, images: np.ndarray, labels: np.ndarray) -> Gradients:
        """Gradients of the mean cross-entropy of the images with their labels (batch,)."""
        images = self._checked_images(images)
        inputs = self._inputs(images)
        with np.errstate(all="ignore"):
            loss, grad = softmax_cross_entropy(self._last_scores(inputs[-1]), labels)
        to_inputs, to_weights = zip(*self._backward(inputs, grad, with_weights=True), strict=True)
        return Gradients(loss, to_weights[::-1], to_inputs[::-1])

    def input_gradient(
        self,
        images: np.ndarray,
        class_index: int | Sequence[int] | np.ndarray,
        *,
        batch_size: int | None = None,
    ) -> np.ndarray:
        """What a change of each pixel does to one class's logit: an array like `images`.

        `class_index` is one class for all images, or one for each.
        """
        images = self._checked_images(images)
        chosen = self._checked_classes(class_index, len(images))
        result = np.empty_like(images)
        for part in self._parts(len(images), batch_size):
            inputs = self._inputs(images[part])
            grad = np.zeros((len(inputs[0]), self.spec.layers[-1].units), np.float32)
            grad[np.arange(len(grad)), chosen[part]] = 1
            *_, (result[part], _) = self._backward(inputs, grad, with_weights=False)
        return result

    def save(self, target: Target, *, dtype: str = "float32") -> None:
        """Write an .npz file: the spec as JSON, and the weights as float32 or float16.

        `target` is a path, which is replaced whole or not at all, or an open binary file.
        """
        archive.write(target, self.spec, self.weights, dtype)

    @classmethod
    def load(cls, source: Target, *, allow_non_finite: bool = False) -> Network:
        """Read what `save` wrote, from a path or an open binary file.

        The file need not be trusted: whatever is wrong with it becomes a NetworkError.
        """
        return cls(*archive.read(source, allow_non_finite=allow_non_finite))

    @cached_property
    def _hidden_steps(self) -> tuple[Step, ...]:
        """All layers but the last, merged where that saves work."""
        with np.errstate(all="ignore"):
            return steps(self.spec.layers[:-1], self.weights[:-1])

    @cached_property
    def _image_bytes(self) -> int:
        """Bytes of one image's largest feature maps."""
        shapes = [self.spec.input_shape, *(step.output_shape for step in self.spec.trace())]
        return 4 * max(int(np.prod(shape)) for shape in shapes)

    def _parts(self, count: int, batch_size: int | None) -> Iterator[slice]:
        size = max(1, BATCH_BYTES // self._image_bytes) if batch_size is None else batch_size
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise NetworkError(f"batch_size must be a whole number from 1; it is {size!r:.40}.")
        return (slice(first, first + size) for first in range(0, count, size))

    def _inputs(self, images: np.ndarray) -> tuple[np.ndarray, ...]:
        """What goes into each layer."""
        inputs = [images]
        with np.errstate(all="ignore"):
            for layer, weights in zip(self.spec.layers[:-1], self.weights[:-1], strict=True):
                inputs.append(forward(layer, weights, inputs[-1]))
        return tuple(inputs)

    def _hidden(self, x: np.ndarray) -> np.ndarray:
        for step in self._hidden_steps:
            x = step(x)
        return x

    def _last_scores(self, x: np.ndarray) -> np.ndarray:
        return dense(x, self.weights[-1]["kernel"], self.weights[-1].get("bias"))

    def _backward(
        self, inputs: tuple[np.ndarray, ...], grad: np.ndarray, *, with_weights: bool
    ) -> Iterator[tuple[np.ndarray, Weights]]:
        """From the last layer to the first, the gradients of its input and of its weights.

        `grad` is with respect to the logits, so the last layer's softmax is left out.
        """
        layers = (*self.spec.layers[:-1], replace(self.spec.layers[-1], activation="linear"))
        outputs = (*inputs[1:], grad)  # a linear layer's gradient needs no output
        for layer, weights, x, y in zip(
            layers[::-1], self.weights[::-1], inputs[::-1], outputs[::-1], strict=True
        ):
            with np.errstate(all="ignore"):
                grad, to_weights = backward(layer, weights, grad, x, y, with_weights=with_weights)
            yield grad, to_weights

    def _checked_images(self, images: np.ndarray) -> np.ndarray:
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != self.spec.input_shape:
            height, width, channels = self.spec.input_shape
            raise NetworkError(
                f"this network takes images of shape (batch, {height}, {width}, {channels}); "
                f"got {images.shape}."
            )
        if images.dtype.kind != "f":
            raise NetworkError(
                f"images must be floats, usually from 0 to 1; got {images.dtype}. "
                "Divide bytes by 255."
            )
        return np.ascontiguousarray(images, np.float32)

    def _checked_classes(self, class_index: int | Sequence[int] | np.ndarray, count: int):
        chosen = np.asarray(class_index)
        classes = self.spec.layers[-1].units
        whole = chosen.dtype.kind in "iu" and chosen.shape in ((), (count,))
        if not whole or (chosen.size and not (chosen.min() >= 0 and chosen.max() < classes)):
            raise NetworkError(
                f"class_index must be from 0 to {classes - 1}, one for all {count} images or one "
                f"for each; it is {class_index!r:.60}."
            )
        return np.broadcast_to(chosen, (count,))


def _initial(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name == "kernel":
        *window, inputs, outputs = shape
        limit = np.sqrt(6 / (np.prod(window) * (inputs + outputs)))
        return rng.uniform(-limit, limit, shape).astype(np.float32)
    fill = np.ones if name in ("gamma", "moving_variance") else np.zeros
    return fill(shape, np.float32)


def _checked_weights(spec: NetworkSpec, weights: Sequence[Weights]) -> tuple[Weights, ...]:
    """Frozen copies of the weights, in the spec's order of names; NetworkError if they misfit."""
    shapes = [step.layer.weight_shapes(step.input_shape) for step in spec.trace()]
    if len(weights) != len(shapes):
        raise NetworkError(
            f"{len(shapes)} layers need as many dicts of weights; got {len(weights)}."
        )
    checked = []
    for index, (arrays, expected) in enumerate(zip(weights, shapes, strict=True)):
        layer = f"layer {index + 1} ({spec.layers[index].title})"
        if set(arrays) != set(expected):
            raise NetworkError(
                f"{layer} needs the weights {sorted(expected)}; got {sorted(arrays)}."
            )
        checked.append({n: _frozen(arrays[n], f"{n} of {layer}", expected[n]) for n in expected})
    return tuple(checked)


def _frozen(array: np.ndarray, name: str, shape: tuple[int, ...]) -> np.ndarray:
    array = np.asarray(array)
    if array.shape != shape or array.dtype != np.float32:
        raise NetworkError(
            f"{name} must be float32 of shape {shape}; got {array.dtype} of shape {array.shape}."
        )
    frozen = np.array(array, np.float32, order="C")
    frozen.setflags(write=False)
    return frozen
