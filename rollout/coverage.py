"""A roll-out report as one plain structure for pages, mail and downloads, and how a computed figure comes about.

Pure: reads prefetched objects only.
"""

import datetime
from dataclasses import dataclass

from stand.footnotes import Note, collect_notes
from stand.paths import path_to
from stand.sorting import din_5007_key


@dataclass(frozen=True)
class CoverageLine:
    """A row as printed. Shares are whole per cent; None is "keine Angabe"."""

    position: int
    label: str
    parts: tuple[str, ...]
    address: str
    count: int | None
    denominator: int | None
    share_authorities: int | None
    share_population: int | None
    origin: str
    note: Note | None
    at_least: bool = False

    @property
    def count_in_words(self) -> str:
        return count_in_words(self)

    @property
    def sort_label(self) -> str:
        return din_5007_key(self.label)


@dataclass(frozen=True)
class Coverage:
    """A whole report; `origins` says in words where its figures come from, each with its register date."""

    date: datetime.date | None
    note: str
    illustrative: bool
    origins: tuple[str, ...]
    lines: tuple[CoverageLine, ...]
    notes: tuple[Note, ...]


def compose_coverage(report) -> Coverage:
    """`report` must come from `RolloutReport.objects.with_rows()`."""
    rows = report.rows.all()
    notes = collect_notes(rows)
    by_number = {note.number: note for note in notes}
    lines = tuple(
        CoverageLine(
            position=row.position,
            label=row.label,
            parts=tuple(row.parts),
            address=path_to("catalogue:service", row.service_slug) if row.service_slug else "",
            count=row.count,
            denominator=row.denominator,
            share_authorities=row.share_authorities,
            share_population=row.share_population,
            origin=origin_in_words(row),
            note=by_number[row.footnote.number] if row.footnote else None,
            at_least=row.at_least,
        )
        for row in rows
    )
    return Coverage(
        date=report.date,
        note=report.note,
        illustrative=report.illustrative,
        origins=tuple(dict.fromkeys(line.origin for line in lines)),
        lines=lines,
        notes=notes,
    )


def count_in_words(row) -> str:
    """ "mindestens 12 von 13": how many, of how many where that is known; for rows and lines."""
    if row.count is None:
        return "keine Angabe"
    of = f" von {row.denominator}" if row.denominator else ""
    return f"{'mindestens ' if row.at_least else ''}{row.count}{of}"


def figures_in_words(row) -> str:
    """ "13, 100 % der Behörden, 100 % der Einwohner", as far as a row has them."""
    shares = [
        f"{value} % {of}"
        for value, of in ((row.share_authorities, "der Behörden"), (row.share_population, "der Einwohner"))
        if value is not None
    ]
    return ", ".join([count_in_words(row), *shares])


def origin_in_words(row) -> str:
    """ "von der SAKD erhoben", or "aus dem Register berechnet" with the register's date."""
    words = row.get_origin_display()
    return f"{words} (Register vom {row.register_date:%d.%m.%Y})" if row.register_date else words


# --- computed figures --------------------------------------------------------------------------


def fitting_share(count: int, denominator: int) -> int:
    """Whole per cent, rounded half up; never 0 where someone has adopted, never 100 unless all have."""
    rounded = (200 * count + denominator) // (2 * denominator)
    if 0 < count < denominator:
        return min(max(rounded, 1), 99)
    return rounded


@dataclass(frozen=True)
class ComputedCoverage:
    """What register and adoptions say of one service on one day.

    `competent` authorities are in use, not in use or not recorded. `population_in_use` are the inhabitants of the
    municipalities whose competent authority has it, `population` all of the territory, both as of `population_date`;
    `register_date` is the territory date of that edition.
    """

    service_id: int
    set_id: int
    register_date: datetime.date
    population_date: datetime.date
    in_use: int
    not_in_use: int
    competent: int
    population_in_use: int
    population: int

    @property
    def not_recorded(self) -> int:
        return self.competent - self.in_use - self.not_in_use

    @property
    def is_known(self) -> bool:
        """Whether anything is recorded at all; else there is no figure to speak of."""
        return self.in_use + self.not_in_use > 0

    @property
    def is_complete(self) -> bool:
        """Whether of every competent authority is known what it has; else the figures read "mindestens"."""
        return self.not_recorded == 0

    @property
    def share_authorities(self) -> int:
        return fitting_share(self.in_use, self.competent)

    @property
    def share_population(self) -> int:
        """Of the population; by the authorities where nobody lives, so that 0 and 100 keep their meaning."""
        if self.in_use in (0, self.competent):
            return self.share_authorities
        return min(max(fitting_share(self.population_in_use, self.population or 1), 1), 99)

    @property
    def figures(self) -> dict[str, object]:
        """As a row of a report holds them, by field."""
        return {
            "count": self.in_use,
            "denominator": self.competent,
            "share_authorities": self.share_authorities,
            "share_population": self.share_population,
            "register_date": self.register_date,
            "at_least": not self.is_complete,
        }

    @property
    def in_words(self) -> str:
        """ "mindestens 12 von 13, 92 % der Behörden, 94 % der Einwohner"."""
        return (
            f"{'' if self.is_complete else 'mindestens '}{self.in_use} von {self.competent}, "
            f"{self.share_authorities} % der Behörden, {self.share_population} % der Einwohner"
        )

    def contradicts(self, row) -> bool:
        """Whether a row of a report cannot be true beside this.

        A computed row must say the same. What was surveyed has no denominator; it must have the same figures as far as
        it has them, and no smaller ones than are known of, where not all is recorded.
        """
        if row.origin == "computed" or self.is_complete:
            return self.differs_from(row)
        return any(surveyed < computed for surveyed, computed in self._beside(row))

    def differs_from(self, row) -> bool:
        """Whether a row of a report has other figures; one that was surveyed, as far as it has them."""
        if row.origin == "computed":
            return any(getattr(row, name) != value for name, value in self.figures.items())
        return any(surveyed != computed for surveyed, computed in self._beside(row))

    def _beside(self, row) -> list[tuple[int, int]]:
        """The figures of a surveyed row, each with the computed one."""
        pairs = [
            (row.count, self.in_use),
            (row.share_authorities, self.share_authorities),
            (row.share_population, self.share_population),
        ]
        return [(surveyed, computed) for surveyed, computed in pairs if surveyed is not None]


@dataclass(frozen=True)
class Deviation:
    """A surveyed row for which register and adoptions yield other figures; `place` is its number in the report."""

    place: int
    label: str
    surveyed: str
    computed: str
    register_date: datetime.date


def deviations_of(rows, coverage: dict[int, ComputedCoverage]) -> list[Deviation]:
    """Where both may be true, as not all is recorded, and where they cannot; not where nothing is recorded."""
    found = ((place, row, coverage.get(row.service_id or 0)) for place, row in enumerate(rows))
    return [
        Deviation(place, row.label, figures_in_words(row), computed.in_words, computed.register_date)
        for place, row, computed in found
        if computed and computed.is_known and row.origin == "surveyed" and computed.differs_from(row)
    ]
