"""How many services were available in each month, as one plain structure for a page. Pure."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from stand.charts import Chart, Line, Mark, Stroke, count_axis, labels_apart, steps_path, time_axis
from stand.months import format_month

from .models import Level, Service, State


@dataclass(frozen=True)
class Count:
    """Entries of each level, in the order of `Level`."""

    levels: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.levels)


@dataclass(frozen=True)
class Availability:
    """`months` are those in which an entry was added, the oldest first, with all that were available then.

    `undated` are entries that are available without a known month: in no month counted, but in `all`.
    """

    months: tuple[tuple[datetime.date, Count], ...]
    undated: tuple[Service, ...]
    undated_count: Count
    all: Count
    chart: Chart | None
    levels: tuple[str, ...] = tuple(Level.labels)


def compose_availability(services: Iterable[Any]) -> Availability:
    """Of `Service.objects.for_development()`: what is available counts; nothing is drawn where no month is known."""
    entries = [service for service in services if service.state == State.AVAILABLE]
    undated = tuple(service for service in entries if service.available_since is None)
    added = Counter(
        (service.available_since, service.level) for service in entries if service.available_since
    )
    months = sorted({month for month, _ in added})
    by_level = [list(accumulate(added[month, level] for month in months)) for level in Level.values]
    counts = [Count(levels) for levels in zip(*by_level, strict=True)]
    return Availability(
        months=tuple(zip(months, counts, strict=True)),
        undated=undated,
        undated_count=_count(undated),
        all=_count(entries),
        chart=_draw(months, by_level) if months else None,
    )


def _count(services: Iterable[Any]) -> Count:
    found = Counter(service.level for service in services)
    return Count(tuple(found[level] for level in Level.values))


def _draw(months: list[datetime.date], by_level: list[list[int]]) -> Chart:
    """A step for each month with something new; the last month is drawn to its end."""
    time = time_axis("Monat", months[0], months[-1])
    values = count_axis("Anzahl der Einträge", max(max(counts) for counts in by_level))
    end = time.place_of_end(months[-1])
    lines = []
    for number, (level, counts) in enumerate(zip(Level.labels, by_level, strict=True), start=1):
        steps = [
            (time.place(month), values.place(count))
            for month, count in zip(months, counts, strict=True)
            if count
        ]
        if steps:
            path = Stroke(steps_path(steps, end))
            y = steps[-1][1]
            lines.append(Line(number, level, str(counts[-1]), end, y, (path,), (Mark(end, y),)))
    ends = ", ".join(f"{line.name} {line.end}" for line in lines)
    return Chart(
        title="Verfügbare Einträge je Monat nach Vollzug",
        summary=f"Von {format_month(months[0])} bis {format_month(months[-1])}. Im letzten Monat: {ends}.",
        time=time,
        values=values,
        lines=labels_apart(lines),
    )
