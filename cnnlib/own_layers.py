"""Three layers of one's own for Keras, to read, to set and to run.

Each class stands in a function, because Keras is imported by workers only. What a page shows is the
class's own source, followed by the lines that use it with the reader's numbers; a reader gives
numbers and nothing else, and their ranges are checked here.
"""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnlib.fields import check_fields, flag, real, whole


def scale_class() -> type:
    import keras

    class Scale(keras.layers.Layer):
        """Multiplies its input by one number, which training may change."""

        def __init__(self, start=1.0, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            self.factor = self.add_weight(
                name="factor",
                shape=(),
                initializer=keras.initializers.Constant(self.start),
            )

        def call(self, inputs):
            return self.factor * inputs

    return Scale


def sobel_class() -> type:
    import keras

    class Sobel(keras.layers.Layer):
        """Shows where a picture gets brighter; nothing in it is trained."""

        def __init__(self, angle=0.0, strength=1.0, **kwargs):
            super().__init__(**kwargs)
            self.angle = angle
            self.strength = strength

        def build(self, input_shape):
            right = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
            turn = np.radians(self.angle)
            kernel = np.cos(turn) * right + np.sin(turn) * right.T
            kernel = kernel.reshape(3, 3, 1, 1)
            self.kernel = self.add_weight(
                name="kernel",
                shape=(3, 3, input_shape[-1], 1),  # one for each channel
                initializer=keras.initializers.Constant(kernel),
                trainable=False,
            )

        def call(self, inputs):
            steps = keras.ops.depthwise_conv(inputs, self.kernel, padding="same")
            return self.strength * steps

    return Sobel


def noise_class() -> type:
    import keras

    class Noise(keras.layers.Layer):
        """Adds random numbers in training, and nothing afterwards."""

        def __init__(self, stddev=0.1, seed=0, **kwargs):
            super().__init__(**kwargs)
            self.stddev = stddev
            self.random = keras.random.SeedGenerator(seed)

        def call(self, inputs, training=False):
            if not training:
                return inputs
            noise = keras.random.normal(keras.ops.shape(inputs), seed=self.random)
            return inputs + self.stddev * noise

    return Noise


@dataclass(frozen=True)
class OwnLayer:
    """A reader's numbers for one of the three; each subclass is one of them.

    A field goes into the class's constructor, or, if it is named in `of_call`, into the call.
    """

    title: ClassVar[str] = ""
    make_class: ClassVar[Callable[[], type]]
    of_call: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def settings(self) -> dict[str, float | int]:
        """What the class's constructor is given."""
        return {k: v for k, v in dataclasses.asdict(self).items() if k not in self.of_call}

    @property
    def call_settings(self) -> dict[str, bool]:
        """What a call is given besides the images."""
        return {name: getattr(self, name) for name in self.of_call}

    def make(self) -> Any:
        """A layer of the class with these settings. Worker only."""
        return type(self).make_class()(**self.settings)

    def code(self) -> str:
        """Python that makes the layer and applies it to `images`, as one would write it.

        >>> print(Noise(stddev=0.2, training=True).code().split("\\n\\n\\n")[-1])
        layer = Noise(stddev=0.2, seed=0)
        outputs = layer(images, training=True)
        """
        source = textwrap.dedent(inspect.getsource(type(self).make_class))
        body = source.partition("    class ")[2].rpartition("\n    return ")[0]
        written = textwrap.dedent(f"    class {body}").rstrip()
        imports = "import keras\nimport numpy as np" if "np." in written else "import keras"
        name = type(self).__name__
        arguments = ", ".join(f"{key}={value}" for key, value in self.settings.items())
        passed = "".join(f", {key}={value}" for key, value in self.call_settings.items())
        use = f"layer = {name}({arguments})\noutputs = layer(images{passed})"
        return f"{imports}\n\n\n{written}\n\n\n{use}"


@dataclass(frozen=True)
class Scale(OwnLayer):
    """One trainable factor."""

    title: ClassVar[str] = "A trainable factor"
    make_class = staticmethod(scale_class)
    start: float = real(1.5, -3.0, 3.0)


@dataclass(frozen=True)
class Sobel(OwnLayer):
    """A fixed kernel; `angle` in degrees, 0 for brighter to the right, 90 for brighter below."""

    title: ClassVar[str] = "A fixed kernel"
    make_class = staticmethod(sobel_class)
    angle: float = real(0.0, 0.0, 360.0)
    strength: float = real(0.5, 0.1, 2.0)


@dataclass(frozen=True)
class Noise(OwnLayer):
    """Noise of standard deviation `stddev`, while `training` only."""

    title: ClassVar[str] = "Noise that only trains"
    make_class = staticmethod(noise_class)
    of_call: ClassVar[tuple[str, ...]] = ("training",)
    stddev: float = real(0.1, 0.0, 1.0)
    seed: int = whole(0, 0, 99)
    training: bool = flag(True)


OWN_LAYERS: dict[str, type[OwnLayer]] = {"scale": Scale, "sobel": Sobel, "noise": Noise}
