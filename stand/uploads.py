"""A table out of an uploaded file: XLSX, or CSV as Excel writes it. Pure: bytes to texts, no database.

A small workbook may unpack to gigabytes. What is too large is refused by looking into the archive alone; openpyxl,
which needs minutes for such files, never sees them.
"""

import csv
import datetime
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice

from django.core.exceptions import ValidationError

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 20 * 1024 * 1024
MAX_ROWS = 5000
MAX_CELLS = 150_000
MAX_COLUMNS = 50
ROW_TAG = re.compile(rb"<(?:\w+:)?row[\s/>]")
CELL_TAG = re.compile(rb"<(?:\w+:)?c[\s/>]")
# A text that a spreadsheet would take for a formula carries an apostrophe in front, which reading takes off again.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NO_TABLE = "Das ist weder eine Excel-Datei (.xlsx) noch eine CSV-Datei."
BROKEN = "Die Excel-Datei ist beschädigt. Bitte speichern Sie sie in Excel noch einmal als .xlsx."


@dataclass(frozen=True)
class Sheet:
    """Headings, and below them the rows with the number that a spreadsheet shows at their left."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]


def escape_formula(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def too_many_rows(limit: int) -> str:
    return f"Die Datei hat mehr als {limit:,} Zeilen.".replace(",", ".")


TOO_MANY_ROWS = too_many_rows(MAX_ROWS)


def read_sheet(file) -> Sheet:
    """The table in an uploaded file; ValidationError with a German message for anything else."""
    if file.size > MAX_BYTES:
        raise ValidationError("Die Datei ist größer als 2 MB.")
    data = file.read(MAX_BYTES + 1)
    if file.name.lower().endswith((".xlsm", ".xltm", ".xlsb")):
        raise ValidationError("Dateien mit Makros werden nicht angenommen. Bitte speichern Sie als .xlsx.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValidationError(
            "Das alte Format .xls und verschlüsselte Dateien gehen nicht. Bitte als .xlsx speichern."
        )
    lines = _read_xlsx(data) if data.startswith(b"PK") else _read_csv(data)
    return _sheet(lines)


def _sheet(lines, max_rows: int = MAX_ROWS) -> Sheet:
    """`lines` are (number, texts); blank ones are passed over, the first other one holds the headings."""
    filled = [(number, texts) for number, texts in lines if any(text.strip() for text in texts)]
    if not filled:
        raise ValidationError("Die Datei ist leer.")
    (_, headings), *rows = filled
    headings = [" ".join(text.split()) for text in headings]
    while headings and not headings[-1]:
        headings.pop()
    if len(rows) > max_rows:
        raise ValidationError(too_many_rows(max_rows))
    for number, texts in rows:
        if any(text.strip() for text in texts[len(headings) :]):
            raise ValidationError(f"Zeile {number} hat mehr Zellen als Überschriften.")
    width = len(headings)
    return Sheet(headings, [(number, (texts + [""] * width)[:width]) for number, texts in rows])


def read_list(file, max_rows: int) -> Sheet:
    """A CSV file that is a long list and no table to work in; as `read_sheet`."""
    if file.size > MAX_BYTES:
        raise ValidationError("Die Datei ist größer als 2 MB.")
    data = file.read(MAX_BYTES + 1)
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ValidationError(
            "Das ist keine CSV-Datei. Bitte speichern Sie die Tabelle in Excel als CSV (UTF-8)."
        )
    return _sheet(_read_csv(data, max_rows), max_rows)


# --- XLSX ---


def _read_xlsx(data: bytes):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ValidationError(BROKEN) from error
    return _cells_of(data)


def _check_archive(archive: zipfile.ZipFile):
    """Sizes, kind and number of rows, without trusting what the archive says about itself."""
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise ValidationError("Die Datei ist entpackt größer als 20 MB.")
    names = {part.filename for part in parts}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise ValidationError("Dateien mit Makros werden nicht angenommen. Bitte speichern Sie als .xlsx.")
    if "xl/workbook.xml" not in names:
        raise ValidationError(NO_TABLE)
    unpacked = 0
    for part in parts:
        # Others are unpacked without a bound.
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValidationError(BROKEN)
        with archive.open(part) as stream:
            content = stream.read(MAX_UNPACKED - unpacked + 1)
        unpacked += len(content)
        if unpacked > MAX_UNPACKED:
            raise ValidationError("Die Datei ist entpackt größer als 20 MB.")
        if part.filename.startswith("xl/worksheets/"):
            _check_worksheet(content)


def _check_worksheet(content: bytes):
    if sum(1 for _ in islice(ROW_TAG.finditer(content), MAX_ROWS + 2)) > MAX_ROWS + 1:
        raise ValidationError(TOO_MANY_ROWS)
    if sum(1 for _ in islice(CELL_TAG.finditer(content), MAX_CELLS + 1)) > MAX_CELLS:
        raise ValidationError("Die Datei hat zu viele Spalten.")


def _cells_of(data: bytes):
    import openpyxl  # here, as it is large and only imports need it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.active
        sheet.reset_dimensions()  # what a file says about its own extent may be a million empty rows
        # Rows that the file leaves out count too: one in row 1,000,000 is too far down.
        rows = islice(sheet.iter_rows(max_col=MAX_COLUMNS), 2 * MAX_ROWS)
        return [(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    except Exception as error:  # openpyxl raises whatever its innermost part raises
        raise ValidationError(BROKEN) from error


def _text(cell) -> str:
    """The value of a cell as one would type it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, datetime.date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            value *= 100  # Excel holds 16 % as 0.16
        return f"{value:.10g}".replace(".", ",")
    return unescape_formula(str(value))


# --- CSV ---


def _read_csv(data: bytes, max_rows: int = MAX_ROWS):
    text = _decode(data)
    delimiter = max(";,\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for texts in reader:
            # As in a spreadsheet, a row with line breaks in its cells counts once.
            lines.append((len(lines) + 1, [unescape_formula(cell) for cell in texts]))
            if len(lines) > 2 * max_rows:
                raise ValidationError(too_many_rows(max_rows))
    except csv.Error as error:
        place = f"Die CSV-Datei ist bei Zeile {len(lines) + 1} nicht lesbar"
        raise ValidationError(f"{place}: Ein Anführungszeichen fehlt oder ist zu viel.") from error
    return lines


def _decode(data: bytes) -> str:
    """UTF-8, with or without BOM, or Windows-1252, which German Excel writes."""
    if b"\x00" in data:
        raise ValidationError(NO_TABLE)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError("Die Zeichen der CSV-Datei sind weder UTF-8 noch Windows-1252.")
