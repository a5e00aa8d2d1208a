"""Four ways of writing a report's table as two people do it at once: how a page is opened, and what comes back."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import get_messages

from projects.models import ProjectRow
from rollout.models import CoverageRow
from stand.models import WorkState
from tests.admin import errors, filled, page_of, row_errors, upload
from tests.factories import (
    BlockFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
)
from tests.html import without_time

# --- two kinds of reports ------------------------------------------------------------------------


def rollout_of_two():
    report = RolloutReportFactory(note="alt")
    for position, label in enumerate("AB", start=1):
        CoverageRowFactory(report=report, label=label, position=position, count=48)
    return report


def projects_of_two():
    report = ProjectReportFactory(note="alt", plan_year=2022)
    for position, label in enumerate("AB", start=1):
        ProjectRowFactory(report=report, label=label, position=position)
    return report


@dataclass(frozen=True)
class Kind:
    """A report with the rows A and B; values as forms hold them. `old`, `one`, `two` and `three` are of `cell`."""

    make: Callable[[], Any]
    row: type
    cell: str
    old: str
    one: str
    two: str
    three: str
    other_cell: str
    other_old: str
    other: str

    def heading(self, name):
        return self.row._meta.get_field(name).verbose_name

    def words(self, name, value):
        return str(dict(self.row._meta.get_field(name).flatchoices).get(value, value))

    def in_message(self, value):
        """As the form's messages show a value of `cell`: numbers as they are, the rest in quotation marks."""
        return value if value.isdecimal() else f"„{self.words(self.cell, value)}“"


KINDS = {
    "rollout": Kind(
        rollout_of_two, CoverageRow, "count", "48", "50", "51", "52", "share_population", "59", "60"
    ),
    "projects": Kind(
        projects_of_two,
        ProjectRow,
        "phase_1",
        "unknown",
        "done",
        "active",
        "not-started",
        "phase_product",
        "unknown",
        "not-needed",
    ),
}


def cells(report, *names) -> dict[str, tuple[str, ...]]:
    """The values of these columns by row, as texts."""
    rows = report.rows.order_by("position")
    return {row.label: tuple(str(getattr(row, name)) for name in names) for row in rows}


# --- four ways of writing ------------------------------------------------------------------------

DELETED = "DELETE"


def saved(response) -> list[str]:
    """The messages after something was saved."""
    assert response.status_code == 302, told(response)
    return [str(message) for message in get_messages(response.wsgi_request)]


class OnTheForm:
    """Fields of the report and its rows: `edits` are (row, field, value) or (field, value)."""

    page = "change"
    message_ends = "wurde erfolgreich geändert."

    def opened(self, client, report, *edits):
        values = filled(client.get(page_of(report, "change")))
        for *row, name, value in edits:
            values |= {f"rows-{place(report, *row)}-{name}" if row else name: [value]}
        return values

    def told(self, response):
        tables = [table.formset for table in response.context["inline_admin_formsets"]]
        rows = [error for place in range(len(tables)) for error in row_errors(response, place)]
        found = [text for fields in [errors(response), *rows] for texts in fields.values() for text in texts]
        return [*found, *(text for table in tables for text in table.non_form_errors())]

    def is_done(self, response):
        [message] = saved(response)
        return message.endswith("wurde erfolgreich geändert.")

    is_done_without_a_change = is_done

    def conflict(self, kind, theirs, mine):
        return (
            f"Inzwischen geändert: {kind.in_message(theirs)} (Berta). Ihre Eingabe: {kind.in_message(mine)}. "
            "Bitte entscheiden Sie: Gespeichert wird beim nächsten Mal, was jetzt im Feld steht."
        )


class InTheGrid:
    page = "grid"

    def opened(self, client, report, *edits):
        values = filled(client.get(page_of(report, "grid")))
        return values | {f"{pk_of(report, row)}-{name}": [value] for row, name, value in edits}

    def told(self, response):
        return [text for _, text in response.context["problems"]]

    def is_done(self, response):
        return saved(response) == ["1 Zelle geändert."]

    def is_done_without_a_change(self, response):
        return saved(response) == ["Es gab keine Änderung; gespeichert wurde nichts."]

    def conflict(self, kind, theirs, mine):
        theirs, mine = (kind.words(kind.cell, value) for value in (theirs, mine))
        return f"A, {kind.heading(kind.cell)}: inzwischen „{theirs}“ (Berta), Ihr Wert „{mine}“."


class FromAFile:
    page = "import"

    def opened(self, client, report, *edits):
        """The dry run of what was exported with the edits done to it."""
        text = client.get(page_of(report, "export", "csv")).content.decode("utf-8-sig")
        headings, *lines = csv.reader(text.splitlines(), delimiter=";")
        label = headings.index(report.rows.model._meta.get_field("label").verbose_name)
        for row, name, value in edits:
            line = next(line for line in lines if line[label] == row)
            if name == DELETED:
                lines.remove(line)
            else:
                field = report.rows.model._meta.get_field(name)
                line[headings.index(field.verbose_name)] = str(dict(field.flatchoices).get(value, value))
        content = "\n".join(";".join(line) for line in [headings, *lines])
        return filled(upload(client, report, content.encode()))

    def told(self, response):
        return response.context.get("changed", [])

    def is_done(self, response):
        [message] = saved(response)
        return message.startswith("Übernommen: 1 Zelle geändert")

    def conflict(self, kind, theirs, mine):
        return self.changed(kind, "A", kind.cell, kind.old, theirs)

    def changed(self, kind, row, name, before, after):
        before, after = (kind.words(name, value) for value in (before, after))
        return f"{row}, {kind.heading(name)}: bei der Prüfung „{before}“, jetzt „{after}“ (Berta)"


def place(report, label):
    return list(report.rows.order_by("position").values_list("label", flat=True)).index(label)


def pk_of(report, label):
    return report.rows.get(label=label).pk


FORM, INLINE, GRID, FILE = OnTheForm(), OnTheForm(), InTheGrid(), FromAFile()
ROW_WAYS = {"inline": INLINE, "grid": GRID, "import": FILE}
WITH_ROWS_TO_DELETE = {"inline": INLINE, "import": FILE}


def in_an_edition(report):
    """The edition that publishes the report."""
    type(report).objects.update(state=WorkState.READY)
    edition = EditionFactory(state=WorkState.READY)
    relation = {CoverageRow: "rollout_report", ProjectRow: "project_report"}[report.rows.model]
    BlockFactory(rubric=RubricFactory(edition=edition), **{relation: report})
    return edition


def told(response) -> list[str]:
    """What keeps the page from being saved; none if it was."""
    way = next(way for way in (FORM, GRID, FILE) if response.request["PATH_INFO"].endswith(f"/{way.page}/"))
    return [without_time(text) for text in way.told(response)] if response.context else []


def send(way, client, report, values):
    return client.post(page_of(report, way.page), values)
