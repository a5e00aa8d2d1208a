"""Files of the register as the tests need them: the extracts, changed extracts, and small ones made up."""

import gzip
from functools import cache
from io import BytesIO

from openpyxl import load_workbook

from rollout.register import parse

from .extracts import EXTRACT, GV100AD


@cache
def extract_2021() -> bytes:
    """The Auszug of 31.12.2021, Saxony."""
    return EXTRACT.read_bytes()


@cache
def gv100ad_2023() -> bytes:
    """GV100AD of 30.11.2023, Saxony."""
    return gzip.decompress(GV100AD.read_bytes())


@cache
def register_2021():
    return parse(extract_2021())


@cache
def register_2023():
    return parse(gv100ad_2023())


DATA_SHEET = "Onlineprodukt_Gemeinden"


def workbook_with(change, source: bytes | None = None) -> bytes:
    """The extract after `change` (workbook, sheet of the data)."""
    workbook = load_workbook(BytesIO(source or extract_2021()))
    change(workbook, workbook[DATA_SHEET])
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


@cache
def short_extract() -> bytes:
    """The extract without all that follows its first 40 rows."""
    return workbook_with(lambda workbook, sheet: sheet.delete_rows(41, 1000))


def gv100ad_with(line: int, start: int, text: str) -> bytes:
    """GV100AD with `text` in a line (from 1) at a position (from 0)."""
    lines = gv100ad_2023().decode().split("\n")
    changed = lines[line - 1]
    lines[line - 1] = changed[:start] + text + changed[start + len(text) :]
    return "\n".join(lines).encode()


def gv100ad_of(date: str, *records: tuple) -> bytes:
    """A small GV100AD: records of type, district (5), unit (4), municipality (3), name, mark, hectares, inhabitants."""
    lines = [f"10{date}14".ljust(22) + "Sachsen"]
    for type_, district, unit, municipality, name, mark, area, population in records:
        line = f"{type_}{date}{district}{municipality:3}{unit:4}{name:100}{mark:6}"
        lines.append(line + (f"{area:011}{population:011}" if type_ == "60" else ""))
    return "".join(f"{line:220}\n" for line in lines).encode()


def municipality(key: str, name: str, population: int, area: int, unit: str = "") -> list[tuple]:
    """The records of a municipality of a Landkreis: free, or in a unit (4 digits) that is there already."""
    district, number = key[:5], key[5:]
    own = unit or f"0{number}"
    free = [] if unit else [("50", district, own, "", name, "50", 0, 0)]
    return [*free, ("60", district, own, number, name, "64", area, population)]


def landkreis(key: str, name: str) -> tuple:
    return ("40", key, "", "", name, "44", 0, 0)


def urban_district(key: str, name: str, population: int, area: int) -> list[tuple]:
    return [
        ("40", key, "", "", name, "41", 0, 0),
        ("50", key, "0000", "", name, "50", 0, 0),
        ("60", key, "0000", "000", name, "61", area, population),
    ]


def community(district: str, unit: str, name: str, mark: str = "54") -> tuple:
    return ("50", district, unit, "", name, mark, 0, 0)
