"""What an import changes in the database, and that it changes nothing else."""

import datetime
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from rollout.models import Authority, RegisterEdition, RegisterMunicipality, Succession
from rollout.register import RegisterFault, parse
from rollout.register_import import plan, take_over, with_population_date
from tests.factories import AuthorityFactory, RegisterEditionFactory

from .extracts import EXTRACT, EXTRACT_OF, GV100AD_OF, ORIGINALS
from .registers import (
    community,
    gv100ad_2023,
    gv100ad_of,
    landkreis,
    municipality,
    register_2021,
    register_2023,
)

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2021, 12, 31)
LATER = datetime.date(2023, 11, 30)
COUNTED = datetime.date(2022, 12, 31)


def import_2021():
    return take_over(register_2021(), "register-2021.xlsx")


def import_2023():
    return take_over(with_population_date(register_2023(), COUNTED), "gv100ad.txt")


def small(date="20231130", *records, population_date=COUNTED):
    return with_population_date(
        parse(gv100ad_of(date, landkreis("14522", "Mittelsachsen"), *records)), population_date
    )


def everything() -> list:
    """All rows of the register as they are."""
    models = (RegisterEdition, Authority, Succession, RegisterMunicipality)
    return [list(model.objects.order_by("pk").values()) for model in models]


def kinds() -> dict:
    return {kind: Authority.objects.current().filter(kind=kind).count() for kind in Authority.Kind.values}


# --- the editions of 2021 and 2023 -----------------------------------------------------------


def test_the_register_of_2021_is_taken_over_whole():
    import_2021()
    edition = RegisterEdition.objects.with_counts().get()
    assert (edition.territory_date, edition.population_date) == (NEW_YEAR, NEW_YEAR)
    assert (edition.source, edition.file_name) == (
        "© Statistisches Bundesamt (Destatis), 2022",
        "register-2021.xlsx",
    )
    assert edition.population == 4_043_002
    assert (edition.municipality_count, edition.district_count, edition.unit_count) == (419, 13, 309)
    assert kinds() == {
        "landkreis": 10,
        "kreisfreie-stadt": 3,
        "gemeinde": 416,
        "verwaltungsgemeinschaft": 65,
        "verwaltungsverband": 6,
    }


def test_a_municipality_knows_its_district_and_its_unit():
    import_2021()
    rows = RegisterMunicipality.objects.select_related("authority", "district", "unit")
    found = {row.authority.key: (row.district.key, row.unit.key, row.regional_key) for row in rows}
    assert found["14713000"] == ("14713000", "14713000", "147130000000")  # Leipzig, on its own
    assert found["14521010"] == ("14521", "14521010", "145210010010")  # Amtsberg, free
    assert found["14522450"] == ("14522", "145225123", "145225123450")  # Ostrau, in its community
    free = [keys for keys in found.items() if keys[0] == keys[1][1]]
    assert len(free) == 238


def test_names_are_short_and_designations_as_in_the_register():
    import_2021()
    named = dict(Authority.objects.values_list("key", "name"))
    assert (named["14522180"], named["14713000"], named["14729"]) == ("Freiberg", "Leipzig", "Leipzig")
    assert Authority.objects.get(key="14522180").designation == "Freiberg, Stadt, Universitätsstadt"
    assert Authority.objects.filter(name="Bernsdorf").count() == 2


def test_a_merger_closes_the_predecessors_and_keeps_them():
    import_2021()
    before = dict(Authority.objects.values_list("key", "pk"))
    import_2023()
    assert RegisterEdition.objects.newest().population_date == COUNTED
    assert dict(Authority.objects.filter(pk__in=before.values()).values_list("key", "pk")) == before
    closed = Authority.objects.exclude(closed_on=None).order_by("key")
    assert list(closed.values_list("key", "closed_on")) == [
        (key, LATER) for key in ("14522450", "145225123", "14522620")
    ]
    assert set(Succession.objects.values_list("predecessor__key", "successor__key", "date")) == {
        ("14522450", "14522275", None),
        ("14522620", "14522275", None),
        ("145225123", "14522275", None),
    }
    jahnatal = RegisterMunicipality.objects.get(authority__key="14522275")
    assert (jahnatal.edition.territory_date, jahnatal.unit, jahnatal.population) == (
        LATER,
        jahnatal.authority,
        4761,
    )


def test_the_edition_before_keeps_its_numbers_and_names():
    import_2021()
    old = list(RegisterMunicipality.objects.order_by("pk").values())
    import_2023()
    assert (
        list(RegisterMunicipality.objects.filter(edition__territory_date=NEW_YEAR).order_by("pk").values())
        == old
    )
    assert kinds()["verwaltungsgemeinschaft"] == 64
    zwickau = Authority.objects.get(key="14524330")
    assert zwickau.designation == "Zwickau, Stadt, Hochschulstadt"
    assert list(
        zwickau.register_rows.order_by("edition__territory_date").values_list("designation", flat=True)
    ) == [
        "Zwickau, Stadt",
        "Zwickau, Stadt, Hochschulstadt",
    ]


