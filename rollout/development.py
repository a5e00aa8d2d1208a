"""The coverage of one service over the Stände, as one plain structure for a page. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stand.charts import Chart, Point, ValueAxis, count_axis, draw_lines, draw_rules, share_axis, time_axis
from stand.pairs import series_of
from stand.querysets import Newest

from .coverage import figures_in_words, origin_in_words


@dataclass(frozen=True)
class StandOfService:
    """A row of a Stand, its base in words, and whether that is another one than in the Stand before."""

    row: Any
    base: str
    on_new_base: bool
    after_gap: bool

    @property
    def date(self) -> datetime.date:
        return self.row.report.date

    @property
    def is_incomplete(self) -> bool:
        return None in (self.row.count, self.row.share_authorities, self.row.share_population)


@dataclass(frozen=True)
class CoverageSeries:
    """`label` tells series apart where a Stand has several rows of the service. `stands` are the oldest first.

    `charts` are the shares and the count, none if there is only one Stand or no figure.
    """

    label: str
    stands: tuple[StandOfService, ...]
    charts: tuple[Chart, ...]

    @property
    def breaks(self) -> tuple[StandOfService, ...]:
        """Where the base changes, in the order of the numbers in the charts."""
        return tuple(stand for stand in self.stands if stand.on_new_base)

    @property
    def has_gap(self) -> bool:
        """Whether a line is interrupted for another reason than a new base."""
        return any(stand.after_gap or stand.is_incomplete for stand in self.stands)

    @property
    def is_trend(self) -> bool:
        return len(self.stands) > 1


@dataclass(frozen=True)
class CoverageOverTime:
    """All of one service: its newest Stände, and the series that they are."""

    found: Newest
    series: tuple[CoverageSeries, ...]

    @property
    def rows(self) -> tuple[Any, ...]:
        """The oldest first."""
        return self.found.rows

    @property
    def newest(self) -> tuple[Any, ...]:
        """The rows of the newest Stand that has any."""
        return tuple(row for row in self.rows if row.report_id == self.rows[-1].report_id)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What footnotes say, each once."""
        return tuple(dict.fromkeys(row.footnote.text for row in self.rows if row.footnote))

    @property
    def is_trend(self) -> bool:
        return any(one.is_trend for one in self.series)


def compose_coverage_over_time(found: Newest) -> CoverageOverTime:
    """Of one service, as from `over_time()`."""
    series = tuple(_series(label, members) for label, members in series_of(found.rows).items())
    return CoverageOverTime(found, series)


def _series(label: str, rows: Sequence[Any]) -> CoverageSeries:
    stands = tuple(_stand(before, row) for before, row in zip([None, *rows], rows, strict=False))
    return CoverageSeries(label, stands, _draw(stands) if len(stands) > 1 else ())


def _stand(before: Any, row: Any) -> StandOfService:
    base = base_in_words(row)
    return StandOfService(
        row=row,
        base=base,
        on_new_base=before is not None and base != base_in_words(before),
        after_gap=before is not None
        and row.stand_before is not None
        and row.stand_before > before.report.date,
    )


def base_in_words(row: Any) -> str:
    """What the shares are of: "aus dem Register berechnet (Register vom 31.12.2021), 13 zuständige Behörden"."""
    of = f", {row.denominator} zuständige Behörden" if row.denominator else ""
    return f"{origin_in_words(row)}{of}"


# --- the drawings ------------------------------------------------------------------------------


def _draw(stands: Sequence[StandOfService]) -> tuple[Chart, ...]:
    highest = max((stand.row.count or 0 for stand in stands), default=0)
    charts = (
        _chart(
            "Verbreitung in Prozent",
            share_axis("Anteil in Prozent"),
            [("Behörden", "share_authorities"), ("Einwohner", "share_population")],
            stands,
        ),
        _chart(
            "Anzahl der Kommunen, die sie einsetzen",
            count_axis("Anzahl der Kommunen", highest),
            [("Kommunen", "count")],
            stands,
        ),
    )
    return tuple(chart for chart in charts if chart.lines)


def _chart(
    title: str, values: ValueAxis, figures: Sequence[tuple[str, str]], stands: Sequence[StandOfService]
) -> Chart:
    """`figures` are the names of the lines with the field that each shows."""
    time = time_axis("Tag des Standes", stands[0].date, stands[-1].date)
    first, last = stands[0], stands[-1]
    return Chart(
        title=title,
        summary=(
            f"{len(stands)} Stände. {first.date:%d.%m.%Y}: {figures_in_words(first.row)}. "
            f"{last.date:%d.%m.%Y}: {figures_in_words(last.row)}{_as_example(last)}."
        ),
        time=time,
        values=values,
        lines=draw_lines(time, values, [(name, _points(field, stands)) for name, field in figures]),
        rules=draw_rules(time, [stand.date for stand in stands if stand.on_new_base]),
        example_from=next(
            (time.place(stand.date) for stand in stands if stand.row.report.illustrative), None
        ),
        has_at_least=any(stand.row.at_least for stand in stands),
    )


def _points(field: str, stands: Sequence[StandOfService]) -> list[Point]:
    return [
        Point(
            day=stand.date,
            value=getattr(stand.row, field),
            at_least=stand.row.at_least,
            illustrative=stand.row.report.illustrative,
            breaks=stand.on_new_base or stand.after_gap,
        )
        for stand in stands
    ]


def _as_example(stand: StandOfService) -> str:
    return " (Beispieldaten)" if stand.row.report.illustrative else ""
