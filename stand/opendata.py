"""Tables as open data: what each column means is said once, and the same rows leave as CSV, JSON or XLSX.

Pure: takes rows one by one and holds none, so that a long table is streamed.
"""

import csv
import datetime
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.utils.functional import Promise

from .uploads import escape_formula

# The newest Stand, and all of them that are no examples, in the place of a date.
CURRENT, ALL = "aktuell", "alle"
# All that is invented, where examples have no Stand, or several.
EXAMPLES = "beispiel"


class Kind(Enum):
    """What the values of a column are: in words, and type and format of the Frictionless Table Schema."""

    TEXT = "Text", "string", ""
    TEXTS = "Texte, in der Zelle je einer auf einer Zeile; in JSON eine Liste", "string", ""
    NUMBER = "ganze Zahl", "integer", ""
    FLAG = "ja oder nein; in JSON true oder false", "boolean", ""
    DAY = "Tag als JJJJ-MM-TT", "date", ""
    MONTH = "Monat als JJJJ-MM", "yearmonth", ""
    LINK = "Internetadresse", "string", "uri"

    @property
    def words(self) -> str:
        return self.value[0]


@dataclass(frozen=True)
class Field:
    """A column. `name` heads it in every format, `title` and `description` are for people.

    `value` takes it out of a row: text, list of texts, number, bool or date; None or "" is "keine Angabe".
    """

    name: str
    title: str
    description: str
    value: Callable[[Any], Any]
    kind: Kind = Kind.TEXT
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False


class Listed(NamedTuple):
    """A Stand that there is: its part of the address, and how it reads."""

    key: str
    label: str
    illustrative: bool = False


@dataclass(frozen=True)
class DataSet:
    """`rows(key, chosen)` are those of a Stand, or None where there is no such; `chosen` are values of `filters`.

    `stands()` are the Stände besides `fixed` keys, newest first; `sources` are the tables it is made of: any change of
    them may change it.
    """

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    stands: Callable[[], list[Listed]]
    rows: Callable[[str, dict[str, str]], Iterable[Any] | None]
    sources: tuple[type[models.Model], ...]
    stand_words: str
    fixed: tuple[Listed, ...] = ()
    filters: dict[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    of_register: bool = False
    # Whether the current rows become others with a new month, though no table changes.
    by_clock: bool = False


def absolute(path: str) -> str:
    """The address on this site that others can follow; nothing for nothing."""
    return settings.SITE_URL + path if path else ""


def day_of(key: str) -> datetime.date | None:
    """`2022-10-05` as a date; None for everything else."""
    try:
        day = datetime.date.fromisoformat(key)
    except ValueError:
        return None
    return day if day.isoformat() == key else None  # there are other ways to write a date


def month_of(key: str) -> datetime.date | None:
    """`2022-10` as the first of that month; None for everything else."""
    return day_of(f"{key}-01") if len(key) == 7 else None


# --- values ----------------------------------------------------------------------------------


def _plain(one: Field, row) -> Any:
    """A value as JSON holds it."""
    value = one.value(row)
    if value is None or value == "":
        return None
    if isinstance(value, datetime.date):
        return value.isoformat()[:7] if one.kind is Kind.MONTH else value.isoformat()
    if isinstance(value, list | tuple):
        return [str(text) for text in value]
    return str(value) if isinstance(value, Promise) else value


def _cell(one: Field, row) -> str | int:
    """A value as a cell holds it; a text never becomes a formula."""
    value = _plain(one, row)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int):
        return value
    return escape_formula("\n".join(value) if isinstance(value, list) else value)


# --- formats ---------------------------------------------------------------------------------


class _Echo:
    """What is written comes back, so that a CSV is never a whole file in memory."""

    def write(self, text: str) -> str:
        return text


