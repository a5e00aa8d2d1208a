"""What the parser reads from both layouts, and what it says of files that it cannot read."""

import datetime
import re
from collections import Counter
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from rollout.register import (
    LARGEST_FILE,
    LARGEST_UNPACKED,
    Layout,
    Municipality,
    RegisterFault,
    UnitKind,
    from_plain,
    parse,
    to_plain,
)

from .extracts import EXTRACT, EXTRACT_OF, GV100AD, GV100AD_OF, ORIGINALS, cut_extract, cut_gv100ad
from .registers import (
    DATA_SHEET,
    community,
    extract_2021,
    gv100ad_2023,
    gv100ad_of,
    gv100ad_with,
    landkreis,
    municipality,
    register_2021,
    register_2023,
    short_extract,
    workbook_with,
)

LAST_DAY_OF_2021 = datetime.date(2021, 12, 31)
originals = pytest.mark.skipif(
    not ORIGINALS.exists(), reason="the files of all Germany are not beside the repository"
)


def fault_of(data: bytes, land: str = "14") -> str:
    with pytest.raises(RegisterFault) as fault:
        parse(data, land)
    return str(fault.value)


def kinds_of(register) -> Counter:
    return Counter(unit.kind for unit in register.units)


# --- what is read ----------------------------------------------------------------------------


def test_the_extract_of_2021_has_the_known_numbers():
    register = register_2021()
    assert (register.layout, register.territory_date) == (Layout.EXTRACT, LAST_DAY_OF_2021)
    assert register.population_date == LAST_DAY_OF_2021
    assert register.source == "© Statistisches Bundesamt (Destatis), 2022"
    assert len(register.municipalities) == 419
    assert Counter(district.urban for district in register.districts) == {False: 10, True: 3}
    assert sum(row.population for row in register.municipalities) == 4_043_002
    assert kinds_of(register) == {UnitKind.FREE: 238, UnitKind.COMMUNITY: 65, UnitKind.ASSOCIATION: 6}


def test_gv100ad_of_2023_has_the_known_numbers_and_no_date_of_its_population():
    register = register_2023()
    assert (register.layout, register.territory_date) == (Layout.GV100AD, datetime.date(2023, 11, 30))
    assert register.population_date is None
    assert register.source == "© Statistisches Bundesamt (Destatis), 2023"
    assert len(register.municipalities) == 418
    assert Counter(district.urban for district in register.districts) == {False: 10, True: 3}
    assert sum(row.population for row in register.municipalities) == 4_086_152
    assert kinds_of(register) == {UnitKind.FREE: 239, UnitKind.COMMUNITY: 64, UnitKind.ASSOCIATION: 6}


def test_a_row_is_the_same_from_both_layouts():
    expected = ("14521010", "145210010", "Amtsberg")
    for register, population in ((register_2021(), 3672), (register_2023(), 3666)):
        row = next(row for row in register.municipalities if row.key == "14521010")
        assert row == Municipality(*expected, population=population, area_ha=2327)
        assert (row.district_key, row.regional_key) == ("14521", "145210010010")


def test_names_are_read_with_their_letters_and_without_their_blanks():
    names = {row.key: row.designation for row in register_2023().municipalities}
    assert names["14522275"] == "Jahnatal"
    assert names["14626440"] == "Quitzdorf am See / Kwetanecy pri jezoru"
    assert {row.key: row.designation for row in register_2021().districts}["14627"] == "Meißen"


@pytest.mark.parametrize("register", [register_2021, register_2023])
def test_a_register_comes_back_from_its_plain_form(register):
    assert from_plain(to_plain(register())) == register()


@originals
@pytest.mark.parametrize(
    ("path", "register"),
    [(EXTRACT_OF, register_2021), (GV100AD_OF, register_2023)],
    ids=["2021", "2023"],
)
def test_the_files_of_all_germany_say_the_same_of_saxony(path, register):
    assert parse(path.read_bytes()) == register()


@originals
def test_the_extracts_are_cut_from_the_files_of_all_germany():
    assert cut_extract(EXTRACT_OF) == EXTRACT.read_bytes()
    assert cut_gv100ad(GV100AD_OF) == GV100AD.read_bytes()


