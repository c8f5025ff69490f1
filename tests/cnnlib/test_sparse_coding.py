"""Sparse coding: hand-computed codes, the lasso's optimality, atoms found again."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cnnlib.sparse_coding import (
    SparseError,
    encode,
    learning,
    objective,
    pursue,
    soft_threshold,
    starting_atoms,
    steepest_curvature,
    updated_atoms,
)

PENALTY = 0.1


def unit_rows(rng: np.random.Generator, count: int, inputs: int) -> np.ndarray:
    rows = rng.normal(size=(count, inputs))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def signals_and_atoms() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(6, 8)), unit_rows(rng, 14, 8)


def test_an_orthonormal_dictionary_has_codes_in_closed_form():
    rng = np.random.default_rng(0)
    atoms = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    signals = rng.normal(size=(4, 5))
    expected = soft_threshold(signals @ atoms.T, 0.3)
    np.testing.assert_allclose(encode(signals, atoms, 0.3, steps=200), expected, atol=1e-6)


def test_a_lasso_of_two_atoms_by_hand():
    # Atoms (1, 0) and (0.6, 0.8), signal (1, 1): both in use, so Gram @ c = overlaps - penalty,
    # [[1, 0.6], [0.6, 1]] @ c = (0.9, 1.3), c = (0.12, 0.76) / 0.64.
    codes = encode(np.array([[1.0, 1.0]]), np.array([[1.0, 0.0], [0.6, 0.8]]), 0.1, steps=500)
    np.testing.assert_allclose(codes, [[0.1875, 1.1875]], atol=1e-6)
    # With a penalty of 1.1 the first atom (overlap 1) is out, and 1.4 - 1.1 is left of the second.
    codes = encode(np.array([[1.0, 1.0]]), np.array([[1.0, 0.0], [0.6, 0.8]]), 1.1, steps=500)
    np.testing.assert_allclose(codes, [[0.0, 0.3]], atol=1e-6)


@pytest.mark.parametrize("count", [6, 400], ids=["by the atoms", "by their products"])
def test_codes_meet_the_lassos_optimality_conditions(signals_and_atoms, count):
    signals, atoms = signals_and_atoms
    signals = np.resize(signals, (count, 8))
    codes = encode(signals, atoms, PENALTY, steps=3_000)
    slope = (codes @ atoms - signals) @ atoms.T
    used = codes != 0
    assert 0.1 < used.mean() < 0.9
    # Where a code is in use the slope is the penalty against its sign; elsewhere it is no larger.
    np.testing.assert_allclose(slope[used], -PENALTY * np.sign(codes[used]), atol=1e-5)
    assert np.abs(slope[~used]).max() <= PENALTY + 1e-5


def test_no_penalty_that_is_large_enough_leaves_any_code(signals_and_atoms):
    signals, atoms = signals_and_atoms
    most = np.abs(signals @ atoms.T).max()
    assert not encode(signals, atoms, 1.01 * most).any()
    assert encode(signals, atoms, 0.9 * most).any()


def test_a_start_is_gone_on_from(signals_and_atoms):
    signals, atoms = signals_and_atoms
    best = encode(signals, atoms, PENALTY, steps=3_000)
    again = encode(signals, atoms, PENALTY, steps=1, start=best)
    np.testing.assert_allclose(again, best, atol=1e-6)


def test_the_curvature_is_a_little_over_the_largest_eigenvalue(signals_and_atoms):
    _, atoms = signals_and_atoms
    largest = np.linalg.eigvalsh(atoms @ atoms.T)[-1]
    assert largest <= steepest_curvature(atoms) <= 1.02 * largest


def test_pursuit_takes_the_best_atoms_and_fits_them_together():
    atoms = np.array([[1.0, 0.0], [0.6, 0.8]])
    signal = np.array([[1.0, 1.0]])
    # Overlaps 1 and 1.4: the second alone with 1.4; then both, exactly: (0.25, 1.25).
    np.testing.assert_allclose(pursue(signal, atoms, 1), [[0.0, 1.4]], atol=1e-12)
    np.testing.assert_allclose(pursue(signal, atoms, 2), [[0.25, 1.25]], atol=1e-12)
    assert not pursue(signal, atoms, 0).any()
    assert not pursue(np.zeros((1, 2)), atoms, 2).any()


def test_each_further_atom_of_a_pursuit_lowers_the_error(signals_and_atoms):
    signals, atoms = signals_and_atoms
    errors = []
    for count in range(9):
        codes = pursue(signals, atoms, count)
        assert (np.count_nonzero(codes, axis=1) <= count).all()
        errors.append(float(np.square(signals - codes @ atoms).sum()))
    assert all(after < before for before, after in itertools.pairwise(errors))
    assert errors[-1] < 1e-20  # eight atoms span eight dimensions


def test_updates_of_blocks_are_those_of_atoms_one_by_one():
    rng = np.random.default_rng(1)
    atoms, codes = unit_rows(rng, 150, 12), rng.normal(size=(300, 150))
    codes[:, 7] = 0  # unused
    signals = rng.normal(size=(300, 12))
    among, towards = codes.T @ codes, codes.T @ signals
    expected = atoms.copy()
    for number in range(len(atoms)):
        if among[number, number] > 0:
            left = towards[number] - among[number] @ expected
            fitted = expected[number] + left / among[number, number]
            expected[number] = fitted / max(1, np.linalg.norm(fitted))
    found = updated_atoms(atoms, among, towards)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_array_equal(found[7], atoms[7])
    assert np.linalg.norm(found, axis=1).max() <= 1 + 1e-9


def test_turns_of_encoding_and_updating_never_raise_the_objective():
    rng = np.random.default_rng(2)
    signals, atoms = rng.normal(size=(80, 10)), unit_rows(rng, 15, 10)
    codes = encode(signals, atoms, PENALTY, steps=500)
    values = [objective(signals, atoms, codes, PENALTY)]
    for _ in range(8):
        atoms = updated_atoms(atoms, codes.T @ codes, codes.T @ signals)
        values.append(objective(signals, atoms, codes, PENALTY))
        codes = encode(signals, atoms, PENALTY, steps=500, start=codes)
        values.append(objective(signals, atoms, codes, PENALTY))
    assert np.diff(values).max() < 1e-9
    assert values[-1] < 0.95 * values[0]


def test_planted_atoms_are_found_again():
    rng = np.random.default_rng(5)
    planted = unit_rows(rng, 24, 20)
    codes = np.zeros((3_000, 24))
    for code in codes:
        code[rng.choice(24, 2, replace=False)] = rng.choice((-1, 1), 2) * rng.uniform(1, 2, 2)

    def found(atoms: np.ndarray) -> int:
        """How many planted atoms have one, of either sign, that points their way."""
        return int(np.sum(np.abs(planted @ atoms.T).max(axis=1) > 0.95))

    assert found(starting_atoms(20, 24, seed=1)) == 0
    *_, atoms = learning(codes @ planted, 24, 0.3, batches=100, batch_size=200, seed=1)
    assert found(atoms) >= 22


def test_the_same_seed_learns_the_same_atoms():
    signals = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    first, again, other = (
        list(learning(signals, 8, PENALTY, batches=3, batch_size=50, seed=seed))
        for seed in (4, 4, 5)
    )
    assert len(first) == 3
    assert first[-1].dtype == np.float32
    np.testing.assert_array_equal(first[-1], again[-1])
    assert np.abs(first[-1] - other[-1]).max() > 0.01


def test_starting_atoms_are_noise_of_norm_one():
    atoms = starting_atoms(20, 7, seed=2)
    assert atoms.shape == (7, 20)
    np.testing.assert_allclose(np.linalg.norm(atoms, axis=1), 1, atol=1e-6)


def test_what_cannot_be_is_said():
    good = np.eye(2)
    with pytest.raises(SparseError, match=r"int64 \(2, 2\)"):
        encode(np.ones((2, 2), np.int64), good, 1.0)
    with pytest.raises(SparseError, match=r"\(2, 3\)"):
        encode(np.ones((2, 3)), good, 1.0)
    with pytest.raises(SparseError, match="over 0"):
        encode(good, good, 0.0)
    with pytest.raises(SparseError, match="5 cannot be taken"):
        pursue(good, good, 5)
