"""A training run repeats, resumes, stops and learns; its steps are the textbook's."""

from __future__ import annotations

import dataclasses
import io
from itertools import pairwise

import numpy as np
import pytest

from cnnlib import training
from cnnlib.augmentation import augment
from cnnlib.datasets import Dataset, DatasetError, scale
from cnnlib.keras_model import build
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
    SnapshotEvent,
    Trainer,
    train,
)

TIMES = {"seconds", "images_per_second"}


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
    schedule, an optimizer with a memory, a last batch that is not full."""
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
    run = changed(tiny_run, epochs=3, augmentation=("affine", "shift"), schedule="one_cycle")
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
    assert (done.epochs, done.stopped) == (3, False)


def test_times_are_measured(unbroken):
    timed = [event for event in unbroken if not isinstance(event, SnapshotEvent)]
    assert all(a.seconds <= b.seconds for a, b in pairwise(timed))
    for event in of_kind(unbroken, EpochEvent):
        assert event.images_per_second > 108 / event.seconds


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
    assert (only.epochs, only.stopped) == (3, False)


def test_snapshots_are_arrays_and_copies(trainer):
    first = trainer.snapshot(0)
    assert {type(array) for array in first.state.values()} == {np.ndarray}
    kept = figures(first)
    for _, images, labels in trainer.batches(1):
        trainer.step(images, labels)
    assert figures(first) == kept
    trainer.restore(first.state)
    assert figures(trainer.snapshot(0)) == kept


def test_batch_normalisation_learns_from_each_batch_but_not_from_validation(
    keras, eventful, few_digits
):
    trainer = Trainer(eventful, few_digits)
    convolution, normalisation = trainer.model.layers[:2]
    _, images, labels = next(trainer.batches(1))
    maps = convolution(images).numpy()
    trainer.step(images, labels)
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
    _, images, labels = next(trainer.batches(1))
    trainer.optimizer.learning_rate = 0.0
    losses = [trainer.step(images, labels)[0] for _ in range(3)]
    assert len(set(losses)) == 3
    assert trainer.evaluate() == trainer.evaluate()


def asked(times):
    """A `should_stop` that says yes when it has been asked more than so many times."""
    count = iter(range(times))
    return lambda: next(count, None) is None


def test_a_run_stopped_within_an_epoch_keeps_what_it_has_learned(tiny_run, few_digits, keras):
    events = list(train(tiny_run, few_digits, should_stop=asked(2)))
    kinds = [type(event) for event in events]
    assert kinds == [SnapshotEvent, BatchEvent, BatchEvent, SnapshotEvent, DoneEvent]
    before, after = of_kind(events, SnapshotEvent)
    assert (before.epoch, after.epoch) == (0, 1)
    assert not np.array_equal(before.weights[0]["kernel"], after.weights[0]["kernel"])
    assert (events[-1].epochs, events[-1].stopped) == (0, True)


@pytest.mark.parametrize("batches", [0, 4])
def test_a_run_stopped_between_epochs_has_nothing_more_to_keep(
    tiny_run, few_digits, keras, batches
):
    events = list(train(tiny_run, few_digits, should_stop=asked(batches)))
    epochs = batches // 4
    assert [s.epoch for s in of_kind(events, SnapshotEvent)] == list(range(epochs + 1))
    assert len(of_kind(events, BatchEvent)) == batches
    assert (events[-1].epochs, events[-1].stopped) == (epochs, True)


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
    _, images, labels = next(trainer.batches(1))
    loss, correct = trainer.step(images, labels)
    assert loss == pytest.approx(np.log(10), rel=1e-6)
    assert correct == np.count_nonzero(labels == 0)  # of ten equal answers the first counts


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
    for step, images, labels in trainer.batches(1):
        before = [weight.numpy() for weight in trainer.model.weights]
        expected_loss, gradients = gradients_of(keras, spec, before, images, labels)
        history.append(gradients)
        loss, correct = trainer.step(images, labels)
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
    _, images, labels = next(trainer.batches(1))
    loss, correct = trainer.step(images, labels)
    expected_loss, expected_accuracy = twin.train_on_batch(images, labels)
    assert loss == pytest.approx(float(expected_loss), rel=1e-5)
    assert correct / len(labels) == pytest.approx(float(expected_accuracy))
    for ours, theirs in zip(trainer.model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
def test_the_schedule_sets_the_rate_of_every_batch(keras, tiny_run, few_digits, schedule):
    trainer = Trainer(changed(tiny_run, schedule=schedule), few_digits)
    rates = [
        float(trainer.optimizer.learning_rate) for epoch in (1, 2) for _ in trainer.batches(epoch)
    ]
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
        for count, (number, images, labels) in enumerate(trainer.batches(epoch), 1):
            assert number == count
            assert images.dtype == np.float32
            assert len(images) == len(labels) == (32 if number < 4 else 12)
            pixels = np.rint(images[:, 0, :2, 0] * 255).astype(int)
            found = pixels[:, 0] * 16 + pixels[:, 1]
            assert (found % 10 == labels).all()
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
    (_, same, _), (_, moved, _) = next(plain.batches(1)), next(varied.batches(1))
    # The generator has drawn the order of the epoch, and draws the shifts next.
    rng = np.random.default_rng((7, 1))
    rng.permutation(plain.train_indices)
    np.testing.assert_array_equal(moved, augment(same, ("shift",), rng))
    assert not np.array_equal(moved, same)


def test_validation_is_a_mean_over_the_images_held_back(keras, tiny_run, few_digits, monkeypatch):
    monkeypatch.setattr(training, "VALIDATION_BATCH", 5)  # 12 images: two and a part
    trainer = Trainer(tiny_run, few_digits)
    loss, accuracy = trainer.evaluate()
    chosen = trainer.validation_indices
    probabilities = trainer.model(scale(few_digits.x_train[chosen])).numpy()
    labels = few_digits.y_train[chosen]
    assert loss == pytest.approx(-np.log(probabilities[range(12), labels]).mean(), rel=1e-5)
    assert accuracy == pytest.approx((probabilities.argmax(axis=1) == labels).mean())
    assert trainer.evaluate() == (loss, accuracy)  # no dropout in it


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
