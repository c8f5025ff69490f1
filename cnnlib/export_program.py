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
from cnnlib.export_training import (
    Part,
    is_of_shares,
    model_part,
    result_part,
    training_part,
)
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
    if training.schedule in ("cosine", "one_cycle"):
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
    if training.weight_decay:
        lines.append(f"WEIGHT_DECAY = {training.weight_decay}")
    if training.label_smoothing:
        lines.append(f"LABEL_SMOOTHING = {training.label_smoothing}")
    if training.patience:
        lines.append(f"PATIENCE = {training.patience}")
    return Part("Settings", "The settings of the run.", "\n".join(lines))


def _data(run: TakenRun) -> Part:
    training = run.spec.training
    name = data_file(training.dataset)
    if training.is_on_disk:
        code, prose = _disk_code(training.dataset)
    elif training.source == "sample":
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


def _disk_code(dataset: str) -> tuple[str, str]:
    """Images that stay on disk: only those of a batch are read."""
    known = datasets.info(dataset)
    file = f"{dataset.partition('@')[0]}@{known.image_shape[0]}"
    code = f"""
def on_disk(split):
    path = FOLDER / f"{file}-{{split}}.npy"
    if not path.exists():
        raise SystemExit(f"{{path}} is missing: copy it from the app's data folder.")
    images = np.load(path, mmap_mode="r")
    return images, (np.arange(len(images)) % {len(known.classes)}).astype("uint8")


x_train, y_train = on_disk("train")
x_test, y_test = on_disk("test")
"""
    return code, "Images that the app drew into two files; only those of a batch are read."


def _batches(run: TakenRun) -> Part:
    training = run.spec.training
    names, is_soft = training.augmentation, is_of_shares(training)
    sources, body = "", f"yield {_images(names)}, y_train[chosen]"
    if is_soft:
        sources += f"""CLASSES = {run.spec.network.classes}


def shares(labels):
    \"\"\"Of each image the share of each class: all of its own.\"\"\"
    return np.eye(CLASSES, dtype="float32")[labels]


y_validation, y_test = shares(y_validation), shares(y_test)


"""
        body = f"yield {_images(names)}, shares(y_train[chosen])"
    if "mixup" in names:
        body = f"yield mixup({_images(names)}, shares(y_train[chosen]), random)"
    if names:
        sources += "\n\n\n".join(_source(function) for function in augmentation.functions(names))
        sources += "\n\n\n"
    if set(names) - {"mixup"}:
        alike = (name for name in names if name != "mixup")
        calls = "\n".join(f"    images = {name}(images, rng)" for name in alike)
        sources += f"def varied(images, rng):\n{calls}\n    return images\n\n\n"
    code = f"""{sources}def batches():
    \"\"\"The batches of one epoch after another, without end.\"\"\"
    for epoch in itertools.count(1):
        random = np.random.default_rng((SEED, epoch))
        order = random.permutation(train)
        for start in range(0, len(order), BATCH_SIZE):
            chosen = order[start : start + BATCH_SIZE]
            {body}


BATCHES = -(-len(train) // BATCH_SIZE)  # in an epoch, a shorter last one included
"""
    prose = "Images and labels in the order of the run, which the seed and the epoch's number give."
    if names:
        prose += " Each image is varied a little every time it is shown."
    if is_soft:
        prose += " A label is a row of shares, one for each class."
    return Part("Batches", prose, code.strip())


def _images(names: tuple[str, ...]) -> str:
    scaled = "scaled(x_train[chosen])"
    return f"varied({scaled}, random)" if set(names) - {"mixup"} else scaled


def _source(function: Callable) -> str:
    """A function's source without its doctests."""
    source = inspect.getsource(function)
    return re.sub(r"\n\n    >>> .*?\n    (?=\"\"\")", "\n    ", source, flags=re.DOTALL).strip()
