"""Figures over time as plain structures, which templates/includes/_chart.html draws. Pure.

Places are per cent of the width or height of the plot, counted from its left and upper edge: a plot is as wide as the
screen admits, while type, strokes and marks keep their size.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil

# Months from one tick to the next; all from 12 on are whole years.
STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000)
# As many labels fit beside each other on a plot of 430 px, the least that a wide screen leaves: "10/2022", "2022".
MOST_MONTHS, MOST_YEARS = 6, 8
# And how far they must be apart on one of 200 px, the least on a phone, in parts of its width.
SPARSE_MONTHS, SPARSE_YEARS = 0.42, 0.26
MOST_TICKS_OF_VALUES = 5
# More marks than these would hide the line.
MOST_MARKS = 30
# A line of type in per cent of the lowest plot, .chart-drawing in static/chart.css.
LINE_OF_TYPE = 8.5
# Numbers of vertical rules that are closer than this, in per cent, would cover each other.
CLOSEST_NUMBERS = 12


# --- axes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tick:
    """A place on an axis with its label; `sparse` where it stays also on a narrow screen."""

    place: float
    label: str
    sparse: bool = True


@dataclass(frozen=True)
class TimeAxis:
    """True to time: a day takes the same width everywhere. `title` says in words what a place is.

    `first` and `last` are ordinals of days.
    """

    title: str
    first: int
    last: int
    ticks: tuple[Tick, ...]

    def place(self, day: datetime.date) -> float:
        return _per_cent(day.toordinal() - self.first, self.last - self.first)

    def place_of_end(self, month: datetime.date) -> float:
        """Where the next month begins."""
        return _per_cent(_first_day(_month_number(month) + 1) - self.first, self.last - self.first)


def time_axis(title: str, first: datetime.date, last: datetime.date) -> TimeAxis:
    """From before the first day to after the last, with ticks where months or years begin."""
    begin, end = _month_number(first), _month_number(last) + 1
    step = next(step for step in STEPS if _intervals(begin, end, step) <= _most_ticks(step))
    intervals = _intervals(begin, end, step)
    numbers = [(begin // step + place) * step for place in range(intervals + 1)]
    every = ceil(intervals * (SPARSE_MONTHS if step < 12 else SPARSE_YEARS))
    start, stop = _first_day(numbers[0]), _first_day(numbers[-1])
    ticks = (
        Tick(_per_cent(_first_day(number) - start, stop - start), _label(number, step), place % every == 0)
        for place, number in enumerate(numbers)
    )
    return TimeAxis(title, start, stop, tuple(ticks))


def _intervals(begin: int, end: int, step: int) -> int:
    """How many steps cover all months from `begin` to before `end`, when they start at a multiple of the step."""
    return -(-end // step) - begin // step


def _most_ticks(step: int) -> int:
    return MOST_MONTHS if step < 12 else MOST_YEARS


def _month_number(day: datetime.date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(number: int) -> int:
    """The ordinal of the first day of a month; before and after all calendars that of their end."""
    if number < 12:
        return datetime.date.min.toordinal()
    if number >= 12 * (datetime.MAXYEAR + 1):
        return datetime.date.max.toordinal() + 1
    return datetime.date(number // 12, number % 12 + 1, 1).toordinal()


def _label(number: int, step: int) -> str:
    return f"{number % 12 + 1:02}/{number // 12}" if step < 12 else str(number // 12)


@dataclass(frozen=True)
class ValueAxis:
    """From 0 at the lower edge to `top` at the upper; `title` says in words what is counted, in which unit."""

    title: str
    top: int
    ticks: tuple[Tick, ...]
    unit: str = ""

    def place(self, value: int) -> float:
        return round(100 - _per_cent(value, self.top), 2)


def share_axis(title: str) -> ValueAxis:
    """0 to 100 per cent, whatever the figures: half a plot is half of all."""
    return _value_axis(title, 100, 25, "\u00a0%")


def count_axis(title: str, highest: int) -> ValueAxis:
    """From 0 to a round number that is not below `highest`."""
    steps = (digit * 10**power for power in range(12) for digit in (1, 2, 5))
    step = next(step for step in steps if highest <= step * MOST_TICKS_OF_VALUES)
    return _value_axis(title, max(1, -(-highest // step)) * step, step)


def _value_axis(title: str, top: int, step: int, unit: str = "") -> ValueAxis:
    ticks = tuple(Tick(100 - _per_cent(value, top), f"{value}{unit}") for value in range(0, top + 1, step))
    return ValueAxis(title, top, ticks, unit)


def _per_cent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


# --- lines -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A value on a day; None is "keine Angabe".

    It `breaks` the line where what comes before cannot be compared, or a Stand between is missing.
    """

    day: datetime.date
    value: int | None
    at_least: bool = False
    illustrative: bool = False
    breaks: bool = False


@dataclass(frozen=True)
class Stroke:
    """Part of a line, as the path of an SVG whose plot is 100 wide and 100 high; `illustrative` ones are dashed."""

    path: str
    illustrative: bool = False


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    at_least: bool = False
    illustrative: bool = False


