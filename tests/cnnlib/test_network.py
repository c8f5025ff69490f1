from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import archive, keras_model
from cnnlib.archive import NetworkError
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.spec import NetworkSpec, SpecError

ASSETS = Path(__file__).resolve().parents[2] / "assets"

EVERY_LAYER = NetworkSpec(
    (13, 12, 3),
    (
        ConvLayer(6, 3, 1, "same", "linear", use_bias=False),
        BatchNormLayer(),
        ActivationLayer("relu"),
        PoolLayer("max", 3, 2, "same"),
        DropoutLayer(0.5),
        ConvLayer(5, 2, 2, "same", "tanh"),
        BatchNormLayer(),
        RescaleLayer((4.0, 3.5, -25.0, 1.0, 0.5), (-2.0, 0.25, -10.0, 0.0, 1.0)),
        PoolLayer("average", 2, 1, "same"),
        ConvLayer(4, 2, 1, "valid", "sigmoid"),
        FlattenLayer(),
        DenseLayer(7, "linear"),
        BatchNormLayer(),
        ActivationLayer("tanh"),
        DenseLayer(4, "softmax"),
    ),
)


def random_network(spec, seed):
    """Weights at which every part of a layer matters: biases and statistics are not 0 and 1."""
    rng = np.random.default_rng(seed)
    initial = Network.initial(spec, seed)
    spread = {
        "bias": lambda shape: rng.normal(0, 0.2, shape),
        "gamma": lambda shape: rng.uniform(0.5, 1.5, shape),
        "beta": lambda shape: rng.normal(0, 0.2, shape),
        "moving_mean": lambda shape: rng.normal(0, 0.2, shape),
        "moving_variance": lambda shape: rng.uniform(0.3, 2.0, shape),
    }
    weights = tuple(
        {
            name: spread[name](array.shape).astype(np.float32) if name in spread else array
            for name, array in layer.items()
        }
        for layer in initial.weights
    )
    return Network(spec, weights)


def random_images(spec, count, seed=0):
    return np.random.default_rng(seed).random((count, *spec.input_shape), np.float32)


def keras_outputs(keras, network, images):
    """Each layer's output as Keras computes it, and the model."""
    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    outputs, x = [], images
    for layer in model.layers:
        x = layer(x, training=False)
        outputs.append(np.asarray(x))
    return outputs, model


moderate = st.floats(-2, 2)
layers_of_images = st.one_of(
    st.builds(
        ConvLayer,
        filters=st.integers(1, 20),
        kernel_size=st.integers(1, 5),
        stride=st.integers(1, 3),
        padding=st.sampled_from(["valid", "same"]),
        activation=st.sampled_from(["linear", "relu", "tanh", "sigmoid"]),
        use_bias=st.booleans(),
    ),
    st.builds(
        PoolLayer,
        mode=st.sampled_from(["max", "average"]),
        size=st.integers(1, 3),
        stride=st.integers(1, 3),
        padding=st.sampled_from(["valid", "same"]),
    ),
    st.builds(BatchNormLayer),
    st.builds(ActivationLayer, activation=st.sampled_from(["linear", "relu", "tanh", "sigmoid"])),
    st.builds(DropoutLayer),
    st.builds(RescaleLayer, scale=st.tuples(moderate), offset=st.tuples(moderate)),
)
layers_of_rows = st.one_of(
    st.builds(
        DenseLayer,
        units=st.integers(1, 20),
        activation=st.sampled_from(["linear", "relu", "tanh", "sigmoid"]),
        use_bias=st.booleans(),
    ),
    st.builds(BatchNormLayer),
    st.builds(ActivationLayer, activation=st.sampled_from(["relu", "tanh"])),
    st.builds(DropoutLayer),
)


