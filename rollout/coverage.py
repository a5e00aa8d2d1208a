"""A roll-out report as one plain structure for pages, mail and downloads. Pure: reads prefetched objects only."""

import datetime
from dataclasses import dataclass

from stand.footnotes import Note, collect_notes
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
            address=row.service.get_absolute_url() if row.service else "",
            count=row.count,
            denominator=row.denominator,
            share_authorities=row.share_authorities,
            share_population=row.share_population,
            origin=origin_in_words(row),
            note=by_number[row.footnote.number] if row.footnote else None,
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


def origin_in_words(row) -> str:
    """ "von der SAKD erhoben", or "aus dem Register berechnet" with the register's date."""
    words = row.get_origin_display()
    return f"{words} (Register vom {row.register_date:%d.%m.%Y})" if row.register_date else words