def test_what_editors_have_set_outlives_the_next_edition():
    import_2021()
    Authority.objects.filter(key="14522180").update(is_grosse_kreisstadt=True)
    import_2023()
    assert Authority.objects.get(key="14522180").is_grosse_kreisstadt


@pytest.mark.skipif(not ORIGINALS.exists(), reason="the files of all Germany are not beside the repository")
def test_the_files_of_all_germany_are_imported_by_the_command():
    call_command("import_register", EXTRACT_OF, verbosity=0)
    call_command("import_register", GV100AD_OF, population_date=COUNTED, verbosity=0)
    assert list(RegisterEdition.objects.with_counts().values_list("municipality_count", "population")) == [
        (418, 4_086_152),
        (419, 4_043_002),
    ]


# --- all or nothing, once --------------------------------------------------------------------


@pytest.mark.parametrize("editions", [[import_2021], [import_2021, import_2023]])
def test_the_same_file_again_changes_no_row(editions):
    for run in editions:
        run()
    before = everything()
    again = editions[-1]()
    assert again.again and not again.difference
    assert everything() == before


def test_a_plan_writes_nothing_and_says_what_the_import_does():
    import_2021()
    before = everything()
    with CaptureQueriesContext(connection) as queries:
        planned = plan(with_population_date(register_2023(), COUNTED))
    assert everything() == before
    assert not [query for query in queries if not query["sql"].startswith("SELECT")]
    assert import_2023().difference == planned.difference


@pytest.mark.parametrize("number", [1, 3])
def test_an_import_takes_the_same_queries_for_any_number_of_rows(number, django_assert_num_queries):
    rows = [row for n in range(1, number + 1) for row in municipality(f"1452201{n}", f"M{n}", 9, 9)]
    register = small("20231130", *rows)
    with django_assert_num_queries(26):
        take_over(register)


def test_an_import_that_fails_in_the_middle_changes_no_row(monkeypatch):
    import_2021()
    before = everything()
    monkeypatch.setattr(
        RegisterMunicipality.objects, "bulk_create", lambda rows: (_ for _ in ()).throw(IntegrityError)
    )
    with pytest.raises(IntegrityError):
        import_2023()
    assert everything() == before


def test_an_older_edition_is_refused_and_changes_no_row():
    import_2023()
    before = everything()
    with pytest.raises(RegisterFault, match=r"ist älter als das neueste vom 30\.11\.2023"):
        import_2021()
    assert everything() == before


def test_an_edition_that_somebody_else_has_replaced_meanwhile_is_refused():
    import_2021()
    seen = plan(with_population_date(register_2023(), COUNTED)).state
    corrected = replace(register_2021(), source="© Statistisches Bundesamt (Destatis), 2024")
    take_over(corrected)
    before = everything()
    with pytest.raises(RegisterFault, match="seit der Prüfung geändert"):
        take_over(with_population_date(register_2023(), COUNTED), expected_state=seen)
    assert everything() == before


def test_the_first_edition_is_refused_where_another_came_first():
    seen = plan(register_2021()).state
    import_2021()
    with pytest.raises(RegisterFault, match="seit der Prüfung geändert"):
        take_over(with_population_date(register_2023(), COUNTED), expected_state=seen)


# --- the newest edition, corrected -----------------------------------------------------------


def test_a_corrected_file_of_the_newest_edition_replaces_its_numbers():
    rows = municipality("14522010", "A", 100, 500)
    take_over(small("20231130", *rows))
    changed = small("20231130", *municipality("14522010", "A", 120, 500), population_date=LATER)
    found = take_over(changed)
    assert found.difference.remarks == ("Einwohner vom: bisher 31.12.2022, neu 30.11.2023",)
    edition = RegisterEdition.objects.with_counts().get()
    assert (edition.population, edition.population_date) == (120, LATER)


# --- the life of an authority ----------------------------------------------------------------


def test_who_comes_back_into_the_register_is_open_again_under_the_same_row():
    a, b = municipality("14522010", "A", 9, 500), municipality("14522020", "B", 9, 300)
    take_over(small("20211231", *a, *b, population_date=NEW_YEAR))
    pk = Authority.objects.get(key="14522020").pk
    take_over(small("20221231", *a))
    assert Authority.objects.get(pk=pk).closed_on == COUNTED
    again = take_over(small("20231130", *a, *b))
    assert again.difference.remarks == (
        "B (14522020) ist wieder im Register: bitte die Rechtsnachfolge prüfen",
    )
    assert (Authority.objects.get(key="14522020").pk, Authority.objects.get(pk=pk).closed_on) == (pk, None)


def test_a_closed_authority_keeps_the_day_of_its_closing():
    a, b = municipality("14522010", "A", 9, 500), municipality("14522020", "B", 9, 300)
    for date, rows in (("20211231", [*a, *b]), ("20221231", a), ("20231130", a)):
        population = datetime.datetime.strptime(date, "%Y%m%d").date()
        take_over(small(date, *rows, population_date=population))
    assert Authority.objects.get(key="14522020").closed_on == COUNTED


