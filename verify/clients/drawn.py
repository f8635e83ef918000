"""Which configurations are tried: values around every bound, and what people write by mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

Settings = dict[str, object]


def drawn(choose: Random, values: Mapping[str, Sequence[object]]) -> Settings:
    """A few settings of these; the first value of each, which every client takes, half of the time."""
    keys = choose.sample(sorted(values), choose.randint(0, 4))
    # What a client promises hangs on the first two.
    keys += [key for key in list(values)[:2] if choose.random() < 0.5 and key not in keys]
    return {
        key: values[key][0] if choose.random() < 0.5 else choose.choice(values[key]) for key in keys
    }


def numbers(*bounds: int) -> tuple[str, ...]:
    """Texts of the numbers around these."""
    near = sorted({bound + step for bound in bounds for step in (-1, 0, 1)})
    return tuple(str(number) for number in near)
