"""A project report as one plain structure for pages, mail and downloads. Pure: reads prefetched objects only."""

import datetime
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from stand.footnotes import Note, collect_notes
from stand.paths import path_to

from .models import Approach, LegendEntry, Phase, PhaseState


@dataclass(frozen=True)
class Cell:
    """A phase of a project: its short label, the state's code and the state in words ("Plan 2022")."""

    phase: str
    state: str
    words: str


@dataclass(frozen=True)
class Line:
    """A row as printed. `project` is the number of what it is about, also where that has no page and so no address."""

    position: int
    lb: str
    label: str
    address: str
    details: tuple[str, ...]
    details_listed: bool
    details_open: bool
    cells: tuple[Cell, ...]
    approach: str
    note: Note | None
    project: int | None = None

    @property
    def phases_in_words(self) -> str:
        """ "Produkt: abgeschlossen, übrige: keine Angabe": what is not known is said once."""
        if len({cell.words for cell in self.cells}) == 1:
            return f"Alle Phasen: {self.cells[0].words}"
        known = [f"{cell.phase}: {cell.words}" for cell in self.cells if cell.state != PhaseState.UNKNOWN]
        rest = [f"übrige: {PhaseState.UNKNOWN.label}"] if len(known) < len(self.cells) else []
        return ", ".join(known + rest)


@dataclass(frozen=True)
class Group:
    """The projects of one LP that stand together; `anchor` is unique in the report."""

    anchor: str
    lp: str
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sign:
    """An entry of the legend: code, short form and meaning as printed."""

    code: str
    short: str
    text: str


@dataclass(frozen=True)
class Matrix:
    """A whole report; `headings` are the six columns of cells."""

    date: datetime.date | None
    note: str
    illustrative: bool
    groups: tuple[Group, ...]
    phases: tuple[Sign, ...]
    states: tuple[Sign, ...]
    approaches: tuple[Sign, ...]
    notes: tuple[Note, ...]
    has_blank: bool
    headings: tuple[str, ...] = tuple(Phase.labels)

    @property
    def mostly_unknown(self) -> bool:
        """Whether more than half of the cells say "keine Angabe"; an example then shows what the signs look like."""
        states = [cell.state for group in self.groups for line in group.lines for cell in line.cells]
        return states.count(PhaseState.UNKNOWN) > len(states) / 2


APPROACH_SHORT = {
    Approach.EFA: "EfA",
    Approach.MARKET: "Markt",
    Approach.CENTRAL: "zentral",
    Approach.UNKNOWN: "",
}


def state_in_words(state: PhaseState, plan_year: int | None) -> str:
    """The state as a reader sees it; a plan names its year."""
    return f"Plan {plan_year}" if state == PhaseState.PLANNED and plan_year else state.label


@cache
def _cell(phase: Phase, state: PhaseState, plan_year: int | None) -> Cell:
    """One and the same for all rows that say it: there are few, and hundreds in a report."""
    return Cell(phase.label, state.value, state_in_words(state, plan_year))


def compose_line(row, plan_year: int | None, note: Note | None = None, address: str = "") -> Line:
    """One row of a report, or of a project over time; `address` is that of its project, where that has a page."""
    return Line(
        position=row.position,
        lb=row.lb,
        label=row.label,
        address=address,
        details=tuple(row.details),
        details_listed=row.details_listed,
        details_open=row.details_open,
        cells=tuple(_cell(phase, state, plan_year) for phase, state in row.phases),
        approach=APPROACH_SHORT[Approach(row.approach)],
        note=note,
        project=row.project_id,
    )


def compose_matrix(report) -> Matrix:
    """`report` must come from `ProjectReport.objects.with_rows()`."""
    rows = report.rows.all()
    notes = collect_notes(rows)
    by_number = {note.number: note for note in notes}
    seen: Counter[str] = Counter()
    groups = tuple(
        Group(
            _anchor(lp, seen),
            lp,
            lp_name,
            tuple(
                compose_line(
                    row,
                    report.plan_year,
                    by_number[row.footnote.number] if row.footnote else None,
                    path_to("projects:project", row.page) if row.page else "",
                )
                for row in members
            ),
        )
        for (lp, lp_name), members in groupby(rows, key=lambda row: (row.lp, row.lp_name))
    )
    return Matrix(
        date=report.date,
        note=report.note,
        illustrative=report.illustrative,
        groups=groups,
        phases=_signs(report, LegendEntry.Kind.PHASE, lambda code: Phase(code).label),
        states=_signs(report, LegendEntry.Kind.STATE, lambda code: PhaseState(code).label),
        approaches=_signs(report, LegendEntry.Kind.APPROACH, lambda code: APPROACH_SHORT[Approach(code)]),
        notes=notes,
        has_blank=any(
            cell.state == PhaseState.BLANK for group in groups for line in group.lines for cell in line.cells
        ),
    )


def _anchor(lp: str, seen: Counter[str]) -> str:
    seen[lp] += 1
    return f"lp-{lp}" if seen[lp] == 1 else f"lp-{lp}-{seen[lp]}"


def _signs(report, kind, short) -> tuple[Sign, ...]:
    return tuple(
        Sign(entry.code, short(entry.code), entry.text) for entry in report.legend.all() if entry.kind == kind
    )
