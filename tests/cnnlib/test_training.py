"""A training run repeats, resumes, stops and learns; its steps are the textbook's."""

from __future__ import annotations

import dataclasses
import io
from itertools import pairwise

import numpy as np
import pytest

from cnnlib import trainer as trainer_module
from cnnlib.augmentation import augment
from cnnlib.datasets import Dataset, DatasetError, scale
from cnnlib.keras_model import build
from cnnlib.network import Network
from cnnlib.scaling import with_scaling
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    NetworkSpec,
    PoolLayer,
    RunSpec,
    SpecError,
    TrainingSpec,
)
from cnnlib.training import (
    BatchEvent,
    DoneEvent,
    EpochEvent,
    Order,
    RateEvent,
    SnapshotEvent,
    StepDetail,
    Trainer,
    train,
)

TIMES = {"seconds", "images_per_second", "memory_bytes", "reading_seconds"}


def figures(event):
    """What must be the same whenever a run is repeated: all but the times."""
    if isinstance(event, SnapshotEvent):
        arrays = [array.tobytes() for array in event.state.values()] + [
            array.tobytes() for layer in event.weights for array in layer.values()
        ]
        return ("snapshot", event.epoch, arrays)
    values = {k: v for k, v in dataclasses.asdict(event).items() if k not in TIMES}
    return (type(event).__name__, values)


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def changed(run, **values):
    return dataclasses.replace(run, training=dataclasses.replace(run.training, **values))


@pytest.fixture(scope="module")
def eventful(tiny_run):
    """A run with everything that could go another way: dropout, normalisation, variations, a
    schedule, decay, mixed and smoothed labels, averaged weights, an optimizer with a memory, a
    last batch that is not full."""
    network = NetworkSpec(
        (28, 28, 1),
        (
            ConvLayer(4, 3, 2, "valid", "linear", use_bias=False),
            BatchNormLayer(),
            PoolLayer(),
            DropoutLayer(0.25),
            FlattenLayer(),
            DenseLayer(10, "softmax"),
        ),
    )
    run = changed(
        tiny_run,
        epochs=3,
        augmentation=("affine", "shift", "mixup"),
        schedule="one_cycle",
        weight_decay=0.01,
        label_smoothing=0.1,
        averaging=0.9,
    )
    return dataclasses.replace(run, network=network)


@pytest.fixture(scope="module")
def unbroken(keras, eventful, few_digits):
    """All events of the eventful run."""
    return list(train(eventful, few_digits))


@pytest.fixture
def trainer(keras, tiny_run, few_digits):
    return Trainer(tiny_run, few_digits)


def test_events_come_in_their_order(unbroken):
    kinds = [type(event).__name__.removesuffix("Event") for event in unbroken]
    epoch = ["Batch"] * 4 + ["Snapshot", "Epoch"]
    assert kinds == ["Snapshot", *epoch * 3, "Done"]
    batches = of_kind(unbroken, BatchEvent)
    assert [(b.epoch, b.batch) for b in batches] == [(e, n) for e in (1, 2, 3) for n in range(1, 5)]
    assert {b.batches for b in batches} == {4}
    assert [e.epoch for e in of_kind(unbroken, EpochEvent)] == [1, 2, 3]
    assert [s.epoch for s in of_kind(unbroken, SnapshotEvent)] == [0, 1, 2, 3]
    done = unbroken[-1]
    assert (done.epochs, done.ending) == (3, "finished")


def test_times_are_measured(unbroken):
    timed = [event for event in unbroken if not isinstance(event, SnapshotEvent)]
    assert all(a.seconds <= b.seconds for a, b in pairwise(timed))
    for event in of_kind(unbroken, EpochEvent):
        assert event.images_per_second > 108 / event.seconds


def test_batches_tell_the_memory_and_that_nothing_was_read_from_disk(unbroken):
    for event in of_kind(unbroken, BatchEvent):
        assert 1e8 < event.memory_bytes < 1e11  # Keras alone takes some hundred megabytes
        assert event.reading_seconds == 0.0
    assert all(1e8 < event.memory_bytes < 1e11 for event in of_kind(unbroken, EpochEvent))


