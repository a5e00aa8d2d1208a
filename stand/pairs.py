"""Which rows of tables are the same row: of a Stand and the one before, of two editions, over all Stände. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

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


def series_of(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Rows of one thing over the Stände: one series without a name, or one per label where a Stand has several rows."""
    if max(Counter(row.report_id for row in rows).values(), default=0) <= 1:
        return {"": list(rows)} if rows else {}
    series: dict[str, list[Any]] = {}
    for row in rows:
        series.setdefault(row.label, []).append(row)
    return series
