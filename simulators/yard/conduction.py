"""Heat through layers, as one matrix a step: the bulk of a container, and the fuel round a nest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.yard.constants import load_constants
from simulators.yard.weather import Array

BOX_EDGES_M: Final = (0.0, 0.03, 0.08, 0.15, 0.24, 0.35, 0.48, 0.62, 0.78, 0.94, 1.1)
"""Depths below the nearest wall at which the bulk is cut; the last is its middle [m]."""

NEST_EDGES_M: Final = (
    0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.1, 2.4, 2.8,
)  # fmt: skip
"""Distances from a nest's middle at which the fuel round it is cut [m]."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers of fuel that pass heat on; the first or the last one touches something else.

    Args:
        volume_m3: Of each layer [m³].
        place_m: Middle of each layer: depth, or distance [m].
        spread: One implicit step: new temperatures from the old ones with their sources added.
        outside: What a kelvin outside adds to each layer in a step [K/K].
        capacity_j_per_k: Of each layer [J/K].
    """

    volume_m3: Array
    place_m: Array
    spread: Array
    outside: Array
    capacity_j_per_k: Array

    def step(self, degc: Array, heat_j: Array, outside_degc: Array) -> Array:
        """Temperatures after a step, rows being stores [°C].

        Args:
            degc: Before it [°C].
            heat_j: Set free in each layer [J].
            outside_degc: Beyond the wall, one a store [°C].
        """
        warmed = (degc + heat_j / self.capacity_j_per_k) @ self.spread.T
        found: Array = warmed + outside_degc[:, None] * self.outside
        return found


def box(step_s: float) -> Layers:
    """The bulk of a container, peeled from its walls to its middle."""
    constants = load_constants()
    sides = np.array([constants["width"], constants["length"], constants["height"]])
    edges = np.array(BOX_EDGES_M)
    inner = np.maximum(sides[:, None] - 2.0 * edges, 0.0)
    volume = -np.diff(inner.prod(axis=0))
    area = 2.0 * (inner[0] * inner[1] + inner[1] * inner[2] + inner[0] * inner[2])
    middle = (edges[:-1] + edges[1:]) / 2.0
    links = constants["conductivity"] * area[1:-1] / np.diff(middle)
    rind = middle[0] / constants["conductivity"] + 1.0 / constants["wall_transfer"]
    return _layers(volume, middle, links, [area[0] / rind, *[0.0] * (len(volume) - 1)], step_s)


def nest(step_s: float) -> Layers:
    """The fuel round a nest, in spheres; how much warmer it is than without it ends far away."""
    constants = load_constants()
    edges = np.array(NEST_EDGES_M)
    volume = np.diff(4.0 / 3.0 * np.pi * edges**3)
    area = 4.0 * np.pi * edges**2
    middle = (edges[:-1] + edges[1:]) / 2.0
    links = constants["conductivity"] * area[1:-1] / np.diff(middle)
    far = constants["conductivity"] * area[-1] / (edges[-1] - middle[-1])
    return _layers(volume, middle, links, [*[0.0] * (len(volume) - 1), far], step_s)


def _layers(
    volume: Array, place: Array, links: Array, walls: Sequence[float], step_s: float
) -> Layers:
    constants = load_constants()
    capacity = constants["bulk_density"] * constants["heat_capacity"] * volume
    wall = np.array(walls)
    flow = np.diag(wall)
    for n, link in enumerate(links):
        flow[n, n] += link
        flow[n + 1, n + 1] += link
        flow[n, n + 1] -= link
        flow[n + 1, n] -= link
    spread = np.linalg.inv(np.eye(len(volume)) + step_s * flow / capacity[:, None]).astype(float)
    outside: Array = spread @ (step_s * wall / capacity)
    return Layers(volume, place, spread, outside, capacity)