@st.composite
def specs(draw):
    sides = st.integers(4, 14)
    shape = (draw(sides), draw(sides), draw(st.sampled_from([1, 3])))
    layers = draw(st.lists(layers_of_images, max_size=5))
    layers.append(draw(st.sampled_from([FlattenLayer(), GlobalAveragePoolLayer()])))
    layers += draw(st.lists(layers_of_rows, max_size=2))
    layers.append(DenseLayer(draw(st.integers(2, 10)), "softmax", draw(st.booleans())))
    spec = NetworkSpec(shape, tuple(layers))
    try:
        spec.trace()
    except SpecError:  # a window larger than what is left: pad it
        layers = tuple(
            type(x)(**(vars(x) | {"padding": "same"})) if hasattr(x, "padding") else x
            for x in layers
        )
        spec = NetworkSpec(shape, layers)
    return spec


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000))
def test_every_layer_of_random_networks_equals_keras(keras, spec, seed):
    network, images = random_network(spec, seed), random_images(spec, 3, seed)
    expected, _ = keras_outputs(keras, network, images)
    ours = network.activations(images)
    assert len(ours) == len(spec.layers)
    for mine, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4, rtol=0)
    np.testing.assert_allclose(network.predict(images), expected[-1], atol=1e-4, rtol=0)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000))
def test_gradients_of_random_networks_equal_keras(keras, spec, seed):
    assert_gradients_equal_keras(keras, random_network(spec, seed), seed)


