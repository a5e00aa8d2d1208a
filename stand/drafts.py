"""The next issue begins as a copy of the last one, and shows what has changed since. Pure ORM, no pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from .models import Stand, WorkState
from .pairs import pair
from .wording import in_words

# What every draft begins with.
BLANK = {"state": WorkState.DRAFT, "illustrative": False}


# --- copies ------------------------------------------------------------------------------------


@transaction.atomic
def copy(root, below: Iterable[models.QuerySet], **changes):
    """A saved copy of `root` with the rows `below` it, in this order; links among them lead to the copies."""
    new = _copied(root, {}, **changes)
    new.save()
    copies = {(root._meta.model, root.pk): new.pk}
    for rows in below:
        originals = list(rows)
        made = rows.model._default_manager.bulk_create([_copied(row, copies) for row in originals])
        copies |= {(rows.model, old.pk): row.pk for old, row in zip(originals, made, strict=True)}
    return new


def _copied(row, copies, **changes):
    """An unsaved copy of one row; a link to something in `copies` (model and old key: new key) leads to the copy."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.generated:
            continue
        value = getattr(row, field.attname)
        if field.is_relation:
            value = copies.get((field.related_model, value), value)
        values[field.attname] = value
    return row._meta.model(**values | changes)


def copy_report(report: Stand) -> Stand:
    """A draft with everything that `report` has but its date."""
    rows = [getattr(report, part).all() for part in report.parts]
    return copy(report, rows, date=None, **BLANK)


@transaction.atomic
def new_from_last(model):
    """The draft of the next report or None, and whether it was made now: one that exists is never doubled."""
    # The lock makes the second of two clicks wait, and find the draft of the first.
    last = model.objects.last_real(lock=True)
    draft = model.objects.draft()
    if draft or last is None:
        return draft, False
    return copy_report(last), True


# --- what has changed --------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """A row that differs from the Stand before: `before` says in words what was there, and is empty for a new row."""

    before: str

    def __str__(self):
        return f"geändert, bisher {self.before}" if self.before else "neu"


@dataclass(frozen=True)
class Comparison:
    """A report beside the real one before it; `marks` by the row's key."""

    previous: Stand
    marks: dict[int, Mark]
    dropped: tuple[str, ...]

    @property
    def summary(self) -> str:
        """ "3 geändert, 1 neu, 1 weggefallen" or "keine Änderung"."""
        new = sum(not mark.before for mark in self.marks.values())
        counts = [
            (len(self.marks) - new, "geändert"),
            (new, "neu"),
            (len(self.dropped), "weggefallen"),
        ]
        return ", ".join(f"{number} {word}" for number, word in counts if number) or "keine Änderung"


def compare_with_previous(model, reports) -> dict[int, Comparison]:
    """What differs in each of `reports` from the real one before it, by key; two queries for any number."""
    real = list(model.objects.filter(illustrative=False, date__isnull=False).order_by("-date"))
    pairs = {report.pk: _previous(report, real) for report in reports}
    wanted = {key for pk, previous in pairs.items() if previous for key in (pk, previous.pk)}
    row_model = model.rows.rel.related_model
    rows: dict[int, list] = {key: [] for key in wanted}
    for row in row_model.objects.filter(report__in=wanted).select_related("footnote").order_by("position"):
        rows[row.report_id].append(row)
    return {pk: _compare(previous, rows[pk], rows[previous.pk]) for pk, previous in pairs.items() if previous}


def _previous(report, real):
    """The newest of `real` before `report`; a report without a date comes after all that have one."""
    earlier = (other for other in real if report.date is None or other.date < report.date)
    return next((other for other in earlier if other.pk != report.pk), None)


def _compare(previous, rows, before) -> Comparison:
    pairs = pair(before, rows, [_same_row, _same_thing, _same_label])
    marks = {row.pk: _mark(row, old) for old, row in pairs if row}
    return Comparison(
        previous=previous,
        marks={pk: mark for pk, mark in marks.items() if mark},
        dropped=tuple(old.label for old, row in pairs if old and not row),
    )


def _link(row):
    return getattr(row, f"{row.about}_id")


def _same_row(old, row) -> bool:
    return _same_thing(old, row) and old.label == row.label


def _same_thing(old, row) -> bool:
    return _link(old) is not None and _link(old) == _link(row)


def _same_label(old, row) -> bool:
    return old.label == row.label  # also where the link was set right


def _mark(row, old) -> Mark | None:
    if old is None:
        return Mark("")
    fields = [
        field
        for field in row._meta.concrete_fields
        if field.name not in ("id", "report", "position") and not field.generated
    ]
    words = [
        f"{field.verbose_name} {_in_words(old, field)}"
        for field in fields
        if field.name != row.about and _in_words(old, field) != _in_words(row, field)
    ]
    return Mark(", ".join(words)) if words else None


def _in_words(row, field) -> str:
    value = getattr(row, field.name)
    if value is None and field.null and not field.is_relation:
        return "keine Angabe"
    if field.is_relation:
        return str(value or "leer")
    return in_words(value, field) + row.units.get(field.name, "")
