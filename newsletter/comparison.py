"""What differs between two editions. Pure: reads what `compose()` has made, and asks the database nothing."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.utils.html import strip_tags

from catalogue.models import Level
from projects.matrix import Matrix
from rollout.coverage import Coverage
from stand.months import format_month
from stand.pairs import pair
from stand.templatetags.stand import share

from .edition import Article, Catalogue, Edition

UNKNOWN = "keine Angabe"
# Words of a value that is shown as it is, and words around a difference in a longer one.
LONG, AROUND = 30, 5


@dataclass(frozen=True)
class Row:
    """A line of a table or an article, reduced to what is compared.

    `address` is the page of what it is about, "" where it is linked to nothing; `group` is its list (level or LP).
    `figures` are column and value in the words of a page, in the order of the columns.
    """

    label: str
    address: str
    group: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Difference:
    """One figure of a row, before and after."""

    name: str
    before: str
    after: str

    @property
    def excerpts(self) -> tuple[str, str]:
        """Both values; of long ones only the words that differ, with a few around them."""
        words = self.before.split(), self.after.split()
        if max(map(len, words)) <= LONG:
            return self.before, self.after
        start = _same_at_start(*words)
        end = _same_at_start(*(side[start:][::-1] for side in words))
        before, after = (_excerpt(side, start, len(side) - end) for side in words)
        return before, after


def _same_at_start(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)


def _excerpt(words: Sequence[str], start: int, end: int) -> str:
    """Words `start` to `end` with a few around them, and the sign of what is left out."""
    first, last = max(start - AROUND, 0), min(end + AROUND, len(words))
    shown = words[first:last] if last - first <= 3 * LONG else [*words[first : first + 3 * LONG], "…"]
    return " ".join([*(["…"] if first else []), *shown, *(["…"] if last < len(words) else [])])


@dataclass(frozen=True)
class ChangedRow:
    """A row that stands in both, as it is called in the later one."""

    row: Row
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Section:
    """One of the tables, or the articles; `stand_before` and `stand_after` are the days that its figures hold for."""

    kind: str
    title: str
    new: tuple[Row, ...]
    gone: tuple[Row, ...]
    changed: tuple[ChangedRow, ...]
    same: int
    stand_before: datetime.date | None = None
    stand_after: datetime.date | None = None

    @property
    def differs(self) -> bool:
        return bool(self.new or self.gone or self.changed)


@dataclass(frozen=True)
class Comparison:
    before: Edition
    after: Edition
    sections: tuple[Section, ...]

    @property
    def differs(self) -> bool:
        return any(section.differs for section in self.sections)


def compare(a: Edition, b: Edition) -> Comparison:
    """What is new, gone and changed from `a` to `b`; both come from `compose()`."""
    return Comparison(a, b, tuple(_section(kind, title, a, b) for kind, title in TITLES.items()))


TITLES = {
    "available": "Produktiv nutzbare Leistungen",
    "planned": "Kurz vor der Fertigstellung",
    "rollout": "Stand des Roll-Outs",
    "projects": "Stand der Projekte",
    "article": "Beiträge",
}


def pair_rows(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    """The rows of both that belong together, and those that stand in one of them alone.

    Rows belong together by the service or project that they are linked to; by label where one has no link. Where a
    service has several rows, those with the same label go first.
    """
    return pair(before, after, [_same_row, _same_thing, _same_label])


def _same_row(old: Row, new: Row) -> bool:
    return (old.address, old.label, old.group) == (new.address, new.label, new.group)


def _same_thing(old: Row, new: Row) -> bool:
    return bool(old.address) and old.address == new.address


def _same_label(old: Row, new: Row) -> bool:
    return old.label == new.label and not (old.address and new.address)


def _section(kind: str, title: str, a: Edition, b: Edition) -> Section:
    pairs = pair_rows(rows_of(a, kind), rows_of(b, kind))
    both = [(old, new, _differences(old, new)) for old, new in pairs if old and new]
    return Section(
        kind=kind,
        title=title,
        new=tuple(new for old, new in pairs if new and not old),
        gone=tuple(old for old, new in pairs if old and not new),
        changed=tuple(ChangedRow(new, found) for _, new, found in both if found),
        same=sum(not found for _, _, found in both),
        stand_before=_stand(a, kind),
        stand_after=_stand(b, kind),
    )


def _differences(old: Row, new: Row) -> tuple[Difference, ...]:
    before = {"Bezeichnung": old.label, "Liste": old.group} | dict(old.figures)
    after = {"Bezeichnung": new.label, "Liste": new.group} | dict(new.figures)
    return tuple(
        Difference(name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys([*before, *after])
        if before.get(name, "") != after.get(name, "")
    )


def _stand(edition: Edition, kind: str) -> datetime.date | None:
    contents = (block.content for block in edition.contents if block.kind == kind)
    return next((content.date for content in contents if isinstance(content, Coverage | Matrix)), None)


# --- rows ------------------------------------------------------------------------------------


def rows_of(edition: Edition, kind: str) -> list[Row]:
    """The rows of all blocks of a kind."""
    contents = [block.content for block in edition.contents if block.kind == kind]
    return [row for content in contents for row in ROWS[type(content)](content)]


def catalogue_rows(catalogue: Catalogue) -> Iterable[Row]:
    for group in catalogue.groups:
        for run in group.runs:
            for line in run.lines:
                figures = [
                    ("Monat", format_month(line.month) or UNKNOWN),
                    ("Behörde", run.authority),
                    ("Adresse", line.address),
                    ("Teilleistungen", _listed(line.parts, line.parts_open)),
                ]
                yield Row(line.label, line.service_address, Level(group.level).label, tuple(figures))


def coverage_rows(coverage: Coverage) -> Iterable[Row]:
    for line in coverage.lines:
        figures = [
            ("Anzahl", f"{'mindestens ' if line.at_least else ''}{_number(line.count)}"),
            ("von", _number(line.denominator) if line.denominator is not None else ""),
            ("nach Behörden", share(line.share_authorities)),
            ("nach Einwohnern", share(line.share_population)),
            ("Herkunft", line.origin),
            ("Fußnote", line.note.text if line.note else ""),
            ("Bestandteile", ", ".join(line.parts)),
        ]
        yield Row(line.label, line.address, "", tuple(figures))


def matrix_rows(matrix: Matrix) -> Iterable[Row]:
    for group in matrix.groups:
        for line in group.lines:
            phases = [(_phase(cell.phase), cell.words) for cell in line.cells]
            figures = [
                *phases,
                ("Umsetzungsweg", line.approach or UNKNOWN),
                ("LB", line.lb),
                ("Einzelheiten", _listed(line.details, line.details_open)),
                ("Fußnote", line.note.text if line.note else ""),
            ]
            yield Row(line.label, line.address, f"LP {group.lp} {group.name}", tuple(figures))


def _article_rows(article: Article) -> Iterable[Row]:
    yield Row(article.title, "", "", (("Text", " ".join(strip_tags(article.body).split())),))


ROWS: dict[type, Callable[[Any], Iterable[Row]]] = {
    Catalogue: catalogue_rows,
    Coverage: coverage_rows,
    Matrix: matrix_rows,
    Article: _article_rows,
}


def _listed(names: Iterable[str], is_open: bool) -> str:
    return ", ".join([*names, "u.a."] if is_open else names)


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _phase(label: str) -> str:
    return f"Phase {label}" if label.isdigit() else label