def assert_gradients_equal_keras(keras, network, seed):
    import tensorflow as tf

    spec, images = network.spec, random_images(network.spec, 3, seed)
    labels = np.random.default_rng(seed).integers(0, spec.classes, 3)
    _, model = keras_outputs(keras, network, images)
    tensor = tf.constant(images)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensor)
        inputs = [tensor]
        for layer in model.layers[:-1]:
            inputs.append(layer(inputs[-1], training=False))
        model.layers[-1].activation = keras.activations.linear
        logits = model.layers[-1](inputs[-1])
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        score = tf.reduce_sum(logits[:, 1])
    ours = network.backward(images, labels)
    np.testing.assert_allclose(ours.loss, loss, atol=1e-4)
    for mine, theirs in zip(ours.inputs, tape.gradient(loss, inputs), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4, rtol=0)
    for mine, layer in zip(ours.weights, model.layers, strict=True):
        expected = tape.gradient(loss, layer.trainable_weights)
        assert list(mine) == [weight.name for weight in layer.trainable_weights]
        for gradient, theirs in zip(mine.values(), expected, strict=True):
            np.testing.assert_allclose(gradient, theirs, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(
        network.input_gradient(images, 1), tape.gradient(score, tensor), atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("spec", [EVERY_LAYER, article_basic()], ids=["every layer", "article"])
def test_every_kind_of_layer_equals_keras_forward_and_backward(keras, spec):
    network, images = random_network(spec, 1), random_images(spec, 4)
    expected, _ = keras_outputs(keras, network, images)
    for mine, theirs in zip(network.activations(images), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4, rtol=0)
    assert_gradients_equal_keras(keras, network, 2)


def test_a_network_small_enough_to_work_out_by_hand():
    spec = NetworkSpec((2, 2, 1), (ConvLayer(1, 2), FlattenLayer(), DenseLayer(2, "softmax")))
    weights = (
        {
            "kernel": np.array([1, 2, 3, 4], np.float32).reshape(2, 2, 1, 1),
            "bias": np.array([-20], np.float32),
        },
        {},
        {
            "kernel": np.array([[1.0, 2.0]], np.float32),
            "bias": np.array([0.5, -2.5], np.float32),
        },
    )
    network = Network(spec, weights)
    images = np.array([1, 2, 3, 5], np.float32).reshape(1, 2, 2, 1)
    # 1*1 + 2*2 + 3*3 + 4*5 - 20 = 14; 14*1 + 0.5 = 14.5; 14*2 - 2.5 = 25.5
    assert network.logits(images).tolist() == [[14.5, 25.5]]
    assert [x.ravel().tolist() for x in network.activations(images)[:2]] == [[14.0], [14.0]]
    assert network.pre_activations(images)[2].tolist() == [[14.5, 25.5]]
    # Class 1 falls by 2 for each unit of the map, which follows the kernel: 2 * (1, 2, 3, 4).
    assert network.input_gradient(images, 1).ravel().tolist() == [2.0, 4.0, 6.0, 8.0]
    # At 10 below zero the ReLU lets nothing through, in either direction.
    dark = np.zeros_like(images)
    assert network.activations(dark)[0].item() == 0.0
    assert network.pre_activations(dark)[0].item() == -20.0
    assert not network.input_gradient(dark, 1).any()


def test_batches_of_any_size_give_the_same_answers():
    network, images = random_network(EVERY_LAYER, 5), random_images(EVERY_LAYER, 9)
    whole = network.predict(images)
    for size in (1, 4, 9, 100):
        np.testing.assert_allclose(network.predict(images, batch_size=size), whole, atol=1e-6)
        np.testing.assert_allclose(
            network.input_gradient(images, 0, batch_size=size),
            network.input_gradient(images, 0),
            atol=1e-6,
        )
    assert network.predict(images[:0]).shape == (0, 4)
    assert network.input_gradient(images[:0], 0).shape == (0, 13, 12, 3)


def test_merged_steps_give_what_the_layers_give_one_by_one():
    for seed in range(5):
        network, images = random_network(EVERY_LAYER, seed), random_images(EVERY_LAYER, 3)
        assert len(network._hidden_steps) == 9  # of 14 hidden layers
        *_, features, one_by_one = network.activations(images)
        np.testing.assert_allclose(network.predict(images), one_by_one, atol=1e-6)
        np.testing.assert_allclose(network.features(images), features, atol=1e-5)
        parts = network.features(images, batch_size=2)
        np.testing.assert_allclose(parts, features, atol=1e-5)


def test_a_large_batch_is_run_in_parts_that_keep_memory_small():
    import tracemalloc

    network = Network.initial(article_basic())
    images = random_images(network.spec, 600)
    tracemalloc.start()
    network.predict(images)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All feature maps of the first layer at once would be 69 MB.
    assert peak < 50_000_000


def test_images_are_left_alone_and_results_are_fresh():
    spec = NetworkSpec(
        (3, 3, 1),
        (ActivationLayer("relu"), BatchNormLayer(), FlattenLayer(), DenseLayer(2, "softmax")),
    )
    network = random_network(spec, 6)
    images = -random_images(spec, 2)
    before = images.copy()
    network.predict(images)
    network.activations(images)
    network.pre_activations(images)
    network.backward(images, [0, 1])
    network.input_gradient(images, 1)
    np.testing.assert_array_equal(images, before)


def test_threads_share_a_network():
    network, images = random_network(EVERY_LAYER, 7), random_images(EVERY_LAYER, 40)
    expected, gradient = network.predict(images), network.input_gradient(images, 2)
    fresh = Network(network.spec, network.weights)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(fresh.predict, images, batch_size=n) for n in range(1, 20)]
        gradients = [pool.submit(fresh.input_gradient, images, 2) for _ in range(5)]
        for answer in answers:
            np.testing.assert_allclose(answer.result(), expected, atol=1e-6)
        for result in gradients:
            np.testing.assert_allclose(result.result(), gradient, atol=1e-6)


def test_weights_are_copied_and_frozen():
    weights = [dict(layer) for layer in Network.initial(article_basic(), 1).weights]
    weights[0]["bias"] = np.zeros(32, np.float32)
    network = Network(article_basic(), tuple(weights))
    weights[0]["bias"][:] = 9
    assert not network.weights[0]["bias"].any()
    with pytest.raises(ValueError, match="read-only"):
        network.weights[0]["kernel"][:] = 0


def test_initial_weights_are_glorot_uniform_and_follow_the_seed():
    network = Network.initial(article_basic(), seed=3)
    # Fan in and fan out of 3 x 3 kernels count all nine taps.
    for layer, fans in ((0, 9 * (3 + 32)), (5, 9 * (64 + 64)), (9, 1600 + 256)):
        kernel, limit = network.weights[layer]["kernel"], np.sqrt(6 / fans)
        assert limit * 0.98 < np.abs(kernel).max() <= limit * (1 + 1e-6)
        np.testing.assert_allclose(kernel.std(), limit / np.sqrt(3), rtol=0.05)
    assert not network.weights[9]["bias"].any()
    again, other = (Network.initial(article_basic(), seed) for seed in (3, 4))
    np.testing.assert_array_equal(again.weights[9]["kernel"], kernel)
    assert (other.weights[9]["kernel"] != kernel).any()


def test_weights_that_blew_up_are_let_in_and_show():
    weights = [dict(layer) for layer in Network.initial(EVERY_LAYER).weights]
    weights[0]["kernel"] = np.full_like(weights[0]["kernel"], np.nan)
    network = Network(EVERY_LAYER, tuple(weights))
    assert np.isnan(network.predict(random_images(EVERY_LAYER, 2))).all()
    assert np.isnan(network.backward(random_images(EVERY_LAYER, 2), [0, 1]).loss)


# -------------------------------------------------------------------------------------- errors

SMALL = NetworkSpec((4, 4, 1), (FlattenLayer(), DenseLayer(3, "softmax")))
GOOD = {"kernel": np.ones((16, 3), np.float32), "bias": np.zeros(3, np.float32)}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ((GOOD,), ["2 layers", "got 1"]),
        (({}, {"kernel": GOOD["kernel"]}), ["layer 2 (Dense)", "['bias', 'kernel']", "['kernel']"]),
        (({}, GOOD | {"extra": GOOD["bias"]}), ["layer 2", "extra"]),
        (({}, GOOD | {"bias": np.zeros(4, np.float32)}), ["bias of layer 2", "(3,)", "(4,)"]),
        (({}, GOOD | {"bias": np.zeros(3)}), ["bias of layer 2", "float64"]),
        (({}, GOOD | {"bias": [0.0, 0.0, 0.0]}), ["bias of layer 2", "float64"]),
        (({}, GOOD | {"bias": None}), ["bias of layer 2", "object"]),
    ],
    ids=str,
)
def test_weights_that_do_not_fit_are_refused_in_a_sentence(weights, words):
    with pytest.raises(NetworkError) as raised:
        Network(SMALL, weights)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda n: n.predict(np.ones((4, 4, 1))), ["(batch, 4, 4, 1)", "(4, 4, 1)"]),
        (lambda n: n.activations(np.ones((1, 5, 4, 1))), ["(1, 5, 4, 1)"]),
        (lambda n: n.predict(np.ones((1, 4, 4, 1), np.uint8)), ["uint8", "Divide"]),
        (lambda n: n.predict("image"), ["()"]),
        (lambda n: n.predict(np.ones((1, 4, 4, 1)), batch_size=0), ["batch_size", "0"]),
        (lambda n: n.input_gradient(np.ones((1, 4, 4, 1)), 3), ["class_index", "0 to 2", "3"]),
        (lambda n: n.input_gradient(np.ones((1, 4, 4, 1)), [0, 1]), ["class_index", "[0, 1]"]),
        (lambda n: n.input_gradient(np.ones((1, 4, 4, 1)), -1), ["class_index", "-1"]),
        (lambda n: n.input_gradient(np.ones((1, 4, 4, 1)), 0.0), ["class_index", "0.0"]),
        (lambda n: n.backward(np.ones((1, 4, 4, 1)), [3]), ["labels", "0 to 2"]),
    ],
)
def test_images_and_classes_that_do_not_fit_are_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=r"\.$") as raised:
        call(Network(SMALL, ({}, GOOD)))
    for word in words:
        assert word in str(raised.value)


