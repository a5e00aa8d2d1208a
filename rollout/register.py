"""The official register of municipalities as Destatis publishes it. Pure: bytes in, rows out, no database.

Two layouts are read, and told apart by their content: the "Auszug aus dem Gemeindeverzeichnis" (XLSX) and GV100AD
(text, fixed width). Every year's file states its own dates, and the sheet and its columns are found by their headings.
Layouts and licence: © Statistisches Bundesamt (Destatis), "Vervielfältigung und Verbreitung, auch auszugsweise, mit
Quellenangabe gestattet"; description of GV100AD in the data set's own "Datensatzbeschreibung".
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

# Which Land is read where nobody says otherwise; the site says STATE_KEY.
LAND = "14"

LARGEST_FILE = 10 * 1024 * 1024
# The Auszug of all Germany has 13 MB; a workbook of 650 KB that unpacks to more can take minutes to read.
LARGEST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 200
# Germany has some 16,000 rows of every kind.
MOST_ROWS = 100_000
LONGEST_NAME = 200


class RegisterFault(Exception):
    """What is wrong with a file, as one German text for whoever brought it; names the line where there is one."""


class Layout(Enum):
    EXTRACT = "auszug"
    GV100AD = "gv100ad"


class District(NamedTuple):
    """A Landkreis or, if `urban`, a Kreisfreie Stadt; `key` has 5 digits."""

    key: str
    designation: str
    urban: bool


class UnitKind(Enum):
    FREE = "free"
    COMMUNITY = "verwaltungsgemeinschaft"
    ASSOCIATION = "verwaltungsverband"


class Unit(NamedTuple):
    """An administrative unit: a municipality that stands for itself, or several together; `key` has 9 digits (ARS)."""

    key: str
    designation: str
    kind: UnitKind


class Municipality(NamedTuple):
    """`key` is the AGS of 8 digits; area in hectares."""

    key: str
    unit_key: str
    designation: str
    population: int
    area_ha: int

    @property
    def district_key(self) -> str:
        return self.key[:5]

    @property
    def regional_key(self) -> str:
        """The ARS of 12 digits."""
        return self.unit_key + self.key[5:]


@dataclass(frozen=True)
class Register:
    """One Land of one file. `population_date` is None where the file does not state it, as in GV100AD."""

    layout: Layout
    territory_date: datetime.date
    population_date: datetime.date | None
    source: str
    districts: tuple[District, ...]
    units: tuple[Unit, ...]
    municipalities: tuple[Municipality, ...]


def to_plain(register: Register) -> dict:
    """As JSON can carry it; `from_plain` is the way back."""
    return {
        "layout": register.layout.value,
        "territory_date": register.territory_date.isoformat(),
        "population_date": register.population_date and register.population_date.isoformat(),
        "source": register.source,
        "districts": register.districts,
        "units": [[unit.key, unit.designation, unit.kind.value] for unit in register.units],
        "municipalities": register.municipalities,
    }


def from_plain(plain: dict) -> Register:
    day = datetime.date.fromisoformat
    return Register(
        layout=Layout(plain["layout"]),
        territory_date=day(plain["territory_date"]),
        population_date=plain["population_date"] and day(plain["population_date"]),
        source=plain["source"],
        districts=tuple(District(*row) for row in plain["districts"]),
        units=tuple(Unit(key, name, UnitKind(kind)) for key, name, kind in plain["units"]),
        municipalities=tuple(Municipality(*row) for row in plain["municipalities"]),
    )


def parse(data: bytes, land: str = LAND) -> Register:
    """The rows of `land` (two digits). Raises RegisterFault."""
    if len(data) > LARGEST_FILE:
        raise RegisterFault(
            f"Die Datei ist mit {len(data) // 2**20} MB zu groß; "
            f"gelesen werden höchstens {LARGEST_FILE // 2**20} MB."
        )
    if data.startswith(b"PK\x03\x04"):
        return _read_extract(data, land)
    if re.match(rb"(\xef\xbb\xbf)?10\d{8}", data):
        return _read_gv100ad(data, land)
    raise RegisterFault(
        "Diese Datei ist weder ein Auszug aus dem Gemeindeverzeichnis (XLSX) noch eine Datei GV100AD "
        "(Text, Zeile 1 beginnt mit „10“ und dem Gebietsstand). "
        "Bitte wählen Sie die Datei so, wie das Statistische Bundesamt sie veröffentlicht."
    )


# --- what both layouts have ------------------------------------------------------------------


class _Record(NamedTuple):
    """A line as texts; `area` and `population` are what the file holds there."""

    line: int
    type: str
    mark: str
    region: str
    district: str
    association: str
    municipality: str
    name: str
    area: object
    population: object

    @property
    def district_key(self) -> str:
        return self.region + self.district

    @property
    def unit_key(self) -> str:
        return self.district_key + self.association

    @property
    def key(self) -> str:
        return self.district_key + self.municipality


DISTRICT, UNIT, MUNICIPALITY = "40", "50", "60"
KNOWN_TYPES = {"10", "20", "30", DISTRICT, UNIT, MUNICIPALITY}
# Textkennzeichen: 41 Kreisfreie Stadt, 42 Stadtkreis, 43 Kreis, 44 Landkreis, 45 Regionalverband.
URBAN = {"41": True, "42": True, "43": False, "44": False, "45": False}
UNIT_KINDS = {"50": UnitKind.FREE, "54": UnitKind.COMMUNITY, "56": UnitKind.ASSOCIATION}
# 60 Markt, 61 Kreisfreie Stadt, 62 Stadtkreis, 63 Stadt, 64 Gemeinde, 67 Große Kreisstadt; True: has no Landkreis.
MUNICIPALITY_MARKS = {"60": False, "61": True, "62": True, "63": False, "64": False, "67": False}


def _assemble(
    records: list[_Record],
) -> tuple[tuple[District, ...], tuple[Unit, ...], tuple[Municipality, ...]]:
    """Districts, units and municipalities of one Land, each key once and every reference there."""
    lines: dict[str, int] = {}
    districts: dict[str, District] = {}
    units: dict[str, Unit] = {}
    municipalities = []
    for record in records:
        if record.type == DISTRICT:
            _claim(lines, record, record.district_key, 5, "Kreisschlüssel")
            districts[record.district_key] = District(
                record.district_key, _name(record), _known(record, URBAN, "Kreis")
            )
        elif record.type == UNIT:
            _claim(lines, record, record.unit_key, 9, "Verbandsschlüssel")
            units[record.unit_key] = Unit(
                record.unit_key, _name(record), _known(record, UNIT_KINDS, "Gemeindeverband")
            )
        elif record.type == MUNICIPALITY:
            _claim(lines, record, record.key, 8, "Gemeindeschlüssel")
            _refer(record, districts, units)
            municipalities.append(_municipality(record))
    _check_whole(lines, districts, units, municipalities)
    return tuple(districts.values()), tuple(units.values()), tuple(municipalities)


def _claim(lines, record, key, width, what):
    if not re.fullmatch(rf"[0-9]{{{width}}}", key):
        raise RegisterFault(f"Zeile {record.line}: „{key}“ ist kein {what}.")
    if key in lines:
        raise RegisterFault(
            f"Zeile {record.line}: Der {what} {key} ist doppelt, er steht schon in Zeile {lines[key]}."
        )
    lines[key] = record.line


def _known(record, marks, what):
    try:
        return marks[record.mark]
    except KeyError:
        raise RegisterFault(
            f"Zeile {record.line} ({record.name}): Das Textkennzeichen „{record.mark}“ für einen {what} "
            f"ist nicht bekannt; bekannt sind {', '.join(marks)}."
        ) from None


def _name(record) -> str:
    if not record.name:
        raise RegisterFault(f"Zeile {record.line}: Der Name fehlt.")
    if len(record.name) > LONGEST_NAME or re.search(r"[\x00-\x1f\x7f]", record.name):
        raise RegisterFault(
            f"Zeile {record.line}: Der Name ist nicht lesbar "
            f"(länger als {LONGEST_NAME} Zeichen oder mit Steuerzeichen)."
        )
    return record.name


def _refer(record, districts, units):
    urban = _known(record, MUNICIPALITY_MARKS, "Eintrag mit Satzart 60")
    if record.district_key not in districts:
        raise RegisterFault(
            f"Zeile {record.line} ({record.name}): Der Kreis {record.district_key} steht nicht davor."
        )
    if record.unit_key not in units:
        raise RegisterFault(
            f"Zeile {record.line} ({record.name}): Der Gemeindeverband {record.unit_key} steht nicht davor."
        )
    if urban != districts[record.district_key].urban:
        raise RegisterFault(
            f"Zeile {record.line} ({record.name}): Das Textkennzeichen „{record.mark}“ passt nicht zu dem des "
            f"Kreises {record.district_key}."
        )


def _municipality(record) -> Municipality:
    return Municipality(
        record.key,
        record.unit_key,
        _name(record),
        _number(record, record.population, "Bevölkerung"),
        _number(record, record.area, "Fläche"),
    )


def _number(record, value, what) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**8:
        return value
    shown = "leer" if value in (None, "") else f"„{str(value).strip()[:40]}“"
    raise RegisterFault(
        f"Zeile {record.line} ({record.name}): Die Angabe {what} ist {shown}; erwartet wird eine Zahl."
    )


def _check_whole(lines, districts, units, municipalities) -> None:
    if not municipalities:
        raise RegisterFault("Die Datei enthält keine Gemeinde dieses Landes.")
    members: dict[str, int] = {}
    for municipality in municipalities:
        for key in (municipality.district_key, municipality.unit_key):
            members[key] = members.get(key, 0) + 1
    for whole in (*districts.values(), *units.values()):
        alone = isinstance(whole, Unit) and whole.kind is UnitKind.FREE
        alone = alone or (isinstance(whole, District) and whole.urban)
        number = members.get(whole.key, 0)
        if not number or (alone and number > 1):
            raise RegisterFault(
                f"Zeile {lines[whole.key]}: „{whole.designation}“ hat {number or 'keine'} Gemeinden; "
                + ("erwartet wird genau eine." if alone else "die Datei ist nicht vollständig.")
            )


def _source(year: int) -> str:
    """The attribution that the licence asks for."""
    return f"© Statistisches Bundesamt (Destatis), {year}"


def _whole_number(text: str):
    return int(text) if re.fullmatch(r"[0-9]{1,11}", text) else text


# --- GV100AD -----------------------------------------------------------------------------------

RECORD_LENGTH = 220


def _read_gv100ad(data: bytes, land: str) -> Register:
    """Text of 220 characters a line; every line states the territory date, none the population date."""
    lines = _lines(data)
    date = _compact_date(lines[0])
    records = []
    for number, line in enumerate(lines, start=1):
        _check_line(number, line, lines[0][2:10])
        if line[10:12] == land:
            records.append(_sliced(number, line))
    parts = _assemble(records)
    return Register(Layout.GV100AD, date, None, _source(date.year), *parts)


def _lines(data: bytes) -> list[str]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RegisterFault(
            f"Zeile {line}: Die Datei ist nicht als UTF-8 gespeichert. "
            "Bitte verwenden Sie die Fassung in UTF-8."
        ) from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def _compact_date(line: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(line[2:10], "%Y%m%d").date()
    except ValueError:
        raise RegisterFault(f"Zeile 1: „{line[2:10]}“ ist kein Gebietsstand (JJJJMMTT).") from None


def _check_line(number: int, line: str, date: str) -> None:
    if len(line) != RECORD_LENGTH:
        raise RegisterFault(
            f"Zeile {number} hat {len(line)} statt {RECORD_LENGTH} Zeichen; "
            "die Datei ist abgeschnitten oder hat einen anderen Aufbau."
        )
    if line[:2] not in KNOWN_TYPES:
        raise RegisterFault(f"Zeile {number}: Die Satzart „{line[:2]}“ ist nicht bekannt.")
    if line[2:10] != date:
        raise RegisterFault(
            f"Zeile {number}: Der Gebietsstand „{line[2:10]}“ ist ein anderer als in Zeile 1."
        )


def _sliced(number: int, line: str) -> _Record:
    return _Record(
        line=number,
        type=line[:2],
        mark=line[122:124],
        region=line[10:13],
        district=line[13:15],
        municipality=line[15:18],
        association=line[18:22],
        name=line[22:72].strip(),
        area=_whole_number(line[128:139]),
        population=_whole_number(line[139:150]),
    )


# --- Auszug ------------------------------------------------------------------------------------

# The columns that are read, by what their headings say without hyphens, signs and footnotes.
COLUMNS = {
    "satzart": "Satzart",
    "textkennzeichen": "Textkennzeichen",
    "land": "Land",
    "rb": "RB",
    "kreis": "Kreis",
    "vb": "VB",
    "gem": "Gem",
    "gemeindename": "Gemeindename",
    "flächekm": "Fläche km2",
    "insgesamt": "Bevölkerung insgesamt",
}
HEADING_ROWS = 30
MOST_COLUMNS = 40
DAY = re.compile(r"\b(\d{2})\.(\d{2})\.(\d{4})\b")
PUBLISHED = re.compile(r"Statistisches Bundesamt \(Destatis\),?\s+(\d{4})")
UNREADABLE = "Die Arbeitsmappe lässt sich nicht lesen. Bitte laden Sie die Datei noch einmal herunter."


def _read_extract(data: bytes, land: str) -> Register:
    _check_unpacked_size(data)
    try:
        workbook = load_workbook(BytesIO(data), read_only=True, data_only=True)
        sheet, columns = _find_sheet(workbook)
        return _read_sheet(sheet, columns, land)
    except RegisterFault:
        raise
    except Exception as error:  # whatever a broken workbook makes openpyxl, expat or zipfile raise
        raise RegisterFault(UNREADABLE) from error


def _check_unpacked_size(data: bytes) -> None:
    """From the directory of the archive, which zipfile never reads past, before anything is unpacked."""
    try:
        parts = ZipFile(BytesIO(data)).infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise RegisterFault(UNREADABLE) from error
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
        raise RegisterFault(
            f"Die Arbeitsmappe ist entpackt größer als {LARGEST_UNPACKED // 2**20} MB und wird nicht geöffnet."
        )


def _cells(sheet, last_row=None) -> Iterator[tuple]:
    """The rows of a sheet, all of the same length; what the sheet says of its own size is not believed."""
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_row=last_row, max_col=MOST_COLUMNS, values_only=True):
        yield (*row, *[None] * (MOST_COLUMNS - len(row)))


def _label(value) -> str:
    return re.sub(r"[^a-zäöüß]", "", str(value).lower())


def _find_sheet(workbook) -> tuple:
    """The sheet whose headings name all columns, and the place of each."""
    nearest, missing = None, list(COLUMNS.values())
    for sheet in workbook.worksheets:
        columns: dict[str, int] = {}
        for row in _cells(sheet, HEADING_ROWS):
            for place, value in enumerate(row):
                label = _label(value) if isinstance(value, str) else ""
                if label in COLUMNS:
                    columns.setdefault(label, place)
        if len(columns) == len(COLUMNS):
            return sheet, columns
        absent = [title for label, title in COLUMNS.items() if label not in columns]
        if nearest is None or len(absent) < len(missing):
            nearest, missing = sheet, absent
    at = f" Im Blatt „{nearest.title}“ fehlen: {', '.join(missing)}." if nearest else ""
    raise RegisterFault(
        "In keinem Blatt der Arbeitsmappe stehen die Spalten des Auszugs aus dem Gemeindeverzeichnis." + at
    )


def _read_sheet(sheet, columns: dict[str, int], land: str) -> Register:
    heading: list[tuple] = []
    records: list[_Record] = []
    published = None
    for number, row in enumerate(_cells(sheet, MOST_ROWS), start=1):
        if number == MOST_ROWS:
            raise RegisterFault(f"Das Blatt „{sheet.title}“ hat mehr als {MOST_ROWS} Zeilen.")
        if not records and number <= HEADING_ROWS and not re.fullmatch(r"\d+", str(row[columns["land"]])):
            heading.append(row)
        elif any(value is not None for value in row):
            note = _note(row)
            if note is None:
                records.append(_picked(number, row, columns))
            elif found := PUBLISHED.search(note):
                published = int(found[1])
    territory = _day_of(heading, lambda value, place: "gebietsstand" in _label(value))
    if territory is None:
        raise RegisterFault(f"Im Kopf des Blatts „{sheet.title}“ steht kein „Gebietsstand am TT.MM.JJJJ“.")
    population = _day_of(heading, lambda value, place: place == columns["insgesamt"])
    parts = _assemble([record for record in records if record.region[:2] == land])
    source = _source(published or territory.year)
    return Register(Layout.EXTRACT, territory, population, source, *parts)


def _note(row) -> str | None:
    """The text of a row that holds nothing but one sentence, such as a footnote below the table."""
    first, *others = row
    alone = isinstance(first, str) and len(first.strip()) > 2 and all(value is None for value in others)
    return first if alone else None


def _day_of(rows, condition) -> datetime.date | None:
    """The first date in a heading for whose cell `condition` (value, column) holds."""
    for row in rows:
        for place, value in enumerate(row):
            if isinstance(value, str) and condition(value, place) and (found := DAY.search(value)):
                day, month, year = map(int, found.groups())
                try:
                    return datetime.date(year, month, day)
                except ValueError:
                    raise RegisterFault(f"Im Kopf steht „{found[0]}“; diesen Tag gibt es nicht.") from None
    return None


def _picked(number: int, row: tuple, columns: dict[str, int]) -> _Record:
    def code(label: str, width: int) -> str:
        value = row[columns[label]]
        if value is None:
            return ""
        return str(value).zfill(width) if isinstance(value, int) else str(value).strip()

    type_ = code("satzart", 2)
    if type_ not in KNOWN_TYPES:
        raise RegisterFault(f"Zeile {number}: Die Satzart „{type_[:40]}“ ist nicht bekannt.")
    return _Record(
        line=number,
        type=type_,
        mark=code("textkennzeichen", 2),
        region=code("land", 2) + code("rb", 1),
        district=code("kreis", 2),
        association=code("vb", 4),
        municipality=code("gem", 3),
        name=" ".join(str(row[columns["gemeindename"]] or "").split()),
        area=_hectares(row[columns["flächekm"]]),
        population=_inhabitants(row[columns["insgesamt"]]),
    )


def _inhabitants(value):
    return _whole_number(value.strip()) if isinstance(value, str) else value


def _hectares(value):
    """From square kilometres; what is no number stays as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**7:
        return round(Decimal(str(value)) * 100)
    return value
