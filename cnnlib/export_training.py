"""The second half of a run as a program: the model, its training, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib import schedules
from cnnlib.keras_code import layer_code, sequential_code
from cnnlib.layers import RescaleLayer
from cnnlib.taken_run import TakenRun, first_weights_file


@dataclass(frozen=True)
class Part:
    """A step of the program: what it is called, what there is to say of it, and its code."""

    title: str
    prose: str
    code: str


def model_part(run: TakenRun) -> Part:
    training, network = run.spec.training, run.spec.network
    _, _, model = sequential_code(network).partition("\n\n")
    before = "keras.utils.set_random_seed(SEED)\n"
    prose = "The layers one by one. The seed, set just before, draws their first weights."
    if training.precision == "bfloat16":
        before += 'keras.config.set_dtype_policy("mixed_bfloat16")\n'
        prose += (
            " Layers calculate with 16-bit numbers; the probabilities at the end do not, as a loss "
            "of such coarse ones would be too coarse to learn from."
        )
        for layer in {x for x in network.layers[:-1] if isinstance(x, RescaleLayer)}:
            model = model.replace(layer_code(layer), _in_32_bits(layer_code(layer)))
        head, last, tail = model.rpartition(layer_code(network.layers[-1]))
        model = head + _in_32_bits(last) + tail
    after = "\nmodel.summary()"
    if run.has_first_weights:
        after = f"""

first = np.load(FOLDER / "{first_weights_file(run)}")
for number, layer in enumerate(model.layers):
    names = [name for name in first.files if name.startswith(f"{{number}}/")]
    layer.set_weights([first[name] for name in names])
model.summary()"""
        prose += f" The run began with other weights, those of {run.began_from or 'another run'}."
    elif run.began_from:
        prose += (
            f" The run itself began with the weights of {run.began_from}, which are not kept with "
            "it: this one will come out differently."
        )
    return Part("Model", prose, f"{before}{model}{after}")


def _in_32_bits(call: str) -> str:
    return f'{call[:-1]}, dtype="float32")'


def training_part(run: TakenRun) -> Part:
    training = run.spec.training
    prose = "Cross-entropy between the label and the probabilities is made small, batch by batch."
    before, callbacks = "", []
    if _has_rates(run):
        before = _rates(run)
        callbacks.append("Rate()")
    if run.changes:
        prose += " The learning rate was changed by hand while the run went on; so it is here."
    if training.patience:
        callbacks.append('keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE)')
        prose += " It ends early when the validation loss no longer becomes smaller."
    passed = f"    callbacks=[{', '.join(callbacks)}],\n" if callbacks else ""
    optimizer = {
        "sgd": "SGD(LEARNING_RATE)",
        "momentum": "SGD(LEARNING_RATE, momentum=0.9)",
        "nesterov": "SGD(LEARNING_RATE, momentum=0.9, nesterov=True)",
        "rmsprop": "RMSprop(LEARNING_RATE)",
        "adam": "Adam(LEARNING_RATE)",
    }[training.optimizer]
    code = f"""{before}model.compile(
    optimizer=keras.optimizers.{optimizer},
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(
    batches(),
    steps_per_epoch=BATCHES,
    epochs=EPOCHS,
    shuffle=False,
    validation_data=(x_validation, y_validation),
{passed}    verbose=2,
)"""
    return Part("Training", prose, code)


def _has_rates(run: TakenRun) -> bool:
    """Whether the learning rate is another one for different batches."""
    return run.spec.training.schedule != "constant" or bool(run.changes)


def _rates(run: TakenRun) -> str:
    """A callback that sets the learning rate of each batch, and what it goes by.

    Keras's own schedules calculate with 32-bit numbers. The differences are tiny, but they grow
    from batch to batch, and the run would not come out as it did.
    """
    training = run.spec.training
    before = after = ""
    if training.schedule != "constant":
        before = f"STEPS = {training.epochs} * BATCHES\n{_schedule(training.schedule)}\n\n"
    if run.changes:
        changes = "".join(f"    ({x.epoch}, {x.batch}): {x.learning_rate},\n" for x in run.changes)
        before = f"CHANGES = {{  # (epoch, batch): from there on\n{changes}}}\n{before}"
        after = "\n        self.rate = CHANGES.get((self.epoch + 1, batch + 1), self.rate)"
    rate = "self.rate"
    if training.schedule != "constant":
        after += "\n        step = self.epoch * BATCHES + batch"
        rate = "learning_rate_at(step, self.rate)"
    return f"""{before}class Rate(keras.callbacks.Callback):
    \"\"\"Sets the learning rate of each batch.\"\"\"

    rate = LEARNING_RATE

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):{after}
        self.model.optimizer.learning_rate = {rate}


"""


def _schedule(name: str) -> str:
    if name == "cosine":
        return """

def learning_rate_at(step, peak):
    \"\"\"From the peak to zero along half a cosine wave, over all steps.\"\"\"
    return peak * (1 + math.cos(math.pi * (step / STEPS))) / 2
"""
    start = schedules.START_SHARE
    return f"""WARM_UP = {schedules.WARM_UP_SHARE} * STEPS


def learning_rate_at(step, peak):
    \"\"\"Up to the peak in a line, then down to zero along half a cosine wave.\"\"\"
    if step < WARM_UP:
        return peak * ({start} + (1 - {start}) * step / WARM_UP)
    return peak * (1 + math.cos(math.pi * ((step - WARM_UP) / (STEPS - WARM_UP)))) / 2
"""


def result_part(run: TakenRun) -> Part:
    of_run = prose = ""
    if run.epochs:
        reached = run.epochs[-1].validation_accuracy
        of_run = f" (the run: {reached:.4f})"
        prose = f"The run itself reached {reached:.1%} on the validation images. "
    code = f"""accuracy = history.history["val_accuracy"][-1]
print(f"Validation accuracy: {{accuracy:.4f}}{of_run}")
_, accuracy = model.evaluate(scaled(x_test), y_test, verbose=0)
print(f"Test accuracy: {{accuracy:.4f}}")
model.save(FOLDER / "{run.stem}-again.keras")"""
    return Part(
        "Result",
        f"{prose}On another processor the last digits may differ: sums come out a little "
        "differently when they are added in another order.",
        code,
    )