@dataclass(frozen=True)
class Line:
    """A series. `number` chooses its look; its label, of name and last value `end`, stands at `x` and `y`."""

    number: int
    name: str
    end: str
    x: float
    y: float
    strokes: tuple[Stroke, ...]
    marks: tuple[Mark, ...]
    at_least: bool = False


@dataclass(frozen=True)
class Rule:
    """A vertical line where something changes, with the number of its explanation; "" where there is no room for it."""

    x: float
    number: str


@dataclass(frozen=True)
class Chart:
    """A whole drawing. `summary` says in words what is to be seen; `example_from` is where examples begin."""

    title: str
    summary: str
    time: TimeAxis
    values: ValueAxis
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...] = ()
    example_from: float | None = None
    has_at_least: bool = False


def draw_lines(
    time: TimeAxis, values: ValueAxis, series: Iterable[tuple[str, Sequence[Point]]]
) -> tuple[Line, ...]:
    """Names with their points in the order of time; a series without any value is left out."""
    lines = [
        _line(number, name, points, time, values)
        for number, (name, points) in enumerate(series, start=1)
        if any(point.value is not None for point in points)
    ]
    return labels_apart(lines)


def _line(number: int, name: str, points: Sequence[Point], time: TimeAxis, values: ValueAxis) -> Line:
    real = [point for point in points if not point.illustrative]
    stretches = [(stretch, False) for stretch in _stretches(real)]
    stretches += [(stretch, True) for stretch in _stretches(_with_start(points)) if stretch[-1].illustrative]
    last = next(point for point in reversed(points) if point.value is not None)
    y = values.place(last.value or 0)
    return Line(
        number=number,
        name=name,
        end=f"{last.value}{values.unit}",
        x=time.place(last.day),
        y=y,
        strokes=tuple(
            Stroke(_path(stretch, time, values), illustrative)
            for stretch, illustrative in stretches
            if len(stretch) > 1
        ),
        marks=tuple(
            Mark(time.place(point.day), values.place(point.value or 0), point.at_least, point.illustrative)
            for point in _to_mark(points, stretches)
        ),
        at_least=last.at_least,
    )


def _with_start(points: Sequence[Point]) -> list[Point]:
    """The examples, after the last real value before them: from there their line is thought on."""
    examples = [point for point in points if point.illustrative]
    if not examples:
        return []
    before = [point for point in points if not point.illustrative and point.day < examples[0].day]
    return [*before[-1:], *examples]


def _stretches(points: Sequence[Point]) -> list[list[Point]]:
    """What a line may connect: values without a gap or a break between them."""
    stretches: list[list[Point]] = [[]]
    for point in points:
        if point.breaks or point.value is None:
            stretches.append([])
        if point.value is not None:
            stretches[-1].append(point)
    return [stretch for stretch in stretches if stretch]


def _to_mark(points: Sequence[Point], stretches: Sequence[tuple[list[Point], bool]]) -> list[Point]:
    """Every value, or of many the last one and those that stand alone, as no line shows them."""
    known = [point for point in points if point.value is not None]
    if len(points) <= MOST_MARKS:
        return known
    alone = [stretch[0] for stretch, _ in stretches if len(stretch) == 1]
    return [point for point in known if point in alone or point is known[-1]]


def _path(stretch: Sequence[Point], time: TimeAxis, values: ValueAxis) -> str:
    places = [f"{time.place(point.day):g} {values.place(point.value or 0):g}" for point in stretch]
    return "M" + "L".join(places)


def steps_path(places: Sequence[tuple[float, float]], end: float) -> str:
    """From the lower edge up to each place and level to the next, the last one to `end`."""
    levels = "".join(
        f"V{y:g}H{x:g}" for (_, y), x in zip(places, [*(x for x, _ in places[1:]), end], strict=True)
    )
    return f"M{places[0][0]:g} 100{levels}"


def labels_apart(lines: Sequence[Line]) -> tuple[Line, ...]:
    """With labels that stand as near to the ends of their lines as they can without covering each other."""
    order = sorted(lines, key=lambda line: line.y)
    places = [line.y for line in order]
    for place in range(1, len(places)):
        places[place] = max(places[place], places[place - 1] + LINE_OF_TYPE)
    limit = 100.0
    for place in reversed(range(len(places))):
        places[place] = limit = min(places[place], limit)
        limit -= LINE_OF_TYPE
    moved = {line.number: replace(line, y=round(y, 2)) for line, y in zip(order, places, strict=True)}
    return tuple(moved[line.number] for line in lines)


def draw_rules(time: TimeAxis, days: Sequence[datetime.date]) -> tuple[Rule, ...]:
    """One for each day, numbered from 1."""
    rules: list[Rule] = []
    last = -100.0
    for number, day in enumerate(days, start=1):
        x = time.place(day)
        room = x - last >= CLOSEST_NUMBERS
        rules.append(Rule(x, str(number) if room else ""))
        last = x if room else last
    return tuple(rules)