# --------------------------------------------------------------------------------------- files


def saved(network, **options):
    buffer = io.BytesIO()
    network.save(buffer, **options)
    return buffer.getvalue()


def test_save_and_load_give_back_the_very_same_network(tmp_path):
    network = random_network(EVERY_LAYER, 8)
    path = tmp_path / "network.npz"
    network.save(path)
    network.save(str(path))
    opened = io.BytesIO(path.read_bytes())
    for loaded in (Network.load(path), Network.load(str(path)), Network.load(opened)):
        assert loaded.spec == network.spec
        for mine, theirs in zip(loaded.weights, network.weights, strict=True):
            assert list(mine) == list(theirs)
            for name in mine:
                np.testing.assert_array_equal(mine[name], theirs[name])
    assert [file.name for file in tmp_path.iterdir()] == ["network.npz"]
    assert saved(network) == path.read_bytes()


def test_half_precision_halves_the_file_and_hardly_changes_the_answers():
    network, images = random_network(article_basic(), 9), random_images(article_basic(), 20)
    half = saved(network, dtype="float16")
    assert len(half) < 0.52 * len(saved(network))
    loaded = Network.load(io.BytesIO(half))
    assert loaded.weights[0]["kernel"].dtype == np.float32
    np.testing.assert_allclose(loaded.predict(images), network.predict(images), atol=2e-3)
    large = Network(SMALL, ({}, GOOD | {"bias": np.full(3, 1e5, np.float32)}))
    with pytest.raises(NetworkError, match=r"1/bias.*float16"):
        large.save(io.BytesIO(), dtype="float16")
    with pytest.raises(NetworkError, match="float8"):
        large.save(io.BytesIO(), dtype="float8")