def test_the_figures_of_an_epoch_are_the_means_over_its_images(unbroken):
    for epoch in of_kind(unbroken, EpochEvent):
        batches = [b for b in of_kind(unbroken, BatchEvent) if b.epoch == epoch.epoch]
        sizes = [32, 32, 32, 12]
        loss = np.average([b.loss for b in batches], weights=sizes)
        accuracy = np.average([b.accuracy for b in batches], weights=sizes)
        assert epoch.loss == pytest.approx(loss, rel=1e-9)
        assert epoch.accuracy == pytest.approx(accuracy, rel=1e-9)


def test_the_same_spec_gives_the_same_numbers_again(unbroken, eventful, few_digits):
    again = list(train(eventful, few_digits))
    assert list(map(figures, again)) == list(map(figures, unbroken))


def test_another_seed_gives_other_weights_and_other_images(eventful, few_digits, unbroken):
    other = Trainer(changed(eventful, seed=8), few_digits)
    first = other.snapshot(0)
    assert not np.array_equal(first.weights[0]["kernel"], unbroken[0].weights[0]["kernel"])
    mine = Trainer(eventful, few_digits)
    assert not np.array_equal(np.sort(mine.train_indices), np.sort(other.train_indices))


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_resumed_run_goes_on_exactly_as_the_unbroken_one(unbroken, eventful, few_digits, epoch):
    snapshot = of_kind(unbroken, SnapshotEvent)[epoch]
    file = io.BytesIO()
    np.savez(file, **snapshot.state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as kept:
        state = dict(kept)
    resumed = list(train(eventful, few_digits, resume=(epoch, state)))
    rest = unbroken[1 + 6 * epoch :]
    assert list(map(figures, resumed)) == list(map(figures, rest))


def test_a_finished_run_that_is_resumed_is_done_at_once(unbroken, eventful, few_digits):
    state = of_kind(unbroken, SnapshotEvent)[-1].state
    (only,) = train(eventful, few_digits, resume=(3, state))
    assert (only.epochs, only.ending) == (3, "finished")


def test_snapshots_are_arrays_and_copies(trainer):
    first = trainer.snapshot(0)
    assert {type(array) for array in first.state.values()} == {np.ndarray}
    kept = figures(first)
    for batch in trainer.batches(1):
        trainer.step(batch)
    assert figures(first) == kept
    trainer.restore(first.state)
    assert figures(trainer.snapshot(0)) == kept


def test_batch_normalisation_learns_from_each_batch_but_not_from_validation(
    keras, eventful, few_digits
):
    trainer = Trainer(eventful, few_digits)
    convolution, normalisation = trainer.model.layers[:2]
    batch = next(trainer.batches(1))
    maps = convolution(batch.images).numpy()
    trainer.step(batch)
    mean = normalisation.moving_mean.numpy()
    # A tenth of the batch's, and nine tenths of the 0 and 1 they start from.
    np.testing.assert_allclose(mean, 0.1 * maps.mean(axis=(0, 1, 2)), rtol=1e-4, atol=1e-7)
    variance = 0.9 + 0.1 * maps.var(axis=(0, 1, 2))
    np.testing.assert_allclose(normalisation.moving_variance.numpy(), variance, rtol=1e-4)
    trainer.evaluate()
    np.testing.assert_array_equal(normalisation.moving_mean.numpy(), mean)


def test_dropout_drops_others_each_time_while_training_and_none_in_validation(
    keras, tiny_run, few_digits
):
    network = NetworkSpec(
        (28, 28, 1), (FlattenLayer(), DropoutLayer(0.5), DenseLayer(10, "softmax"))
    )
    run = changed(dataclasses.replace(tiny_run, network=network), optimizer="sgd")
    trainer = Trainer(run, few_digits)
    batch = next(trainer.batches(1))
    trainer.peak_rate = 0.0
    losses = [trainer.step(batch)[0] for _ in range(3)]
    assert len(set(losses)) == 3
    assert trainer.evaluate() == trainer.evaluate()


def asked(times):
    """An `ask` that says stop when it has been asked about more than so many batches."""
    count = iter(range(times))

    def ask(validating):
        return Order("stopped" if not validating and next(count, None) is None else "")

    return ask


def test_a_run_stopped_within_an_epoch_keeps_what_it_has_learned(tiny_run, few_digits, keras):
    events = list(train(tiny_run, few_digits, ask=asked(2)))
    kinds = [type(event) for event in events]
    assert kinds == [SnapshotEvent, BatchEvent, BatchEvent, SnapshotEvent, DoneEvent]
    before, after = of_kind(events, SnapshotEvent)
    assert (before.epoch, after.epoch) == (0, 1)
    assert not np.array_equal(before.weights[0]["kernel"], after.weights[0]["kernel"])
    assert (events[-1].epochs, events[-1].ending) == (0, "stopped")


@pytest.mark.parametrize("batches", [0, 4])
def test_a_run_stopped_between_epochs_has_nothing_more_to_keep(
    tiny_run, few_digits, keras, batches
):
    events = list(train(tiny_run, few_digits, ask=asked(batches)))
    epochs = batches // 4
    assert [s.epoch for s in of_kind(events, SnapshotEvent)] == list(range(epochs + 1))
    assert len(of_kind(events, BatchEvent)) == batches
    assert (events[-1].epochs, events[-1].ending) == (epochs, "stopped")


def test_it_learns(tiny_network, digits, keras):
    spec = TrainingSpec(image_count=1_000, batch_size=50, epochs=5, learning_rate=0.01)
    epochs = of_kind(train(RunSpec(tiny_network, spec), digits), EpochEvent)
    # Ten classes by chance: a loss of ln 10 = 2.30 and an accuracy of 0.10.
    assert epochs[-1].loss < 1.2
    assert epochs[-1].loss < epochs[0].loss
    assert epochs[-1].validation_loss < epochs[0].validation_loss < 2.31
    assert epochs[-1].validation_accuracy > 0.6


def test_a_network_that_knows_nothing_has_the_loss_of_guessing(trainer):
    output = trainer.model.layers[-1]
    output.kernel.assign(np.zeros(output.kernel.shape))
    batch = next(trainer.batches(1))
    loss, correct = trainer.step(batch)
    assert loss == pytest.approx(np.log(10), rel=1e-6)
    assert correct == np.count_nonzero(batch.labels == 0)  # of ten equal answers the first counts


# The optimizers as their papers and Keras's documentation give them, in NumPy: what to subtract
# from a weight, given its gradients so far and a learning rate.
def sgd(gradients, rate):
    return rate * gradients[-1]


def momentum(gradients, rate):
    speed = 0.0
    for gradient in gradients:
        speed = 0.9 * speed + rate * gradient
    return speed


def rmsprop(gradients, rate):
    mean_square = 0.0
    for gradient in gradients:
        mean_square = 0.9 * mean_square + 0.1 * gradient**2
    return rate * gradients[-1] / np.sqrt(mean_square + 1e-7)


def adam(gradients, rate):
    """Kingma and Ba 2015 (arXiv:1412.6980), with the epsilon of the end of section 2."""
    mean = mean_square = 0.0
    for gradient in gradients:
        mean = 0.9 * mean + 0.1 * gradient
        mean_square = 0.999 * mean_square + 0.001 * gradient**2
    steps = len(gradients)
    corrected = rate * np.sqrt(1 - 0.999**steps) / (1 - 0.9**steps)
    return corrected * mean / (np.sqrt(mean_square) + 1e-7)


def gradients_of(keras, spec, weights, images, labels):
    """The mean cross-entropy and its gradients, written out, as float64 arrays."""
    import tensorflow as tf

    model = build(spec.network)
    model.set_weights(weights)
    with tf.GradientTape() as tape:
        probabilities = model(images, training=False)
        mine = tf.gather(probabilities, labels.astype(np.int32), axis=1, batch_dims=1)
        loss = -tf.reduce_mean(tf.math.log(mine))
    gradients = tape.gradient(loss, model.trainable_variables)
    return float(loss), [gradient.numpy().astype(np.float64) for gradient in gradients]


@pytest.mark.parametrize("rule", [sgd, momentum, rmsprop, adam], ids=lambda rule: rule.__name__)
def test_each_optimizer_steps_as_its_formula_says(keras, tiny_run, few_digits, rule):
    network = NetworkSpec(
        (28, 28, 1),
        (ConvLayer(4, 5, 4, activation="tanh"), FlattenLayer(), DenseLayer(10, "softmax")),
    )
    spec = RunSpec(
        network,
        dataclasses.replace(
            tiny_run.training, optimizer=rule.__name__, learning_rate=0.01, schedule="cosine"
        ),
    )
    trainer = Trainer(spec, few_digits)
    history = []
    for batch in trainer.batches(1):
        step, images, labels = batch.number, batch.images, batch.labels
        before = [weight.numpy() for weight in trainer.model.weights]
        expected_loss, gradients = gradients_of(keras, spec, before, images, labels)
        history.append(gradients)
        loss, correct = trainer.step(batch)
        assert loss == pytest.approx(expected_loss, rel=1e-4)
        assert 0 <= correct <= len(labels)
        rate = learning_rate_at("cosine", 0.01, step - 1, 8)
        for n, weight in enumerate(trainer.model.trainable_variables):
            if rule is momentum:
                # Keras keeps the speed itself, so that it remembers the rates of before.
                rates = [learning_rate_at("cosine", 0.01, k, 8) for k in range(step)]
                moved = momentum([r * g[n] for r, g in zip(rates, history, strict=True)], 1.0)
            else:
                moved = rule([g[n] for g in history], rate)
            np.testing.assert_allclose(before[n] - weight.numpy(), moved, atol=3e-6, rtol=2e-3)
        if step == 3:
            break


def test_a_step_is_the_one_that_keras_itself_would_make(keras, tiny_run, few_digits):
    network = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
    trainer = Trainer(dataclasses.replace(tiny_run, network=network), few_digits)
    twin = build(network)
    twin.set_weights(trainer.model.get_weights())
    twin.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    batch = next(trainer.batches(1))
    loss, correct = trainer.step(batch)
    expected_loss, expected_accuracy = twin.train_on_batch(batch.images, batch.labels)
    assert loss == pytest.approx(float(expected_loss), rel=1e-5)
    assert correct / len(batch.labels) == pytest.approx(float(expected_accuracy))
    for ours, theirs in zip(trainer.model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
def test_the_schedule_sets_the_rate_of_every_batch(keras, tiny_run, few_digits, schedule):
    trainer = Trainer(changed(tiny_run, schedule=schedule), few_digits)
    rates = []
    for epoch in (1, 2):
        for batch in trainer.batches(epoch):
            trainer.step(batch)
            rates.append(float(trainer.optimizer.learning_rate))
    expected = [learning_rate_at(schedule, 0.01, step, 8) for step in range(8)]
    assert rates == pytest.approx(expected, rel=1e-6)
    assert len(set(rates)) == (1 if schedule == "constant" else 8)


@pytest.fixture
def numbered():
    """240 images that carry their own number in two pixels, and its last digit as label."""
    numbers = np.arange(240)
    images = np.zeros((240, 28, 28, 1), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 1, 0] = numbers // 16, numbers % 16
    labels = (numbers % 10).astype(np.uint8)
    return Dataset(images, labels, images[:10], labels[:10], tuple("0123456789"))


def test_batches_hold_every_training_image_once_an_epoch_in_a_new_order(keras, tiny_run, numbered):
    trainer = Trainer(tiny_run, numbered)

    def numbers(epoch):
        order = []
        for count, batch in enumerate(trainer.batches(epoch), 1):
            number, images, labels = batch.number, batch.images, batch.labels
            assert (batch.epoch, number) == (epoch, count)
            assert images.dtype == np.float32
            assert len(images) == len(labels) == (32 if number < 4 else 12)
            pixels = np.rint(images[:, 0, :2, 0] * 255).astype(int)
            found = pixels[:, 0] * 16 + pixels[:, 1]
            assert (found % 10 == labels).all()
            assert (found == batch.indices).all()
            order += found.tolist()
        return order

    first, second = numbers(1), numbers(2)
    assert sorted(first) == sorted(second) == sorted(trainer.train_indices)
    assert first != second
    assert numbers(1) == first
    assert not set(first) & set(trainer.validation_indices)
    assert len(trainer.validation_indices) == 12


def test_augmentations_are_drawn_anew_each_epoch(keras, tiny_run, few_digits):
    plain = Trainer(tiny_run, few_digits)
    varied = Trainer(changed(tiny_run, augmentation=("shift",)), few_digits)
    same, moved = (next(each.batches(1)).images for each in (plain, varied))
    # The generator has drawn the order of the epoch, and draws the shifts next.
    rng = np.random.default_rng((7, 1))
    rng.permutation(plain.train_indices)
    np.testing.assert_array_equal(moved, augment(same, ("shift",), rng))
    assert not np.array_equal(moved, same)


def test_validation_is_a_mean_over_the_images_held_back(keras, tiny_run, few_digits, monkeypatch):
    monkeypatch.setattr(
        trainer_module, "validation_batch", lambda network: 5
    )  # 12 images: two and a part
    trainer = Trainer(tiny_run, few_digits)
    validation = trainer.evaluate()
    loss, accuracy = validation.loss, validation.accuracy
    chosen = trainer.validation_indices
    probabilities = trainer.model(scale(few_digits.x_train[chosen])).numpy()
    labels = few_digits.y_train[chosen]
    assert loss == pytest.approx(-np.log(probabilities[range(12), labels]).mean(), rel=1e-5)
    assert accuracy == pytest.approx((probabilities.argmax(axis=1) == labels).mean())
    assert trainer.evaluate() == validation  # no dropout in it
    right = probabilities.argmax(axis=1) == labels
    for label, share in enumerate(validation.class_accuracy):
        mine = right[labels == label]
        assert share == pytest.approx(mine.mean()) if len(mine) else np.isnan(share)


def test_validation_trains_nothing(trainer):
    before = figures(trainer.snapshot(0))
    trainer.evaluate()
    assert figures(trainer.snapshot(0)) == before


def test_bfloat16_trains_and_keeps_its_weights_and_its_answers_in_float32(
    keras, tiny_run, few_digits
):
    events = list(train(changed(tiny_run, precision="bfloat16", epochs=3), few_digits))
    epochs = of_kind(events, EpochEvent)
    assert epochs[-1].loss < epochs[0].loss
    last = of_kind(events, SnapshotEvent)[-1]
    assert {a.dtype for layer in last.weights for a in layer.values()} == {np.dtype(np.float32)}
    trainer = Trainer(changed(tiny_run, precision="bfloat16"), few_digits)
    assert [layer.compute_dtype for layer in trainer.model.layers] == ["bfloat16"] * 5 + ["float32"]


def test_images_of_another_size_are_refused(tiny_run, cifar10):
    with pytest.raises(SpecError) as refusal:
        next(train(tiny_run, cifar10))
    assert str(refusal.value) == (
        "the network takes images of 28 x 28 x 1, but this data set's are 32 x 32 x 3."
    )


@pytest.mark.parametrize("units", [9, 11])
def test_another_number_of_classes_is_refused_at_the_last_layer(tiny_run, few_digits, units):
    network = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(units, "softmax")))
    with pytest.raises(SpecError) as refusal:
        next(train(dataclasses.replace(tiny_run, network=network), few_digits))
    assert str(refusal.value) == (
        f"the last layer has {units} units, but this data set has 10 classes. "
        "Give it one unit for each class."
    )
    assert refusal.value.layer == 1