@originals
def test_another_land_can_be_read():
    [hamburg] = parse(EXTRACT_OF.read_bytes(), land="02").municipalities
    assert (hamburg.key, hamburg.designation) == ("02000000", "Hamburg, Freie und Hansestadt")


# --- the next year's file --------------------------------------------------------------------


def test_a_sheet_of_another_name_and_place_is_found_by_its_headings():
    def change(workbook, sheet):
        sheet.title = "Gemeinden_2031"
        workbook.create_sheet("Neues Blatt", 0)["A1"] = "Satzart"
        workbook.move_sheet(sheet, 1)

    assert parse(workbook_with(change)).municipalities == register_2021().municipalities


def test_a_column_and_rows_that_are_new_move_nothing():
    def change(workbook, sheet):
        sheet.insert_cols(9)
        sheet["I3"] = "Neu"
        sheet.insert_rows(1, 3)

    assert parse(workbook_with(change)) == register_2021()


def test_dates_are_those_of_the_headings_each_its_own():
    def change(workbook, sheet):
        sheet["C5"] = "Gebietsstand am 31.03.2031 (1. Quartal)"
        sheet["J5"] = "am 31.12.2029 (Jahr)"

    register = parse(workbook_with(change))
    assert register.territory_date == datetime.date(2031, 3, 31)
    assert register.population_date == datetime.date(2029, 12, 31)


def test_a_workbook_may_leave_the_date_of_its_population_open():
    register = parse(workbook_with(lambda workbook, sheet: sheet.__setitem__("J5", "geschätzt")))
    assert (register.territory_date, register.population_date) == (LAST_DAY_OF_2021, None)


def test_codes_may_be_numbers_and_numbers_may_be_texts():
    def change(workbook, sheet):
        for row in sheet.iter_rows(min_row=7):
            for cell in row[:7]:
                if str(cell.value).isdigit():
                    cell.value = int(cell.value)
            if row[9].value is not None:
                row[9].value = str(row[9].value)

    assert parse(workbook_with(change)) == register_2021()


