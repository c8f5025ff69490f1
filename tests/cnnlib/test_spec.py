"""Specs travel unharmed, stacks are judged at the right layer, and text from outside is refused."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlib.fields import MAX_JSON_CHARACTERS
from cnnlib.presets import article_basic
from cnnlib.spec import (
    LAYERS,
    LIMITS,
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    Limits,
    NetworkSpec,
    PoolLayer,
    RunSpec,
    SpecError,
    TrainingSpec,
    limits_of,
)

SOFTMAX = DenseLayer(10, "softmax")
SMALL = NetworkSpec((4, 4, 1), (ConvLayer(2), FlattenLayer(), DenseLayer(2, "softmax")))


def any_value(spec_class, name):
    """A strategy for all that a field declares."""
    allowed = limits_of(spec_class, name)
    (rule,) = next(f for f in dataclasses.fields(spec_class) if f.name == name).metadata
    return {
        "whole": lambda: st.integers(*allowed),
        "real": lambda: st.floats(*allowed),
        "options": lambda: st.sampled_from(allowed),
        "check": lambda: st.sampled_from(["digits", "cifar10:3,5@16", "digits@32+rgb"]),
        "flag": st.booleans,
        "reals": lambda: st.lists(st.floats(*allowed), min_size=1, max_size=4).map(tuple),
        "words": lambda: st.lists(st.sampled_from(allowed), unique=True).map(tuple),
    }[rule]()


def any_of(spec_class):
    fields = dataclasses.fields(spec_class)
    return st.builds(spec_class, **{f.name: any_value(spec_class, f.name) for f in fields})


any_layer = st.one_of([any_of(layer) for layer in LAYERS.values()])
any_shape = st.tuples(st.integers(1, 256), st.integers(1, 256), st.sampled_from((1, 3)))
any_network = st.builds(NetworkSpec, any_shape, st.lists(any_layer, max_size=8).map(tuple))
any_training = any_of(TrainingSpec)
any_run = st.builds(RunSpec, any_network, any_training)


def assert_sentence(error: SpecError):
    text = str(error)
    assert text.endswith("."), text
    assert text.isprintable(), text
    assert len(text.split()) >= 4, text
    assert len(text) < 400, text


@given(any_run)
def test_every_spec_comes_back_from_json_as_it_was(run):
    assert NetworkSpec.from_json(run.network.to_json()) == run.network
    assert TrainingSpec.from_json(run.training.to_json()) == run.training
    again = RunSpec.from_json(run.to_json())
    assert again == run
    assert again.to_json() == run.to_json()


def test_json_is_what_the_run_store_and_links_hold():
    assert json.loads(SMALL.to_json()) == {
        "input_shape": [4, 4, 1],
        "layers": [
            {
                "kind": "conv",
                "filters": 2,
                "kernel_size": 3,
                "stride": 1,
                "padding": "valid",
                "activation": "relu",
                "use_bias": True,
            },
            {"kind": "flatten"},
            {"kind": "dense", "units": 2, "activation": "softmax", "use_bias": True},
        ],
    }
    assert json.loads(TrainingSpec(augmentation=("flip",)).to_json()) == {
        "dataset": "digits",
        "source": "sample",
        "image_count": 9000,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "label_smoothing": 0.0,
        "averaging": 0.0,
        "batch_size": 64,
        "epochs": 15,
        "seed": 0,
        "augmentation": ["flip"],
        "schedule": "constant",
        "precision": "float32",
        "patience": 0,
        "label_noise": 0.0,
        "validation_share": 0.1,
        "start": "",
        "frozen": False,
    }


def test_what_json_leaves_out_takes_its_default():
    text = '{"input_shape": [8, 8, 3], "layers": [{"kind": "conv", "filters": 4}]}'
    assert NetworkSpec.from_json(text) == NetworkSpec((8, 8, 3), (ConvLayer(4),))
    assert TrainingSpec.from_json("{}") == TrainingSpec()


NESTED = "[" * 50_000 + "]" * 50_000
HOSTILE_ANYWHERE = [
    "",
    "null",
    "true",
    "3",
    '"text"',
    "[]",
    "[" * MAX_JSON_CHARACTERS,
    NESTED,
    "{" * MAX_JSON_CHARACTERS,
    "9" * 5000,
    "NaN",
    "-Infinity",
    '{"network": NaN}',
    '{"unknown": 1}',
    '{"\\ud800": 1}',
    '"\\ud800"',
    "{} {}",
    "\x00",
    " " * (MAX_JSON_CHARACTERS + 1),
]


@pytest.mark.parametrize("spec_class", [NetworkSpec, TrainingSpec, RunSpec])
@pytest.mark.parametrize("text", HOSTILE_ANYWHERE, ids=lambda text: ascii(text[:20]))
def test_text_that_is_no_spec_gets_a_sentence(spec_class, text):
    with pytest.raises(SpecError) as refusal:
        spec_class.from_json(text)
    assert_sentence(refusal.value)


HOSTILE_TRAININGS = {
    "epochs": [0, 101, -1, 1.0, "12", True, None, [1], {}, 10**400],
    "image_count": [19, 60_001, "9000", 9000.0, 10**400],
    "learning_rate": [0, 1e-7, 1e308, -1e308, "0.001", True, None, [0.1], 10**400],
    "batch_size": [0, 1025, 2.5],
    "seed": [-1, 2**31, 0.5],
    "dataset": [
        *("mnist", "", "../digits", "digits\x00", "\ud800", 1, None, ["digits"]),
        *("digits:1", "digits:7,1", "digits:1,1", "digits:1,10", "digits:01,2", "digits@7"),
        *("digits@225", "cifar10+rgb", "cifar10@16+rgb", "digits@16:1,2", "digits:", "digits@"),
    ],
    "weight_decay": [-0.1, 1.1, "0.1", True, None],
    "label_smoothing": [-0.1, 0.51, True],
    "averaging": [-0.1, 1, "0.9"],
    "start": ["mnist", "../cifar10", None, 1],
    "frozen": [0, "true", None],
    "source": ["all", None],
    "optimizer": ["Adam", "adagrad", ["adam"], {"adam": 1}],
    "augmentation": ["flip", ["turn"], ["flip", "flip"], [["flip"]], None, {"flip": 1}, [None]],
    "schedule": ["linear", 0],
    "precision": ["float16", 32],
    "patience": [-1, 101, 2.0, None],
    "label_noise": [-0.1, 0.51, "0.1", [0.1]],
    "validation_share": [0, 0.04, 0.99, True],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, x) for name, values in HOSTILE_TRAININGS.items() for x in values]
)
def test_a_hostile_training_is_refused_and_the_setting_is_named(name, value):
    with pytest.raises(SpecError) as refusal:
        TrainingSpec.from_json(json.dumps({name: value}))
    assert_sentence(refusal.value)
    assert str(refusal.value).startswith(f"{name.replace('_', ' ')} m")


def test_every_training_setting_has_hostile_values_above():
    assert set(HOSTILE_TRAININGS) == {field.name for field in dataclasses.fields(TrainingSpec)}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "-1e400"])
def test_a_learning_rate_that_is_no_finite_number_is_refused(number):
    with pytest.raises(SpecError) as refusal:
        TrainingSpec.from_json(f'{{"learning_rate": {number}}}')
    assert_sentence(refusal.value)


@pytest.mark.parametrize(
    "shape",
    [
        [32, 32],
        [32, 32, 3, 1],
        [0, 32, 3],
        [32, 257, 3],
        [32, 32, 2],
        [32.0, 32, 3],
        [True, 32, 3],
        ["32", 32, 3],
        [None, 32, 3],
        [[32], 32, 3],
        [10**400, 32, 3],
        [-1, 32, 3],
        "323",
        {},
        None,
    ],
    ids=lambda shape: repr(shape)[:30],
)
def test_an_input_that_is_no_image_is_refused(shape):
    with pytest.raises(SpecError) as refusal:
        NetworkSpec.from_json(json.dumps({"input_shape": shape, "layers": []}))
    assert_sentence(refusal.value)
    assert refusal.value.layer is None


@pytest.mark.parametrize(
    "layer",
    [
        None,
        [],
        "conv",
        3,
        {},
        {"kind": None},
        {"kind": ["conv"]},
        {"kind": "Conv"},
        {"kind": "__class__"},
        {"kind": "\ud800" * 100},
        {"kind": "conv", "strides": 1},
        {"kind": "conv", "title": "Mine"},
        {"kind": "conv", "filters": "8"},
        {"kind": "conv", "filters": 10**400},
        {"kind": "conv", "kernel_size": [3, 3]},
        {"kind": "dropout", "rate": "0.5"},
        {"kind": "batch_norm", "EPSILON": 0},
        {"kind": "flatten", "rate": 0.5},
    ],
    ids=lambda layer: ascii(layer)[:40],
)
def test_a_hostile_layer_is_refused_at_its_place(layer):
    stack = [{"kind": "conv"}, {"kind": "flatten"}, layer]
    with pytest.raises(SpecError) as refusal:
        NetworkSpec.from_json(json.dumps({"input_shape": [8, 8, 1], "layers": stack}))
    assert_sentence(refusal.value)
    assert refusal.value.layer == 2


def test_more_layers_than_anybody_may_have_are_not_even_read():
    stack = [{"kind": "flatten"}] * LIMITS.layers
    ok = NetworkSpec.from_json(json.dumps({"input_shape": [8, 8, 1], "layers": stack}))
    assert len(ok.layers) == 40
    with pytest.raises(SpecError, match=r"may have 40 layers; this one has 41\."):
        NetworkSpec.from_json(json.dumps({"input_shape": [8, 8, 1], "layers": [*stack, "no"]}))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**400)
    | st.floats()
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=6,
)
GOOD = RunSpec(article_basic(), TrainingSpec(augmentation=("flip",))).to_dict()


def paths(value, path=()):
    """The way to every value inside of a JSON object."""
    yield path
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


@settings(max_examples=300)
@given(st.sampled_from([path for path in paths(GOOD) if path]), json_values)
def test_any_value_anywhere_in_a_good_spec_gives_a_spec_or_a_sentence(path, value):
    changed = copy.deepcopy(GOOD)
    *way, last = path
    place = changed
    for key in way:
        place = place[key]
    place[last] = value
    try:
        run = RunSpec.from_json(json.dumps(changed))
        run.check()
    except SpecError as error:
        assert_sentence(error)
    else:
        assert RunSpec.from_json(run.to_json()) == run


WRONG_STACKS = [
    ("nothing at all", (8, 8, 1), (), None, "last layer must be a dense layer"),
    ("no softmax at the end", (8, 8, 1), (FlattenLayer(), DenseLayer(10)), 1, "with softmax"),
    ("one class", (8, 8, 1), (FlattenLayer(), DenseLayer(1, "softmax")), 1, "one unit for each"),
    ("an end that is no dense layer", (8, 8, 1), (ConvLayer(4),), 0, "must be a dense layer"),
    (
        "softmax apart from its dense layer",
        (8, 8, 1),
        (FlattenLayer(), DenseLayer(10, "linear"), ActivationLayer("softmax")),
        2,
        "must be a dense layer with softmax",
    ),
    ("a dense layer on an image", (8, 8, 1), (ConvLayer(4), SOFTMAX), 1, "Put a flatten"),
    (
        "a convolution after flattening",
        (8, 8, 1),
        (FlattenLayer(), ConvLayer(4), SOFTMAX),
        1,
        "Convolution needs an image",
    ),
    (
        "pooling after global pooling",
        (8, 8, 1),
        (ConvLayer(4), GlobalAveragePoolLayer(), PoolLayer(), SOFTMAX),
        2,
        "Pooling needs an image",
    ),
    (
        "global pooling twice",
        (8, 8, 1),
        (GlobalAveragePoolLayer(), GlobalAveragePoolLayer(), SOFTMAX),
        1,
        "Global average pooling needs an image",
    ),
    (
        "a kernel larger than what is left",
        (8, 8, 1),
        (ConvLayer(4), PoolLayer(), ConvLayer(4, 5), FlattenLayer(), SOFTMAX),
        2,
        "slides a 5 x 5 window, but its input is only 3 x 3",
    ),
    (
        "a pool larger than what is left",
        (8, 4, 1),
        (PoolLayer(size=5), FlattenLayer(), SOFTMAX),
        0,
        "slides a 5 x 5 window, but its input is only 8 x 4",
    ),
    (
        "softmax inside a convolution",
        (8, 8, 1),
        (ConvLayer(4), ConvLayer(4, activation="softmax"), FlattenLayer(), SOFTMAX),
        1,
        "belongs to the last layer only",
    ),
    (
        "softmax in a hidden dense layer",
        (8, 8, 1),
        (FlattenLayer(), DenseLayer(9, "softmax"), SOFTMAX),
        1,
        "belongs to the last layer only",
    ),
    (
        "softmax as a layer in the middle",
        (8, 8, 1),
        (FlattenLayer(), DenseLayer(9, "linear"), ActivationLayer("softmax"), SOFTMAX),
        2,
        "belongs to the last layer only",
    ),
]


@pytest.mark.parametrize(
    ("shape", "layers", "index", "words"),
    [case[1:] for case in WRONG_STACKS],
    ids=[case[0] for case in WRONG_STACKS],
)
def test_a_wrong_stack_is_refused_at_the_layer_at_fault(shape, layers, index, words):
    network = NetworkSpec(shape, layers)
    for ask in (network.trace, lambda: network.parameters, lambda: network.classes):
        with pytest.raises(SpecError) as refusal:
            ask()
        assert refusal.value.layer == index
        assert words in str(refusal.value)
        assert_sentence(refusal.value)
    with pytest.raises(SpecError):
        RunSpec(network, TrainingSpec()).check()


def test_steps_go_as_far_as_the_stack_is_sound():
    network = NetworkSpec((8, 8, 1), (ConvLayer(4), FlattenLayer(), ConvLayer(4)))
    steps = network.steps()
    assert next(steps).output_shape == (6, 6, 4)
    assert next(steps).output_shape == (144,)
    with pytest.raises(SpecError) as refusal:
        next(steps)
    assert refusal.value.layer == 2


@pytest.mark.parametrize("layers", [[FlattenLayer()], (FlattenLayer,), (None,), "flatten"])
def test_layers_are_a_tuple_of_layers(layers):
    with pytest.raises(SpecError, match=r"^a network's layers must be a tuple of layers\.$"):
        NetworkSpec((8, 8, 1), layers)


def test_a_summary_by_hand():
    network = NetworkSpec(
        (9, 7, 3),
        (
            ConvLayer(4, 3, 2, "same", "linear", use_bias=False),
            BatchNormLayer(),
            ActivationLayer("tanh"),
            PoolLayer("average", 2, 1),
            DropoutLayer(0.5),
            GlobalAveragePoolLayer(),
            DenseLayer(5, "softmax"),
        ),
    )
    rows = [
        (s.index, s.input_shape, s.output_shape, s.parameters, s.trainable_parameters)
        for s in network.trace()
    ]
    assert rows == [
        (0, (9, 7, 3), (5, 4, 4), 108, 108),  # 3 x 3 x 3 x 4
        (1, (5, 4, 4), (5, 4, 4), 16, 8),  # scale, shift; running mean and variance
        (2, (5, 4, 4), (5, 4, 4), 0, 0),
        (3, (5, 4, 4), (4, 3, 4), 0, 0),
        (4, (4, 3, 4), (4, 3, 4), 0, 0),
        (5, (4, 3, 4), (4,), 0, 0),
        (6, (4,), (5,), 25, 25),
    ]
    assert network.parameters == 149
    assert network.multiply_adds == 27 * 5 * 4 * 4 + 20
    assert network.classes == 5


# Cells of SMALL: image 16; convolution 2 x 2 x 2 = 8, flattened 8, dense 2; weights 20 + 18.
SMALL_RUN = RunSpec(SMALL, TrainingSpec(image_count=20, batch_size=5, epochs=3))


def test_work_and_memory_by_hand():
    assert SMALL.parameters == 38
    assert SMALL.multiply_adds == 9 * 8 + 8 * 2
    assert SMALL_RUN.work() == 88 * 20 * 3
    assert SMALL_RUN.memory_bytes() == 4 * (20 * 16 + 3 * 5 * (16 + 8 + 8 + 2) + 4 * 38)


@pytest.mark.parametrize(
    ("limit", "used", "words"),
    [
        ("layers", 3, "3 layers; the most is 2. Remove some."),
        ("parameters", 38, "38 parameters; the most is 37. Use fewer filters or units"),
        ("images", 20, "20 images; the most is 19. Use fewer."),
        ("epochs", 3, "3 epochs; the most is 2. Use fewer."),
        ("memory_bytes", 3928, "3,928 bytes of memory; the most is 3,927. Use a smaller batch."),
        ("image_work", 88, "88 multiply-adds for one image; the most is 87. Use fewer filters"),
        ("image_bytes", 72, "72 bytes for one image's numbers; the most is 71. Use fewer filters"),
        ("work", 5280, "5,280 multiply-adds in all; the most is 5,279. Use fewer images"),
    ],
)
def test_each_limit_holds_to_the_last_one(limit, used, words):
    SMALL_RUN.check(Limits(**{limit: used}))
    with pytest.raises(SpecError) as refusal:
        SMALL_RUN.check(Limits(**{limit: used - 1}))
    assert f"this run asks for {words}" in str(refusal.value)
    assert_sentence(refusal.value)


def test_every_limit_is_tested_above():
    tested = {"layers", "parameters", "images", "epochs", "memory_bytes", "work"}
    tested |= {"image_work", "image_bytes"}
    tested |= {"imports", "import_bytes", "spare_bytes"}  # where runs are imported
    tested |= {"process_bytes", "run_seconds", "runs", "queue"}  # where they are admitted
    tested |= {"lease_seconds", "idle_seconds", "store_bytes"}  # with leases, jobs and pruning
    assert tested == {field.name for field in dataclasses.fields(Limits)}


def test_a_network_that_would_hold_up_every_page_is_refused_however_little_it_trains():
    little = TrainingSpec("shapes@224", image_count=20, epochs=1, batch_size=1)
    slow = (ConvLayer(64, 5, padding="same"),) * 30  # 1.5e11 multiply-adds: ten seconds an image
    large = (ConvLayer(256, 1), *(ActivationLayer("relu"),) * 4)  # 4 times 51 MB, and 51
    for layers, words in ((slow, "for one image; the most is 10,000,000,000"), (large, "numbers")):
        stack = (*layers, GlobalAveragePoolLayer(), DenseLayer(8, "softmax"))
        with pytest.raises(SpecError, match=words):
            RunSpec(NetworkSpec((224, 224, 3), stack), little).check()


def test_the_articles_own_run_is_within_the_limits_and_a_giant_is_not():
    run = RunSpec(article_basic(), TrainingSpec("cifar10", "full", 50_000, epochs=50))
    run.check()
    assert run.work() == 14_755_712 * 50_000 * 50
    wide = NetworkSpec(
        (256, 256, 3), (ConvLayer(512, 15, padding="same"), GlobalAveragePoolLayer(), SOFTMAX)
    )
    with pytest.raises(SpecError, match="multiply-adds for one image"):
        RunSpec(wide, TrainingSpec()).check()