def test_more_images_than_there_are_are_refused(keras, tiny_run, few_digits):
    with pytest.raises(DatasetError, match=r"has 240 training images; 241 were asked for"):
        next(train(changed(tiny_run, image_count=241), few_digits))


def test_a_stack_that_cannot_be_is_refused(tiny_run, few_digits):
    network = NetworkSpec((28, 28, 1), (ConvLayer(4), DenseLayer(10, "softmax")))
    with pytest.raises(SpecError) as refusal:
        next(train(dataclasses.replace(tiny_run, network=network), few_digits))
    assert refusal.value.layer == 1


def test_the_state_of_another_run_is_refused(trainer, unbroken):
    good = trainer.snapshot(0).state
    missing = {name: array for name, array in good.items() if name != "0"}
    turned = good | {"0": good["0"].T}
    for state in ({}, missing, turned, good | {"99": np.zeros(1)}, unbroken[0].state):
        with pytest.raises(ValueError, match="is of another network or optimizer"):
            trainer.restore(state)
    np.testing.assert_array_equal(trainer.snapshot(0).state["0"], good["0"])


# Steered


class Script:
    """An `ask` that follows a script: orders by (epoch, batch) of the batch they come before."""

    def __init__(self, orders, batches=4, start=(1, 1)):
        self.orders, self.batches = orders, batches
        self.place = start

    def __call__(self, validating):
        epoch, batch = self.place
        if validating:
            return self.orders.get((epoch - 1, "validation"), Order())
        self.place = (epoch, batch + 1) if batch < self.batches else (epoch + 1, 1)
        return self.orders.get((epoch, batch), Order())