def csv_of(fields: tuple[Field, ...], rows: Iterable[Any]) -> Iterator[bytes]:
    """With BOM and semicolon: so German Excel opens it by a double click, and an import takes it back."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff".encode() + writer.writerow([one.name for one in fields]).encode()
    for row in rows:
        yield writer.writerow([_cell(one, row) for one in fields]).encode()


def json_of(fields: tuple[Field, ...], rows: Iterable[Any]) -> Iterator[bytes]:
    """A list of objects."""
    before = "[\n"
    for row in rows:
        yield f"{before}{json.dumps({one.name: _plain(one, row) for one in fields}, ensure_ascii=False)}".encode()
        before = ",\n"
    yield b"\n]\n" if before == ",\n" else b"[]\n"


def xlsx_of(fields: tuple[Field, ...], rows: Iterable[Any]) -> Iterator[bytes]:
    """A workbook; its rows are written to a temporary file one by one, and packed they are small."""
    import openpyxl  # here, as it is large and few ask for it
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Daten")
    sheet.freeze_panes = "A2"
    sheet.append([one.name for one in fields])
    for row in rows:
        cells = (_cell(one, row) for one in fields)
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("\ufffd", c) if isinstance(c, str) else c for c in cells])
    file = io.BytesIO()
    book.save(file)
    yield file.getvalue()


@dataclass(frozen=True)
class Format:
    """A form in which data leave; `address` is that of the file type in the EU's list, which DCAT-AP asks for."""

    name: str
    label: str
    content_type: str
    write: Callable[[tuple[Field, ...], Iterable[Any]], Iterator[bytes]]

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0]


FORMATS = {
    one.name: one
    for one in (
        Format("csv", "CSV", "text/csv; charset=utf-8", csv_of),
        Format("json", "JSON", "application/json", json_of),
        Format("xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_of),
    )
}


# --- descriptions ----------------------------------------------------------------------------


def table_schema(data_set: DataSet) -> dict[str, Any]:
    """The columns as Frictionless Table Schema (specs.frictionlessdata.io/table-schema)."""
    return {"fields": [_described(one) for one in data_set.fields], "missingValues": [""]}


def _described(one: Field) -> dict[str, Any]:
    _, kind, form = one.kind.value
    found: dict[str, Any] = {
        "name": one.name,
        "title": one.title,
        "description": f"{one.description}{f' Einheit: {one.unit}.' if one.unit else ''}",
        "type": kind,
    }
    if form:
        found["format"] = form
    if one.kind is Kind.FLAG:
        found |= {"trueValues": ["ja"], "falseValues": ["nein"]}
    constraints = {"required": True} if one.required else {}
    if one.choices:
        constraints["enum"] = list(one.choices)
    return found | ({"constraints": constraints} if constraints else {})


# --- dated reports ---------------------------------------------------------------------------

# What every row of a dated report says first, for `with_report` of its queryset.
FIELDS_OF_A_STAND = (
    Field(
        "stand",
        "Stand",
        "Tag, für den die Angaben gelten.",
        lambda row: row.report.date,
        Kind.DAY,
        required=True,
    ),
    Field(
        "adresse",
        "Adresse",
        "Wo diese Zeile mit ihrem Stand auf der Website steht.",
        lambda row: absolute(row.path),
        Kind.LINK,
        required=True,
    ),
    Field(
        "beispieldaten",
        "Beispieldaten",
        "ja: zur Anschauung erfunden, gilt nicht als Stand.",
        lambda row: row.report.illustrative,
        Kind.FLAG,
        required=True,
    ),
)
FIELDS_OF_A_FOOTNOTE = (
    Field(
        "fussnote",
        "Fußnote",
        "Nummer der Fußnote, wie gedruckt; leer: keine.",
        lambda row: row.footnote.number if row.footnote else None,
        Kind.NUMBER,
    ),
    Field(
        "fussnote_text",
        "Text der Fußnote",
        "Was die Angaben einschränkt; gehört zu ihnen und ist mit ihnen weiterzugeben.",
        lambda row: row.footnote.text if row.footnote else "",
    ),
)


def stands_of(reports) -> list[Listed]:
    """The Stände of a kind of report that anybody may see, newest first, examples last."""
    return [
        Listed(day.isoformat(), f"{day.day:02}.{day.month:02}.{day.year}", illustrative)
        for day, illustrative in reports.to_choose_from().values_list("date", "illustrative")
    ]


def rows_of_reports(reports, rows, key: str, chosen: dict[str, str]):
    """Rows of the Stand of a day, of the newest, of all that are real or that are examples; None where there is none.

    `reports` and `rows` are the managers of a kind of report and of its rows; `chosen` are lookups and values.
    """
    found = rows.as_data().filter(**chosen)
    if key == ALL:
        return found.real().iterator(chunk_size=500)
    if key == EXAMPLES:
        return found.examples().iterator(chunk_size=500)
    report = reports.current() if key == CURRENT else reports.public().filter(date=day_of(key)).first()
    return found.filter(report=report).iterator(chunk_size=500) if report else None
