"""A small network that learns where many series went from their windows: two hidden layers, the absolute error, Adam.

Source: Montero-Manso and Hyndman (2021), Principles and algorithms for forecasting groups of time series: locality and globality;
Kingma and Ba (2015), Adam. Own code, since scikit-learn's network
knows no absolute error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

HIDDEN = 128
BATCH = 512
RATE = 2e-3
DROPPED = 0.1
"""Share of the hidden units that a step leaves out."""
BEND = 0.1
"""Errors below this, in units of noise, count squared, so that the search settles."""


@dataclass(frozen=True)
class Network:
    """What was learnt: the inputs' centre and spread, and the layers' weights and offsets."""

    centre: np.ndarray
    spread: np.ndarray
    weights: tuple[np.ndarray, ...]
    offsets: tuple[np.ndarray, ...]

    def forecast(self, inputs: np.ndarray) -> np.ndarray:
        """The outputs of each row, in double precision: the same to twelve digits whatever rows stand beside it."""
        values = (inputs - self.centre) / self.spread
        for weight, offset in zip(self.weights[:-1], self.offsets[:-1], strict=True):
            values = np.maximum(values @ weight + offset, 0)
        return values @ self.weights[-1] + self.offsets[-1]


def learn(inputs: np.ndarray, targets: np.ndarray, rounds: int, seed: int, start: Network | None = None) -> Network:
    """A network taught `rounds` times over the rows, from the beginning or going on from `start`. `targets`: rows × outputs, NaN where
    nothing is known (not counted)."""
    rng = np.random.default_rng(seed)
    centre, spread = (inputs.mean(axis=0), inputs.std(axis=0) + 1e-6) if start is None else (start.centre, start.spread)
    rows = ((inputs - centre) / spread).astype(np.float32)
    counted = np.isfinite(targets).astype(np.float32)
    wanted = np.where(counted > 0, targets, 0).astype(np.float32)
    layers = _first_layers(rng, inputs.shape[1], targets.shape[1]) if start is None else _layers_of(start)
    adam = _Adam(layers, rounds * -(-len(rows) // BATCH))
    for _ in range(rounds):
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), BATCH):
            batch = order[start : start + BATCH]
            adam.step(_gradients(layers, rows[batch], wanted[batch], counted[batch], rng))
    return Network(centre, spread, tuple(layers[::2]), tuple(layers[1::2]))


def _first_layers(rng: np.random.Generator, inputs: int, outputs: int) -> list[np.ndarray]:
    """Weights and offsets in turn; the last layer begins near the line that it corrects."""
    sizes = [inputs, HIDDEN, HIDDEN, outputs]
    layers = []
    for size, following in pairwise(sizes):
        layers += [rng.normal(0, np.sqrt(2 / size), (size, following)).astype(np.float32), np.zeros(following, np.float32)]
    layers[-2] *= np.float32(0.1)
    return layers


def _layers_of(network: Network) -> list[np.ndarray]:
    """A network's own weights and offsets in turn, to go on from."""
    return [layer.astype(np.float32) for pair in zip(network.weights, network.offsets, strict=True) for layer in pair]


def _gradients(layers: list[np.ndarray], rows: np.ndarray, wanted: np.ndarray, counted: np.ndarray, rng) -> list[np.ndarray]:
    """How the mean error of a batch changes with each weight and offset, units left out by chance."""
    values, kept = [rows], []
    for weight, offset in zip(layers[:-2:2], layers[1:-2:2], strict=True):
        keep = (rng.random((len(rows), HIDDEN), dtype=np.float32) > DROPPED) / np.float32(1 - DROPPED)
        kept.append(keep)
        values.append(np.maximum(values[-1] @ weight + offset, 0) * keep)
    error = values[-1] @ layers[-2] + layers[-1] - wanted
    slope = np.clip(error / np.float32(BEND), -1, 1) * counted * np.float32(wanted.shape[1] / max(counted.sum(), 1.0))
    found: list[np.ndarray] = []
    for place in range(len(values) - 1, -1, -1):
        found = [values[place].T @ slope, slope.sum(axis=0), *found]
        if place:
            slope = slope @ layers[2 * place].T * kept[place - 1] * (values[place] > 0)
    return found


class _Adam:
    """Adam with a rate that rises over fifty steps and falls along a cosine to nothing."""

    def __init__(self, layers: list[np.ndarray], steps: int):
        self.layers, self.steps, self.done = layers, steps, 0
        self.means = [np.zeros_like(layer) for layer in layers]
        self.squares = [np.zeros_like(layer) for layer in layers]

    def step(self, gradients: list[np.ndarray]) -> None:
        self.done += 1
        rate = RATE * 0.5 * (1 + np.cos(np.pi * self.done / self.steps)) * min(1.0, self.done / 50)
        for layer, mean, square, gradient in zip(self.layers, self.means, self.squares, gradients, strict=True):
            mean += np.float32(0.1) * (gradient - mean)
            square += np.float32(0.001) * (gradient * gradient - square)
            far = np.sqrt(square / np.float32(1 - 0.999**self.done)) + np.float32(1e-8)
            layer -= np.float32(rate) * (mean / np.float32(1 - 0.9**self.done)) / far
