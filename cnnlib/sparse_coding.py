"""Sparse coding: each signal as a sum of few atoms, and a dictionary of atoms learned from signals.

Signals are rows (count, inputs), a dictionary's atoms are rows (atoms, inputs) of norm 1 at most,
and the codes (count, atoms) say how much of each atom a signal takes: signals are about
codes @ atoms. B. Olshausen and D. Field, "Emergence of simple-cell receptive field properties by
learning a sparse code for natural images", Nature 381 (1996); the steps taken here are those of
J. Mairal, F. Bach, J. Ponce and G. Sapiro, "Online dictionary learning for sparse coding", ICML
2009.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

POWER_STEPS = 100
POWER_MARGIN = 1.01  # power iteration comes from below
BLOCK = 64  # atoms updated between two large products
UNUSED = 1e-6  # of an atom's sum of squared codes
FORGETTING = 2.0  # how fast the first batches, coded by poor atoms, stop to count


class SparseError(ValueError):
    """Signals, atoms or settings that cannot be; the message says what was received."""


def objective(signals: np.ndarray, atoms: np.ndarray, codes: np.ndarray, penalty: float) -> float:
    """The lasso's, a signal: half the squared error plus `penalty` times the sum of |codes|.

    >>> objective(np.array([[3.0, 4.0]]), np.eye(2), np.array([[3.0, 0.0]]), 0.5)
    9.5
    """
    error = signals - codes @ atoms
    total = 0.5 * np.square(error).sum(dtype=np.float64)
    total += penalty * np.abs(codes).sum(dtype=np.float64)
    return float(total / len(signals))


def soft_threshold(values: np.ndarray, threshold: float) -> np.ndarray:
    """Every number moved towards 0 by `threshold`, and those that are nearer set to 0.

    >>> soft_threshold(np.array([-3.0, -0.5, 2.0]), 1.0).tolist()
    [-2.0, 0.0, 1.0]
    """
    return values - np.clip(values, -threshold, threshold)


def steepest_curvature(atoms: np.ndarray) -> float:
    """The largest eigenvalue of atoms @ atoms.T, or a little more: 1 / the longest safe step.

    By power iteration, in products of a vector and the atoms alone.

    >>> round(steepest_curvature(np.array([[2.0, 0.0], [0.0, 1.0]])), 2)
    4.04
    """
    vector = atoms.sum(axis=0) + np.random.default_rng(0).normal(size=atoms.shape[1])
    vector = vector.astype(atoms.dtype)
    largest = 0.0
    for _ in range(POWER_STEPS):
        vector = (atoms @ vector) @ atoms
        before, largest = largest, float(np.linalg.norm(vector))
        if not largest:
            break
        vector /= largest
        if abs(largest - before) < 1e-4 * largest:
            break
    return largest * POWER_MARGIN


def encode(
    signals: np.ndarray,
    atoms: np.ndarray,
    penalty: float,
    *,
    steps: int = 50,
    start: np.ndarray | None = None,
    curvature: float | None = None,
) -> np.ndarray:
    """Codes (count, atoms) that make the lasso's `objective` small, in `steps` steps of FISTA.

    A step goes down the slope of the squared error, shrinks every code towards 0, and looks ahead
    by what it moved (A. Beck and M. Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm
    for Linear Inverse Problems", SIAM J. Imaging Sciences 2 (2009), FISTA with constant stepsize).
    It costs two products with all atoms for each signal. `start` are codes to go on from, and
    `curvature` is that of `steepest_curvature`, where it is known.

    >>> encode(np.array([[3.0, 0.2]]), np.eye(2), 0.5).round(3).tolist()
    [[2.5, 0.0]]
    """
    _check(signals, atoms)
    if not penalty > 0 or steps < 1:
        raise SparseError(
            f"penalty must be over 0 and steps 1 or more; they are {penalty} and {steps}."
        )
    length = 1 / max(curvature or steepest_curvature(atoms), 1e-12)
    slope = _slope(signals, atoms, steps)
    codes = np.zeros((len(signals), len(atoms)), signals.dtype) if start is None else start
    ahead, momentum = codes, 1.0
    for _ in range(steps):
        before = codes
        codes = soft_threshold(ahead - length * slope(ahead), length * penalty)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = codes + (momentum - 1) / following * (codes - before)
        momentum = following
    return codes


def _slope(
    signals: np.ndarray, atoms: np.ndarray, steps: int
) -> Callable[[np.ndarray], np.ndarray]:
    """The gradient of half the squared error as a function of codes, in the cheaper of two ways."""
    count, inputs = atoms.shape
    work = len(signals) * steps * count
    if count * count * inputs + work * count < 2 * work * inputs:
        gram, overlaps = atoms @ atoms.T, signals @ atoms.T
        return lambda codes: codes @ gram - overlaps
    return lambda codes: (codes @ atoms - signals) @ atoms.T


def pursue(signals: np.ndarray, atoms: np.ndarray, count: int) -> np.ndarray:
    """Codes with `count` atoms for each signal at most, by orthogonal matching pursuit.

    The atom that what is left points along most is taken, all taken so far are fitted anew by
    least squares, and so on (Y. Pati, R. Rezaiifar and P. Krishnaprasad, "Orthogonal matching
    pursuit", Asilomar 1993). Atoms must be of norm 1.

    >>> pursue(np.array([[3.0, 4.0]]), np.eye(2), 1).tolist()
    [[0.0, 4.0]]
    """
    _check(signals, atoms)
    if not 0 <= count <= len(atoms):
        raise SparseError(f"there are {len(atoms)} atoms; {count} cannot be taken of them.")
    codes = np.zeros((len(signals), len(atoms)), signals.dtype)
    for signal, code in zip(signals, codes, strict=True):
        taken: list[int] = []
        left = signal
        for _ in range(count):
            fits = np.abs(atoms @ left)
            fits[taken] = 0
            if fits.max() < 1e-6:
                break  # nothing is left that any atom points along
            taken.append(int(fits.argmax()))
            values = np.linalg.lstsq(atoms[taken].T, signal)[0]
            left = signal - values @ atoms[taken]
        if taken:
            code[taken] = values
    return codes


def updated_atoms(atoms: np.ndarray, among: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """The atoms after each of them, one after another, has been fitted to the codes.

    `among` is codes.T @ codes and `towards` codes.T @ signals, summed over all signals seen. Each
    atom goes to where the squared error is smallest while the others stay, and back to norm 1 if
    it became longer, so the error never grows (Mairal et al., algorithm 2). Atoms that no signal
    has used stay. For blocks of atoms what the others explain is one large product: atoms x atoms
    x inputs multiply-adds in all, and the same result as one by one.
    """
    atoms = atoms.copy()
    use = np.diag(among)
    for first in range(0, len(atoms), BLOCK):
        block = slice(first, min(first + BLOCK, len(atoms)))
        left = towards[block] - among[block] @ atoms
        inner = among[block, block]
        for at, number in enumerate(range(block.start, block.stop)):
            if use[number] <= UNUSED:
                continue
            fitted = atoms[number] + left[at] / use[number]
            fitted /= max(1.0, float(np.linalg.norm(fitted)))
            left -= np.outer(inner[:, at], fitted - atoms[number])
            atoms[number] = fitted
    return atoms


def starting_atoms(inputs: int, count: int, seed: int = 0) -> np.ndarray:
    """`count` atoms of norm 1 to start from: noise, drawn by `seed`, float32."""
    rng = np.random.default_rng(seed)
    return _unit(rng.standard_normal((count, inputs), np.float32))


def learning(
    signals: np.ndarray,
    count: int,
    penalty: float,
    *,
    batches: int,
    batch_size: int = 256,
    steps: int = 50,
    seed: int = 0,
) -> Iterator[np.ndarray]:
    """The dictionary of `count` atoms after each of `batches` minibatches, learned from noise.

    A batch of signals drawn by `seed` is encoded, its codes are added to those before, which fade,
    and the atoms are updated. An atom that nothing uses is replaced by one of the signals.
    """
    _check(signals, signals)
    rng = np.random.default_rng(seed)
    atoms = starting_atoms(signals.shape[1], count, seed).astype(signals.dtype)
    among = np.zeros((count, count), signals.dtype)
    towards = np.zeros_like(atoms)
    for number in range(1, batches + 1):
        batch = signals[rng.choice(len(signals), min(batch_size, len(signals)), replace=False)]
        codes = encode(batch, atoms, penalty, steps=steps)
        fading = (1 - 1 / number) ** FORGETTING
        among = fading * among + codes.T @ codes
        towards = fading * towards + codes.T @ batch
        atoms = updated_atoms(atoms, among, towards)
        idle = np.flatnonzero(np.diag(among) <= UNUSED)
        atoms[idle] = _unit(batch[rng.integers(len(batch), size=len(idle))])
        yield atoms.copy()


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _check(signals: np.ndarray, atoms: np.ndarray) -> None:
    good = signals.ndim == atoms.ndim == 2 and signals.size and atoms.size
    if not good or signals.dtype.kind != "f" or signals.shape[1] != atoms.shape[1]:
        raise SparseError(
            "signals must be floats (count, inputs) and atoms (atoms, inputs); they are "
            f"{signals.dtype} {signals.shape} and {atoms.shape}."
        )