def test_what_a_sheet_says_of_its_size_is_not_believed():
    data = BytesIO()
    with ZipFile(BytesIO(extract_2021())) as source, ZipFile(data, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = content.replace(b"<sheetData>", b'<dimension ref="A1:B2"/><sheetData>')
            target.writestr(name, content)
    assert parse(data.getvalue()) == register_2021()


def test_lines_may_end_as_windows_ends_them_and_begin_with_a_mark_of_utf_8():
    data = b"\xef\xbb\xbf" + gv100ad_2023().replace(b"\n", b"\r\n")
    assert parse(data) == register_2023()


# --- faults ----------------------------------------------------------------------------------


def in_sheet(**cells):
    def change(workbook, sheet):
        for cell, value in cells.items():
            sheet[cell] = value

    return workbook_with(change, short_extract())


@pytest.mark.parametrize(
    "data",
    [b"", b"Satzart;Land\n60;14\n", b"\xd0\xcf\x11\xe0", b"60" + b"2" * 218, "10202311".encode("utf-16")],
)
def test_a_file_of_another_kind_is_named_as_such(data):
    assert fault_of(data).startswith(
        "Diese Datei ist weder ein Auszug aus dem Gemeindeverzeichnis (XLSX) noch"
    )


def test_a_workbook_of_another_layout_is_told_what_is_missing():
    assert fault_of(in_sheet(H3="Ort", J4="gesamt")) == (
        "In keinem Blatt der Arbeitsmappe stehen die Spalten des Auszugs aus dem Gemeindeverzeichnis. "
        f"Im Blatt „{DATA_SHEET}“ fehlen: Gemeindename, Bevölkerung insgesamt."
    )


def test_a_heading_without_territory_date_is_refused():
    assert fault_of(in_sheet(C5="Gebiet")) == (
        f"Im Kopf des Blatts „{DATA_SHEET}“ steht kein „Gebietsstand am TT.MM.JJJJ“."
    )
    assert "31.02.2021" in fault_of(in_sheet(C5="Gebietsstand am 31.02.2021"))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"J14": "x"}, "Zeile 14 (Amtsberg): Die Angabe Bevölkerung ist „x“; erwartet wird eine Zahl."),
        ({"J14": None}, "Zeile 14 (Amtsberg): Die Angabe Bevölkerung ist leer; erwartet wird eine Zahl."),
        ({"J14": -1}, "Zeile 14 (Amtsberg): Die Angabe Bevölkerung ist „-1“; erwartet wird eine Zahl."),
        ({"J14": 1.5}, "Zeile 14 (Amtsberg): Die Angabe Bevölkerung ist „1.5“; erwartet wird eine Zahl."),
        ({"J14": True}, "Zeile 14 (Amtsberg): Die Angabe Bevölkerung ist „True“; erwartet wird eine Zahl."),
        ({"I14": "?"}, "Zeile 14 (Amtsberg): Die Angabe Fläche ist „?“; erwartet wird eine Zahl."),
        ({"H14": None}, "Zeile 14: Der Name fehlt."),
        ({"A14": "6O"}, "Zeile 14: Die Satzart „6O“ ist nicht bekannt."),
        (
            {"B14": "65"},
            "Zeile 14 (Amtsberg): Das Textkennzeichen „65“ für einen Eintrag mit Satzart 60 ist nicht",
        ),
        (
            {"B14": "61"},
            "Zeile 14 (Amtsberg): Das Textkennzeichen „61“ passt nicht zu dem des Kreises 14521.",
        ),
        (
            {"B13": "51"},
            "Zeile 13 (Amtsberg): Das Textkennzeichen „51“ für einen Gemeindeverband ist nicht bekannt",
        ),
        ({"G14": "1"}, "Zeile 14: „145211“ ist kein Gemeindeschlüssel."),
        ({"F14": "0011"}, "Zeile 14 (Amtsberg): Der Gemeindeverband 145210011 steht nicht davor."),
        ({"E14": "99"}, "Zeile 14 (Amtsberg): Der Kreis 14599 steht nicht davor."),
        (
            {"F16": "0010", "G16": "010"},
            "Zeile 16: Der Gemeindeschlüssel 14521010 ist doppelt, er steht schon in Zeile 14.",
        ),
        ({"H14": "x" * 201}, "Zeile 14: Der Name ist nicht lesbar"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_fault_in_a_workbook_names_its_line(cells, message):
    assert fault_of(in_sheet(**cells)).startswith(message)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            (53, 139, "          x"),
            "Zeile 53 (Amtsberg): Die Angabe Bevölkerung ist „x“; erwartet wird eine Zahl.",
        ),
        (
            (53, 128, "-0000002327"),
            "Zeile 53 (Amtsberg): Die Angabe Fläche ist „-0000002327“; erwartet wird eine Zahl.",
        ),
        ((53, 0, "61"), "Zeile 53: Die Satzart „61“ ist nicht bekannt."),
        ((53, 2, "20221130"), "Zeile 53: Der Gebietsstand „20221130“ ist ein anderer als in Zeile 1."),
        ((1, 2, "20231399"), "Zeile 1: „20231399“ ist kein Gebietsstand (JJJJMMTT)."),
        ((53, 22, " " * 50), "Zeile 53: Der Name fehlt."),
        ((53, 22, "\x00"), "Zeile 53: Der Name ist nicht lesbar"),
        (
            (54, 15, "010"),
            "Zeile 54: Der Gemeindeschlüssel 14521010 ist doppelt, er steht schon in Zeile 53.",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_fault_in_a_text_names_its_line(place, message):
    assert fault_of(gv100ad_with(*place)).startswith(message)


def test_a_truncated_line_is_refused():
    assert fault_of(gv100ad_2023()[:1000]) == (
        "Zeile 5 hat 115 statt 220 Zeichen; die Datei ist abgeschnitten oder hat einen anderen Aufbau."
    )


def test_a_file_that_ends_early_is_not_taken_for_a_whole_one():
    lines = gv100ad_2023().splitlines(keepends=True)
    assert fault_of(b"".join(lines[:6])) == (
        "Zeile 6: „Erzgebirgskreis“ hat keine Gemeinden; die Datei ist nicht vollständig."
    )


def test_a_line_too_many_is_refused():
    assert fault_of(gv100ad_2023() + b"\n").startswith("Zeile 745 hat 0 statt 220 Zeichen")


def test_another_encoding_is_refused_at_its_first_letter():
    lines = gv100ad_2023().decode().split("\n")
    first = next(number for number, line in enumerate(lines, start=1) if not line.isascii())
    data = "\n".join(line.encode("cp1252", "replace").decode("cp1252") for line in lines).encode("cp1252")
    assert fault_of(data) == (
        f"Zeile {first}: Die Datei ist nicht als UTF-8 gespeichert. Bitte verwenden Sie die Fassung in UTF-8."
    )


def test_a_unit_for_one_municipality_has_no_second():
    data = gv100ad_of(
        "20231130",
        landkreis("14522", "Mittelsachsen"),
        *municipality("14522010", "Augustusburg", 10, 10),
        *municipality("14522020", "Bockelwitz", 10, 10, unit="0010"),
    )
    assert fault_of(data) == "Zeile 3: „Augustusburg“ hat 2 Gemeinden; erwartet wird genau eine."


def test_a_unit_without_members_is_refused():
    data = gv100ad_of(
        "20231130",
        landkreis("14522", "Mittelsachsen"),
        community("14522", "5123", "Ostrau"),
        *municipality("14522010", "Augustusburg", 10, 10),
    )
    assert fault_of(data) == "Zeile 3: „Ostrau“ hat keine Gemeinden; die Datei ist nicht vollständig."


def test_a_land_that_the_file_does_not_have_is_named():
    assert fault_of(gv100ad_2023(), land="15") == "Die Datei enthält keine Gemeinde dieses Landes."


def test_a_zip_bomb_is_refused_before_it_is_opened():
    data = BytesIO()
    with ZipFile(BytesIO(extract_2021())) as source, ZipFile(data, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("xl/media/bomb.bin", b"\x00" * (LARGEST_UNPACKED + 1))
    assert len(data.getvalue()) < 500_000
    assert fault_of(data.getvalue()) == (
        "Die Arbeitsmappe ist entpackt größer als 64 MB und wird nicht geöffnet."
    )


def test_a_workbook_of_very_many_parts_is_refused():
    data = BytesIO()
    with ZipFile(data, "w") as target:
        for number in range(201):
            target.writestr(str(number), b"")
    assert "wird nicht geöffnet" in fault_of(data.getvalue())


def test_a_sheet_that_names_a_distant_row_is_refused_and_not_walked_through():
    assert fault_of(in_sheet(A500000="60")) == f"Das Blatt „{DATA_SHEET}“ hat mehr als 100000 Zeilen."


def test_a_large_file_is_refused_unread():
    assert fault_of(b"PK\x03\x04" + b"\x00" * LARGEST_FILE) == (
        "Die Datei ist mit 10 MB zu groß; gelesen werden höchstens 10 MB."
    )


@pytest.mark.parametrize("damage", ["cut", "no workbook", "no xml"])
def test_a_broken_workbook_is_one_message(damage):
    whole = extract_2021()
    if damage == "cut":
        data = whole[: len(whole) // 2]
    else:
        packed = BytesIO()
        with ZipFile(BytesIO(whole)) as source, ZipFile(packed, "w") as target:
            for name in source.namelist():
                if damage == "no workbook" and name == "xl/workbook.xml":
                    continue
                content = source.read(name)
                target.writestr(name, content[: len(content) // 2] if "sheet" in name else content)
        data = packed.getvalue()
    assert (
        fault_of(data)
        == "Die Arbeitsmappe lässt sich nicht lesen. Bitte laden Sie die Datei noch einmal herunter."
    )


def test_every_message_is_one_sentence_or_more_of_text():
    for data in (b"", gv100ad_2023()[:1000], extract_2021()[:100]):
        assert re.fullmatch(r"[A-ZÄÖÜ].*[.]", fault_of(data))
