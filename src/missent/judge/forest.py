"""Own the shipped model of "the wrong person": small decision trees, read from ``data/person.json``.

Boosted trees need nothing but comparisons and one addition a tree, so they are scored here in plain
Python. The sum of the leaves, times `slope` plus `bias`, is a log-odds *ratio*: the share of leaks among
the training examples is taken out and the scale is set on senders unseen in training, so that it adds to
the prior like any other evidence. It is kept within `LEAST` and `MOST`, since no archive is large
enough to vouch for more.

In the file a tree is a nested list: ``[feature, limit, left, right]`` or a leaf's number; a value at
most the limit goes left. The file names its features, and one made for others is refused. Read once,
on first use.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from missent.judge.person import FEATURES

LEAST, MOST = -4.0, 7.5

Node = tuple[int, float, Any, Any]
"""(feature, limit, left, right); a leaf is (`_LEAF`, value, None, None): unpacking is the quickest walk."""
_LEAF = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """A scored sum of trees."""

    trees: tuple[Node, ...] = field(repr=False)
    slope: float
    bias: float

    def weight(self, values: Sequence[float]) -> float:
        """Give the log-odds ratio of a recipient with these features, in the order of `FEATURES`."""
        return min(MOST, max(LEAST, self.slope * self.raw(values) + self.bias))

    def raw(self, values: Sequence[float]) -> float:
        """Give the bare sum of the leaves; ranks recipients where `weight` has reached its bounds."""
        total = 0.0
        for feature, limit, left, right in self.trees:
            while feature >= 0:
                feature, limit, left, right = left if values[feature] <= limit else right  # noqa: PLW2901
            total += limit
        return total


def read(plain: Mapping[str, Any]) -> Forest:
    """Build the forest a file describes; `ValueError` if it was made for other features."""
    used = plain["features"]
    if any(name not in FEATURES for name in used):
        raise ValueError("the model was trained for other features")
    places = [FEATURES.index(name) for name in used]
    trees = tuple(_node(tree, places) for tree in plain["trees"])
    return Forest(trees, float(plain["slope"]), float(plain["bias"]))


@functools.cache
def shipped() -> Forest:
    """Give the model that comes with this version."""
    text = resources.files("missent.data").joinpath("person.json").read_text(encoding="utf-8")
    return read(json.loads(text))


def _node(plain: Any, places: Sequence[int]) -> Node:
    if not isinstance(plain, list):
        return _LEAF, float(plain), None, None
    feature, limit, left, right = plain
    return places[feature], float(limit), _node(left, places), _node(right, places)