def test_a_community_becomes_an_association_under_its_key():
    members = [
        row for number in (1, 2) for row in municipality(f"1452201{number}", f"M{number}", 9, 9, unit="5123")
    ]
    take_over(small("20221231", community("14522", "5123", "Ostrau"), *members))
    take_over(small("20231130", community("14522", "5123", "Ostrau", mark="56"), *members))
    assert Authority.objects.get(key="145225123").kind == Authority.Kind.ASSOCIATION


def test_a_very_long_sort_name_is_cut_and_no_error():
    name = "\ufdfa" * 50  # one letter that is eighteen when it is taken apart
    take_over(small("20231130", *municipality("14522010", name, 9, 9)))
    assert len(Authority.objects.get(key="14522010").sort_name) == 200


# --- the date of the population --------------------------------------------------------------


def test_where_the_file_is_silent_the_date_is_asked_for():
    with pytest.raises(RegisterFault, match="nennt nicht, von welchem Tag die Einwohnerzahlen sind"):
        with_population_date(register_2023(), None)


def test_a_date_that_contradicts_the_file_is_refused():
    with pytest.raises(RegisterFault, match=r"laut Datei vom 31\.12\.2021, nicht vom 31\.12\.2020"):
        with_population_date(register_2021(), datetime.date(2020, 12, 31))
    assert with_population_date(register_2021(), NEW_YEAR) == register_2021()


def test_a_population_younger_than_its_territory_is_refused():
    with pytest.raises(RegisterFault, match="können nicht jünger sein"):
        with_population_date(register_2023(), datetime.date(2023, 12, 31))


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def gv100ad(tmp_path):
    path = tmp_path / "gv100ad.txt"
    path.write_bytes(gv100ad_2023())
    return path


def run(*args, **options) -> list[str]:
    out = StringIO()
    call_command("import_register", *args, stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_command_shows_without_writing_and_then_writes_once(gv100ad):
    assert run(EXTRACT, "--dry-run") == [
        "Register vom 31.12.2021, Einwohner vom 31.12.2021: 4043002 (bisher 0)",
        "Neu: 500",
        "Zuständigkeiten: 4",
        "  Gemeinden: neu aus dem Register, 419 Behörden für 419 Gemeinden",
        "  Landkreise: neu aus dem Register, 10 Behörden für 416 Gemeinden",
        "  Landkreise und Kreisfreie Städte: neu aus dem Register, 13 Behörden für 419 Gemeinden",
        "  Verwaltungseinheiten: neu aus dem Register, 309 Behörden für 419 Gemeinden",
        "Nichts wurde geschrieben.",
    ]
    assert not RegisterEdition.objects.exists()
    assert run(EXTRACT)[-1] == "Eingelesen."
    shown = run(gv100ad, "--dry-run", "--population-date", "31.12.2022")
    assert "  Ostrau (14522450) und Zschaitz-Ottewig (14522620) → Jahnatal (14522275)" in shown
    assert run(gv100ad, "--population-date", "2022-12-31")[:-1] == shown[:-1]
    again = run(gv100ad, "--population-date", "31.12.2022")
    assert again[1:] == ["Dieses Register ist schon eingelesen; es ändert sich nichts."]


def test_the_command_ends_with_the_message_of_a_fault(gv100ad, tmp_path):
    with pytest.raises(CommandError, match="nennt nicht, von welchem Tag"):
        run(gv100ad)
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nix.xlsx")
    with pytest.raises(CommandError, match="„gestern“ ist kein Tag"):
        run(gv100ad, "--population-date", "gestern")
    assert not RegisterEdition.objects.exists()


# --- rules of the database -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("landkreis", "14522000"),
        ("gemeinde", "14522"),
        ("kreisfreie-stadt", "14713"),
        ("verwaltungsgemeinschaft", "14522512"),
        ("verwaltungsverband", "14522512x"),
        ("unbekannt", "14522"),
    ],
)
def test_a_key_fits_the_kind(kind, key):
    with pytest.raises(IntegrityError, match="key_of_its_kind"), transaction.atomic():
        Authority.objects.create(kind=kind, key=key, name="X")


def test_only_a_municipality_is_a_grosse_kreisstadt():
    with pytest.raises(IntegrityError, match="grosse_kreisstadt"), transaction.atomic():
        Authority.objects.create(kind="landkreis", key="14522", name="X", is_grosse_kreisstadt=True)


def test_a_key_is_used_once():
    AuthorityFactory(key="14522010")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuthorityFactory(key="14522010")


def test_nobody_succeeds_itself_or_the_same_one_twice():
    a, b = AuthorityFactory(closed_on=NEW_YEAR), AuthorityFactory()
    with pytest.raises(IntegrityError, match="of_another"), transaction.atomic():
        Succession.objects.create(predecessor=a, successor=a)
    Succession.objects.create(predecessor=a, successor=b)
    with pytest.raises(IntegrityError, match="succession_once"), transaction.atomic():
        Succession.objects.create(predecessor=a, successor=b)


def test_population_is_never_younger_than_territory():
    with pytest.raises(IntegrityError, match="population_not_later"), transaction.atomic():
        RegisterEditionFactory(territory_date=NEW_YEAR, population_date=COUNTED)