def test_a_failed_save_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "network.npz"
    first = random_network(SMALL, 1)
    first.save(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        random_network(SMALL, 2).save(path)
    monkeypatch.undo()
    assert path.read_bytes() == saved(first)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_network_that_blew_up_is_read_only_when_that_is_allowed():
    data = saved(Network(SMALL, ({}, GOOD | {"bias": np.array([0, np.nan, 0], np.float32)})))
    with pytest.raises(NetworkError, match=r"1/bias.*not finite"):
        Network.load(io.BytesIO(data))
    loaded = Network.load(io.BytesIO(data), allow_non_finite=True)
    assert np.isnan(loaded.weights[1]["bias"][1])


@pytest.mark.parametrize("path", sorted((ASSETS / "models").glob("*.npz")), ids=lambda p: p.stem)
def test_the_shipped_networks_load(path):
    network = Network.load(path)
    probabilities = network.predict(random_images(network.spec, 2))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def packed(compression=zipfile.ZIP_STORED, **arrays):
    """A zip of .npy arrays with any names, types and sizes, or of bytes as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, array in arrays.items():
            content = io.BytesIO()
            if not isinstance(array, bytes):
                np.lib.format.write_array(content, np.asarray(array), allow_pickle=True)
                array = content.getvalue()
            file.writestr(f"{name}.npy", array)
    return buffer.getvalue()


PARTS = {"spec": np.array(SMALL.to_json()), "1/kernel": GOOD["kernel"], "1/bias": GOOD["bias"]}


def npy(header):
    """A version 1 .npy array with this header and no values."""
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


HOSTILE = {
    "empty": (b"", "not a network file"),
    "text": (b"hello", "not a network file"),
    "no arrays": (packed(), "no spec"),
    "no spec": (packed(**{"1/bias": GOOD["bias"]}), "no spec"),
    "spec of numbers": (packed(**PARTS | {"spec": np.ones(3)}), "not a text"),
    "spec of two texts": (packed(**PARTS | {"spec": np.array(["a", "b"])}), "not a text"),
    "pickled spec": (packed(**PARTS | {"spec": np.array({"a": 1}, object)}), "not a text"),
    "spec no JSON": (packed(**PARTS | {"spec": np.array("{")}), "cannot be built"),
    "spec of nonsense": (packed(**PARTS | {"spec": np.array("[1]")}), "cannot be built"),
    "missing": (packed(spec=PARTS["spec"]), "no 1/bias"),
    "unknown": (packed(**PARTS, **{"../../evil": np.ones(1)}), "../../evil"),
    "wrong shape": (
        packed(**PARTS | {"1/bias": np.ones(2, np.float32)}),
        r"1/bias.*\(3,\).*\(2,\)",
    ),
    "wrong type": (packed(**PARTS | {"1/bias": np.ones(3, np.int32)}), "1/bias.*int32"),
    "pickled array": (
        packed(**PARTS | {"1/bias": np.array([1, None, 2], object)}),
        "1/bias.*object",
    ),
    "other byte order": (packed(**PARTS | {"1/bias": np.ones(3, ">f4")}), "1/bias.*>f4"),
    "infinite": (
        packed(**PARTS | {"1/bias": np.array([0, np.inf, 0], np.float32)}),
        "1/bias.*not finite",
    ),
    "too long": (packed(**PARTS | {"1/bias": np.ones(5000, np.float32)}), "1/bias.*larger"),
    "cut off": (
        packed(
            **PARTS | {"1/bias": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}")}
        ),
        "1/bias.*cut off",
    ),
    "giant shape": (
        packed(
            **PARTS
            | {"1/bias": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9**9**2,)}")}
        ),
        "damaged",
    ),
    "nested header": (packed(**PARTS | {"1/bias": npy("(" * 110)}), "damaged"),
    "header no dict": (packed(**PARTS | {"1/bias": npy("[1, 2]")}), "damaged"),
    "no npy": (packed(**PARTS | {"1/bias": b"no npy"}), "damaged"),
    "bomb": (
        packed(zipfile.ZIP_DEFLATED, **PARTS, zeros=bytes(archive.MAX_FILE_BYTES)),
        "200,000,000 bytes",
    ),
    "spec bomb": (
        packed(zipfile.ZIP_DEFLATED, **PARTS | {"spec": np.array(" " * 200_000)}),
        "spec.*too many",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_network_is_refused_in_one_sentence(name):
    data, words = HOSTILE[name]
    with pytest.raises(NetworkError, match=words) as raised:
        Network.load(io.BytesIO(data))
    assert str(raised.value).endswith(".")
    assert len(str(raised.value)) < 300


def test_a_spec_too_large_to_hold_is_refused_before_its_weights_are_made():
    layers = tuple(DenseLayer(2048) for _ in range(30))
    spec = NetworkSpec((64, 64, 3), (FlattenLayer(), *layers, DenseLayer(2, "softmax")))
    data = packed(spec=np.array(spec.to_json()))
    with pytest.raises(NetworkError, match="50,000,000 parameters"):
        Network.load(io.BytesIO(data))


def test_names_twice_and_files_of_other_kinds_are_refused():
    buffer = io.BytesIO(packed(**PARTS))
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr("readme.txt", "hello")
    with pytest.raises(NetworkError, match="npy arrays only"):
        Network.load(io.BytesIO(buffer.getvalue()))
    buffer = io.BytesIO(packed(**PARTS))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "a") as file:
        file.writestr("1/bias.npy", b"")
    with pytest.raises(NetworkError, match="npy arrays only"):
        Network.load(io.BytesIO(buffer.getvalue()))


def test_compressed_files_and_fortran_order_are_read():
    kernel = np.arange(48, dtype=np.float32).reshape(16, 3)
    data = packed(zipfile.ZIP_DEFLATED, **PARTS | {"1/kernel": np.asfortranarray(kernel)})
    np.testing.assert_array_equal(Network.load(io.BytesIO(data)).weights[1]["kernel"], kernel)


def test_a_path_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(NetworkError, match="cannot be read: No such file"):
        Network.load(tmp_path / "none.npz")
    with pytest.raises(NetworkError, match="cannot be read"):
        Network.load(tmp_path)


def test_a_file_too_large_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "large.npz"
    path.write_bytes(bytes(2000))
    with pytest.raises(NetworkError, match="1,000"):
        Network.load(path)
    with pytest.raises(NetworkError, match="1,000"):
        Network.load(io.BytesIO(path.read_bytes()))


def mutated(data, content):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    return bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2]))])


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(data=st.data(), inside=st.sampled_from([None, *PARTS]))
def test_mutated_files_are_read_or_refused_but_nothing_else(data, inside):
    content = packed(**PARTS)
    if inside is None:
        content = mutated(data, content)
    else:
        # The zip is made after the change, so that its checksums are right.
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            array = file.read(f"{inside}.npy")
        content = packed(**PARTS | {inside: mutated(data, array)})
    try:
        network = Network.load(io.BytesIO(content))
    except NetworkError:
        return
    assert network.predict(random_images(network.spec, 1)).shape == (1, network.spec.classes)
