"""A run as a program of its own: plain Keras, cut into parts that a script or a notebook shows.

It repeats the run from the same data and seed: the same images are held back, the same first
weights are drawn, and the batches come in the same order, varied by the same chance. It needs
Keras on TensorFlow and NumPy, and nothing of ours: what Keras has no function for is written out,
and only when the run used it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from cnnlib import augmentation, datasets
from cnnlib.export_training import Part, model_part, result_part, training_part
from cnnlib.taken_run import TakenRun, data_file

NUMBERS = {"digits": "mnist", "cifar10": "cifar10"}  # what keras.datasets calls them
PROJECT = "Convolution neural networks made easy with Keras"


def program(run: TakenRun, folder: str) -> tuple[Part, ...]:
    """The parts in order. `folder` is a Python expression for where the files beside it lie."""
    parts = [_settings(run, folder), _data(run), _split(run), _batches(run), model_part(run)]
    return (*parts, training_part(run), result_part(run))


def _settings(run: TakenRun, folder: str) -> Part:
    training = run.spec.training
    modules = ["import itertools", "from pathlib import Path", "", "import keras"]
    if training.schedule != "constant":
        modules.insert(1, "import math")
    cut = run.epochs_to_train < training.epochs
    asked = f"  # of {training.epochs} that it was asked for" if cut else ""
    lines = [
        *modules,
        "import numpy as np",
        "from keras import layers",
        "",
        f"FOLDER = {folder}",
        f"SEED = {training.seed}",
        f"IMAGE_COUNT = {training.image_count}",
        f"VALIDATION_SHARE = {training.validation_share}",
        f"BATCH_SIZE = {training.batch_size}",
        f"EPOCHS = {run.epochs_to_train}{asked}",
        f"LEARNING_RATE = {training.learning_rate}",
    ]
    if training.label_noise:
        lines.append(f"LABEL_NOISE = {training.label_noise}")
    if training.patience:
        lines.append(f"PATIENCE = {training.patience}")
    return Part("Settings", "The settings of the run.", "\n".join(lines))


def _data(run: TakenRun) -> Part:
    training = run.spec.training
    name = data_file(training.dataset)
    if training.source == "sample":
        code = f"""
DATA = FOLDER / "{name}"
if not DATA.exists():
    raise SystemExit(f"{{DATA}} is missing: download it where this program comes from.")
data = np.load(DATA)
x_train, y_train = data["x_train"], data["y_train"]
x_test, y_test = data["x_test"], data["y_test"]
"""
        prose = f"The app's own selection of images, which lies in {name}."
    else:
        shape = {
            "digits": "x_train, x_test = x_train[..., np.newaxis], x_test[..., np.newaxis]",
            "cifar10": "y_train, y_test = y_train.ravel(), y_test.ravel()",
        }[training.dataset]
        loader = f"keras.datasets.{NUMBERS[training.dataset]}.load_data()"
        code = f"(x_train, y_train), (x_test, y_test) = {loader}\n{shape}\n"
        prose = "The full set, which Keras downloads when it is needed for the first time."
    code += """

def scaled(images):
    \"\"\"Bytes from 0 to 255 as numbers from 0 to 1.\"\"\"
    return images.astype("float32") / np.float32(255)
"""
    return Part(
        "Data",
        f"{prose} Images are bytes (count, height, width, channels), labels numbers from 0.",
        code.strip(),
    )


def _split(run: TakenRun) -> Part:
    code = f"""
{_source(datasets.by_turns)}


random = np.random.default_rng(SEED)
chosen = by_turns(y_train, random)[:IMAGE_COUNT]
held_back = max(1, round(IMAGE_COUNT * VALIDATION_SHARE))
train, validation = random.permutation(chosen[held_back:]), np.sort(chosen[:held_back])
x_validation, y_validation = scaled(x_train[validation]), y_train[validation]
"""
    prose = (
        "The images to train on and those held back for validation, the same as in the run, in "
        "equal shares from each class as far as they go."
    )
    if run.spec.training.label_noise:
        code += f"""
random = np.random.default_rng((SEED, 0, 1))
wrong = random.choice(train, round(LABEL_NOISE * len(train)), replace=False)
steps = random.integers(1, {run.spec.network.classes}, len(wrong))
y_train = y_train.copy()
y_train[wrong] = (y_train[wrong].astype(np.int64) + steps) % {run.spec.network.classes}
"""
        prose += " Then some of the labels to train with are made wrong on purpose."
    return Part("Training and validation", prose, code.strip())


def _batches(run: TakenRun) -> Part:
    names = run.spec.training.augmentation
    sources, images = "", "scaled(x_train[chosen])"
    if names:
        images = "varied(scaled(x_train[chosen]), random)"
        sources = "\n\n\n".join(map(_source, augmentation.functions(names)))
        calls = "\n".join(f"    images = {name}(images, rng)" for name in names)
        sources += f"\n\n\ndef varied(images, rng):\n{calls}\n    return images\n\n\n"
    code = f"""{sources}def batches():
    \"\"\"The batches of one epoch after another, without end.\"\"\"
    for epoch in itertools.count(1):
        random = np.random.default_rng((SEED, epoch))
        order = random.permutation(train)
        for start in range(0, len(order), BATCH_SIZE):
            chosen = order[start : start + BATCH_SIZE]
            yield {images}, y_train[chosen]


BATCHES = -(-len(train) // BATCH_SIZE)  # in an epoch, a shorter last one included
"""
    prose = "Images and labels in the order of the run, which the seed and the epoch's number give."
    if names:
        prose += " Each image is varied a little every time it is shown."
    return Part("Batches", prose, code.strip())


def _source(function: Callable) -> str:
    """A function's source without its doctests."""
    source = inspect.getsource(function)
    return re.sub(r"\n\n    >>> .*?\n    (?=\"\"\")", "\n    ", source, flags=re.DOTALL).strip()
