"""Which rows of two tables are the same row: of a Stand and the one before, of two editions. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


def pair(
    before: Sequence[Row], after: Sequence[Row], rules: Sequence[Callable[[Row, Row], bool]]
) -> list[tuple[Row | None, Row | None]]:
    """The rows of both that belong together, in the order of `after`; then those of `before` that are left.

    `rules` say of an earlier and a later row whether they belong together, the surest first.
    """
    left = list(before)
    partner: dict[int, Row] = {}
    for belong in rules:
        for place, row in enumerate(after):
            other = next((old for old in left if belong(old, row)), None) if place not in partner else None
            if other is not None:
                partner[place] = other
                left.remove(other)
    return [*((partner.get(place), row) for place, row in enumerate(after)), *((old, None) for old in left)]
