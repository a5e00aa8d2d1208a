"""The phases of one project over the Stände, as one plain structure for a page. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from stand.charts import MOST_MARKS, TimeAxis, time_axis
from stand.pairs import series_of
from stand.querysets import Newest

from .matrix import Cell, Line, compose_line
from .models import Phase, PhaseState


@dataclass(frozen=True)
class Span:
    """Stände in a row that say the same of a project: the first and last row, and how many there are."""

    first: Any
    last: Any
    number: int
    line: Line

    @property
    def illustrative(self) -> bool:
        return self.first.report.illustrative


@dataclass(frozen=True)
class Band:
    """A state from the Stand at `x` on for `width`, which is 0 in the last Stand."""

    x: float
    width: float
    state: str
    illustrative: bool


@dataclass(frozen=True)
class PhaseRow:
    """What became of a phase: its bands, the middle of its row and the state in the last Stand."""

    phase: str
    y: float
    bands: tuple[Band, ...]
    words: str


@dataclass(frozen=True)
class PhaseDrawing:
    """`stands` are the places of the Stände on the axis, unless there are too many to tell apart.

    `states` are those that occur, as code and word.
    """

    title: str
    summary: str
    time: TimeAxis
    stands: tuple[float, ...]
    rows: tuple[PhaseRow, ...]
    states: tuple[tuple[str, str], ...]
    example_from: float | None


@dataclass(frozen=True)
class PhaseSeries:
    """`label` tells series apart where a Stand has several rows of the project. `spans` are the oldest first.

    Nothing is drawn of a single Stand.
    """

    label: str
    spans: tuple[Span, ...]
    drawing: PhaseDrawing | None
    headings: tuple[str, ...] = tuple(Phase.labels)

    @property
    def is_trend(self) -> bool:
        return self.drawing is not None


@dataclass(frozen=True)
class PhasesOverTime:
    """All of one project: its newest Stände, and the series that they are."""

    found: Newest
    series: tuple[PhaseSeries, ...]

    @property
    def newest(self) -> Any:
        """The newest row, or None."""
        return self.found.rows[-1] if self.found.rows else None

    @property
    def newest_line(self) -> Line:
        return compose_line(self.newest, self.newest.report.plan_year)

    @property
    def is_trend(self) -> bool:
        return any(one.is_trend for one in self.series)


def compose_phases_over_time(found: Newest) -> PhasesOverTime:
    """Of one project, as from `over_time()`."""
    return PhasesOverTime(
        found, tuple(_series(label, members) for label, members in series_of(found.rows).items())
    )


def _series(label: str, rows: Sequence[Any]) -> PhaseSeries:
    lines = [(row, compose_line(row, row.report.plan_year)) for row in rows]
    spans = tuple(_span(list(members)) for _, members in groupby(lines, key=_what_it_says))
    return PhaseSeries(label, spans, _draw(lines) if len(lines) > 1 else None)


def _what_it_says(entry: tuple[Any, Line]) -> tuple[Any, ...]:
    row, line = entry
    return row.report.illustrative, row.label, line.cells


def _span(members: list[tuple[Any, Line]]) -> Span:
    (first, line), (last, _) = members[0], members[-1]
    return Span(first, last, len(members), line)


# --- the drawing -------------------------------------------------------------------------------


def _draw(lines: Sequence[tuple[Any, Line]]) -> PhaseDrawing:
    days = [row.report.date for row, _ in lines]
    time = time_axis("Tag des Standes", days[0], days[-1])
    examples = [row.report.illustrative for row, _ in lines]
    stands = [
        (day, example, line.cells) for day, example, (_, line) in zip(days, examples, lines, strict=True)
    ]
    states = {cell.state: PhaseState(cell.state).label for _, _, cells in stands for cell in cells}
    first, last = lines[0], lines[-1]
    return PhaseDrawing(
        title="Phasen über die Zeit",
        summary=(
            f"{len(lines)} Stände. {days[0]:%d.%m.%Y}: {first[1].phases_in_words}. "
            f"{days[-1]:%d.%m.%Y}: {last[1].phases_in_words}{' (Beispieldaten)' if examples[-1] else ''}."
        ),
        time=time,
        stands=tuple(time.place(day) for day in days) if len(days) <= MOST_MARKS else (),
        rows=tuple(
            PhaseRow(
                phase=phase,
                y=round(100 * (place + 0.5) / len(Phase), 2),
                bands=tuple(_bands(time, [(day, example, cells[place]) for day, example, cells in stands])),
                words=lines[-1][1].cells[place].words,
            )
            for place, phase in enumerate(Phase.labels)
        ),
        states=tuple(states.items()),
        example_from=next((time.place(day) for day, example, _ in stands if example), None),
    )


def _bands(time: TimeAxis, stands: Sequence[tuple[datetime.date, bool, Cell]]) -> list[Band]:
    """One for each run of Stände with the same state, as far as the next one; the last Stand has one without width."""
    starts = [
        (time.place(day), example, cell.state)
        for place, (day, example, cell) in enumerate(stands)
        if place == 0 or (example, cell) != stands[place - 1][1:]
    ]
    last_day, last_example, last_cell = stands[-1]
    end = time.place(last_day)
    ends = [*(x for x, _, _ in starts[1:]), end]
    bands = [
        Band(x, round(stop - x, 2), state, example)
        for (x, example, state), stop in zip(starts, ends, strict=True)
    ]
    return bands if bands[-1].width == 0 else [*bands, Band(end, 0, last_cell.state, last_example)]
