"""The second half of a run as a program: the model, its training, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib import schedules
from cnnlib.keras_code import layer_code, sequential_code
from cnnlib.layers import RescaleLayer
from cnnlib.spec import NOT_DECAYED, TrainingSpec
from cnnlib.start import started_layers
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
    layer.set_weights([first[name] for name in names])"""
        source = run.began_from or "another run"
        if training.start:
            source = f"the shipped {training.start} network, as far as its layers are alike"
        prose += f" The run began with other weights, those of {source}."
        if training.frozen:
            count = started_layers(run.spec)
            after += f"""
for layer in model.layers[:{count}]:
    layer.trainable = False"""
            prose += f" Its first {count} layers do not learn."
    elif run.began_from:
        prose += (
            f" The run itself began with the weights of {run.began_from}, which are not kept with "
            "it: this one will come out differently."
        )
    if run.has_first_weights:
        after += "\nmodel.summary()"
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
        # The loss itself is of smoothed labels, the run waited for that of plain ones.
        watched = "val_categorical_crossentropy" if is_of_shares(training) else "val_loss"
        mode = ', mode="min"' if is_of_shares(training) else ""
        callbacks.append(f'keras.callbacks.EarlyStopping("{watched}", patience=PATIENCE{mode})')
        prose += " It ends early when the validation loss no longer becomes smaller."
    if training.averaging:
        before += _average(training.averaging)
        callbacks.append("Average()")
        prose += " What is kept is a moving average of the weights."
    passed = f"    callbacks=[{', '.join(callbacks)}],\n" if callbacks else ""
    loss, metrics = '"sparse_categorical_crossentropy"', '["accuracy"]'
    if is_of_shares(training):
        smoothed = "label_smoothing=LABEL_SMOOTHING" if training.label_smoothing else ""
        loss = f"keras.losses.CategoricalCrossentropy({smoothed})"
        metrics = '["accuracy", "categorical_crossentropy"]'
    if training.label_smoothing:
        prose += " Of each label a small share is dealt out to all classes."
    if training.weight_decay:
        prose += " With each step kernels also shrink a little; biases and normalisations do not."
    code = f"""{before}{_optimizer(training)}
model.compile(
    optimizer=optimizer,
    loss={loss},
    metrics={metrics},
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


def is_of_shares(training: TrainingSpec) -> bool:
    """Whether labels are shares of all classes, instead of one class's number."""
    return training.label_smoothing > 0 or "mixup" in training.augmentation


def _optimizer(training: TrainingSpec) -> str:
    decay = ", weight_decay=WEIGHT_DECAY" if training.weight_decay else ""
    call = {
        "sgd": f"SGD(LEARNING_RATE{decay})",
        "momentum": f"SGD(LEARNING_RATE, momentum=0.9{decay})",
        "nesterov": f"SGD(LEARNING_RATE, momentum=0.9, nesterov=True{decay})",
        "rmsprop": f"RMSprop(LEARNING_RATE{decay})",
        "adam": f"Adam(LEARNING_RATE{decay})",
    }[training.optimizer]
    line = f"optimizer = keras.optimizers.{call}"
    if training.weight_decay:
        line += f"\noptimizer.exclude_from_weight_decay(var_names={list(NOT_DECAYED)})"
    return line


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


def _average(kept: float) -> str:
    """A callback that averages the weights and puts the average in their place to be tested.

    Keras's own averaging leaves the statistics of normalisations out.
    """
    return f"""class Average(keras.callbacks.Callback):
    \"\"\"Keeps a moving average of all weights; each step leaves {kept} of it.\"\"\"

    def on_train_begin(self, logs=None):
        self.variables = [x for layer in self.model.layers for x in layer.weights]
        self.means = [variable.numpy() for variable in self.variables]
        self.step = 0

    def on_train_batch_end(self, batch, logs=None):
        kept = np.float32(min({kept}, (1 + self.step) / (10 + self.step)))
        self.step += 1
        for number, variable in enumerate(self.variables):
            self.means[number] = kept * self.means[number] + (1 - kept) * variable.numpy()

    def put(self, values):
        for variable, value in zip(self.variables, values):
            variable.assign(value)

    def on_test_begin(self, logs=None):
        self.own = [variable.numpy() for variable in self.variables]
        self.put(self.means)

    def on_test_end(self, logs=None):
        self.put(self.own)

    def on_train_end(self, logs=None):
        self.put(self.means)


"""


def _schedule(name: str) -> str:
    if name == "step":
        return f"""

def learning_rate_at(step, peak):
    \"\"\"Down to a tenth after half of all steps, and again after three quarters.\"\"\"
    return peak * {schedules.STEP_FACTOR} ** sum(
        step >= share * STEPS for share in {schedules.STEP_SHARES}
    )
"""
    if name == "range":
        return f"""

def learning_rate_at(step, peak):
    \"\"\"Up to the peak, by the same factor at each step.\"\"\"
    return peak * {schedules.LEAST_SHARE} ** (1 - step / max(1, STEPS - 1))
"""
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
accuracy = model.evaluate(scaled(x_test), y_test, verbose=0)[1]
print(f"Test accuracy: {{accuracy:.4f}}")
model.save(FOLDER / "{run.stem}-again.keras")"""
    return Part(
        "Result",
        f"{prose}On another processor the last digits may differ: sums come out a little "
        "differently when they are added in another order.",
        code,
    )