def kept(snapshot):
    """A state as it comes back from a file."""
    file = io.BytesIO()
    np.savez(file, **snapshot.state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("place", [(1, 3), (2, 2), (2, 4), (2, "validation"), (3, "validation")])
def test_a_parked_run_goes_on_exactly_as_the_unbroken_one(unbroken, eventful, few_digits, place):
    events = list(train(eventful, few_digits, ask=Script({place: Order("parked")})))
    epoch = place[0]
    snapshot, done = events[-2:]
    assert (done.ending, done.epochs, snapshot.epoch) == ("parked", epoch - 1, epoch)
    rest = list(train(eventful, few_digits, resume=(epoch - 1, kept(snapshot))))
    assert list(map(figures, events[:-2] + rest)) == list(map(figures, unbroken))


def test_a_run_parked_between_two_epochs_goes_on_from_the_epochs_own_state(
    unbroken, eventful, few_digits
):
    events = list(train(eventful, few_digits, ask=Script({(2, 1): Order("parked")})))
    assert (events[-1].ending, events[-1].epochs) == ("parked", 1)
    assert [s.epoch for s in of_kind(events, SnapshotEvent)] == [0, 1]
    assert list(map(figures, events[:-1])) == list(map(figures, unbroken[:7]))


def test_a_run_that_is_looked_at_trains_with_the_very_same_numbers(unbroken, eventful, few_digits):
    orders = {(e, b): Order(kernel=(0, b), snapshot=True) for e in (1, 2, 3) for b in (1, 2, 4)}
    events = list(train(eventful, few_digits, ask=Script(orders)))
    assert len(of_kind(events, StepDetail)) == 9
    # No snapshot is due before an epoch's first batch: that of the epoch before it is the same.
    assert len(of_kind(events, SnapshotEvent)) == 4 + 6
    plain = [e for e in events if not isinstance(e, (StepDetail, SnapshotEvent))]
    wanted = [e for e in unbroken if not isinstance(e, SnapshotEvent)]
    assert list(map(figures, plain)) == list(map(figures, wanted))


def test_a_step_laid_open_says_what_it_did(keras, tiny_run, few_digits):
    run = changed(tiny_run, optimizer="sgd", learning_rate=0.5)
    run = dataclasses.replace(
        run,
        network=NetworkSpec(
            (28, 28, 1),
            (ConvLayer(4, 3, 2), PoolLayer(), FlattenLayer(), DenseLayer(10, "softmax")),
        ),
    )
    trainer = Trainer(run, few_digits)
    before = [weight.numpy() for weight in trainer.model.weights]
    batch = next(trainer.batches(1))
    detail = trainer.detailed_step(batch, (0, 2))
    images = scale(few_digits.x_train[detail.indices])
    np.testing.assert_array_equal(batch.images, images)
    np.testing.assert_array_equal(detail.labels, few_digits.y_train[detail.indices])
    loss, gradients = gradients_of(keras, run, before, images, batch.labels)
    assert detail.loss == pytest.approx(loss, rel=1e-5)
    assert (detail.epoch, detail.batch, detail.learning_rate) == (1, 1, 0.5)
    model = build(run.network)
    model.set_weights(before)
    np.testing.assert_allclose(detail.probabilities, model(images), atol=1e-6)
    np.testing.assert_array_equal(detail.before, before[0][..., 2])
    np.testing.assert_allclose(detail.gradient, gradients[0][..., 2], atol=1e-6)
    np.testing.assert_allclose(detail.after, detail.before - 0.5 * detail.gradient, atol=1e-6)
    norms = [
        np.hypot(*map(np.linalg.norm, map(np.ravel, x))) for x in (gradients[:2], gradients[2:])
    ]
    np.testing.assert_allclose(
        detail.gradient_norms, [norms[0], np.nan, np.nan, norms[1]], rtol=1e-4
    )
    norms = [np.hypot(*map(np.linalg.norm, map(np.ravel, x))) for x in (before[:2], before[2:])]
    np.testing.assert_allclose(detail.weight_norms, [norms[0], np.nan, np.nan, norms[1]], rtol=1e-6)
    assert detail.before.shape == (3, 3, 1)


@pytest.mark.parametrize(
    ("wanted", "given", "shape"),
    [
        ((4, 3), (4, 3), (144,)),
        ((-1, 2), (0, 0), (3, 3, 1)),
        ((1, 0), (0, 0), (3, 3, 1)),
        ((0, 99), (0, 0), (3, 3, 1)),
        ((99, 0), (0, 0), (3, 3, 1)),
    ],
)
def test_a_kernel_that_is_not_there_is_the_first_one(trainer, wanted, given, shape):
    detail = trainer.detailed_step(next(trainer.batches(1)), wanted)
    assert (detail.layer, detail.filter) == given
    assert detail.before.shape == detail.gradient.shape == detail.after.shape == shape


def test_a_changed_learning_rate_is_told_and_used_from_the_next_batch_on(
    tiny_run, few_digits, keras
):
    run = changed(tiny_run, optimizer="sgd")
    orders = {(1, n): Order(learning_rate=0.0) for n in (3, 4)}
    events = list(train(run, few_digits, ask=Script(orders)))
    changes = of_kind(events, RateEvent)
    assert [(c.epoch, c.batch, c.learning_rate) for c in changes] == [(1, 3, 0.0), (2, 1, 0.01)]
    middle = list(train(run, few_digits, ask=Script({(1, 3): Order("parked")})))[-2]
    end = of_kind(events, SnapshotEvent)[1]
    np.testing.assert_array_equal(middle.weights[0]["kernel"], end.weights[0]["kernel"])


def test_a_rate_that_was_in_force_before_is_no_change(tiny_run, few_digits, keras):
    always = lambda validating: Order(learning_rate=0.02)  # noqa: E731
    events = list(train(tiny_run, few_digits, ask=always))
    assert [(c.epoch, c.batch) for c in of_kind(events, RateEvent)] == [(1, 1)]
    state = kept(of_kind(events, SnapshotEvent)[1])
    resumed = list(train(tiny_run, few_digits, ask=always, resume=(1, state), learning_rate=0.02))
    assert of_kind(resumed, RateEvent) == []
    assert list(map(figures, resumed)) == list(map(figures, events[-len(resumed) :]))


def test_a_changed_rate_is_the_peak_of_the_schedule(tiny_run, few_digits, keras):
    run = changed(tiny_run, schedule="cosine")
    orders = {(2, n): Order(learning_rate=0.5, kernel=(0, 0)) for n in (1, 2, 3, 4)}
    details = of_kind(train(run, few_digits, ask=Script(orders)), StepDetail)
    expected = [learning_rate_at("cosine", 0.5, step, 8) for step in (4, 5, 6, 7)]
    assert [detail.learning_rate for detail in details] == pytest.approx(expected)


def test_waiting_is_not_counted_as_training(tiny_run, few_digits, keras):
    now = [0.0]

    def ask(validating):
        now[0] += 1000.0
        return Order()

    def clock():
        now[0] += 0.001
        return now[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnnlib.training.time.perf_counter", clock)
        batches = of_kind(train(tiny_run, few_digits, ask=ask), BatchEvent)
    assert 0 < batches[-1].seconds < 0.1
    assert min(batch.images_per_second for batch in batches) > 1_000


def test_the_same_spec_begins_with_the_same_weights_and_given_ones_are_taken(
    tiny_run, few_digits, keras
):
    first = next(train(tiny_run, few_digits))
    again = next(train(changed(tiny_run, epochs=9, optimizer="sgd"), few_digits))
    other = changed(tiny_run, seed=8)
    given = next(train(other, few_digits, initial=first.weights))
    for snapshot in (again, given):
        for mine, theirs in zip(first.weights, snapshot.weights, strict=True):
            for name in mine:
                np.testing.assert_array_equal(mine[name], theirs[name])
    fresh = next(train(other, few_digits))
    assert not np.array_equal(first.weights[0]["kernel"], fresh.weights[0]["kernel"])


# Settings of a training


def test_a_training_that_does_not_improve_ends_early_also_when_it_is_resumed(
    tiny_run, few_digits, keras
):
    run = changed(tiny_run, epochs=20, patience=2, optimizer="sgd", learning_rate=10.0)
    events = list(train(run, few_digits))
    losses = [epoch.validation_loss for epoch in of_kind(events, EpochEvent)]
    best = int(np.argmin(losses)) + 1
    done = events[-1]
    assert (done.ending, done.epochs, done.best_epoch) == ("early", best + 2, best)
    assert len(losses) == best + 2 < 20
    snapshots = of_kind(events, SnapshotEvent)
    for epoch in (best, best + 1, best + 2):
        resumed = list(train(run, few_digits, resume=(epoch, kept(snapshots[epoch]))))
        assert (resumed[-1].ending, resumed[-1].epochs) == ("early", best + 2)
        assert len(of_kind(resumed, EpochEvent)) == best + 2 - epoch


def test_a_state_from_before_there_were_positions_is_gone_on_from(unbroken, eventful, few_digits):
    state = of_kind(unbroken, SnapshotEvent)[1].state
    old = {name: array for name, array in state.items() if name.isdecimal()}
    resumed = list(train(eventful, few_digits, resume=(1, old)))
    losses = [e.loss for e in of_kind(resumed, EpochEvent)]
    assert losses == [e.loss for e in of_kind(unbroken, EpochEvent)][1:]


def test_label_noise_is_trained_on_and_not_validated_on(keras, tiny_run, numbered):
    trainer = Trainer(changed(tiny_run, label_noise=0.5), numbered)
    false = 0
    for batch in trainer.batches(1):
        false += np.count_nonzero(batch.labels != numbered.y_train[batch.indices])
    assert false == 54
    held = trainer.validation_indices
    np.testing.assert_array_equal(trainer.labels[held], numbered.y_train[held])


def test_a_larger_share_is_held_back(keras, tiny_run, few_digits):
    trainer = Trainer(changed(tiny_run, validation_share=0.5), few_digits)
    assert (len(trainer.train_indices), len(trainer.validation_indices)) == (60, 60)


def test_a_network_with_raw_pixels_answers_as_it_was_trained(keras, tiny_run, few_digits):
    run = with_scaling(changed(tiny_run, epochs=1), "raw", few_digits)
    events = list(train(run, few_digits))
    network = Network(run.network, events[-3].weights)
    trainer = Trainer(run, few_digits)
    chosen = trainer.validation_indices
    answers = network.predict(scale(few_digits.x_train[chosen])).argmax(axis=1)
    accuracy = np.mean(answers == few_digits.y_train[chosen])
    assert accuracy == pytest.approx(events[-2].validation_accuracy)
    assert trainer.step(next(trainer.batches(1)))[0] > 20  # raw pixels make large scores
