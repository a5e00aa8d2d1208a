"""Open data as programs get it: formats, Stände, terms, and what never leaves."""

import csv
import datetime
import io
import json
import re

import openpyxl
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import EditionWithdrawal
from ozgstatus.models import Site
from ozgstatus.opendata import DATA_SETS
from rollout.exchange import COVERAGE
from rollout.models import CoverageRow
from rollout.opendata import COVERAGE_FIELDS
from stand.models import Correction
from stand.opendata import EXAMPLES, FORMATS, Kind
from stand.years import MOST_AT_ONCE
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    AuthorityFactory,
    BlockFactory,
    CatalogueRowFactory,
    CompetenceFactory,
    CompetenceSetFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of
from tests.ozgstatus.content import make_small_site

pytestmark = pytest.mark.django_db
OCTOBER = datetime.date(2022, 10, 5)


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def as_csv(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig")), delimiter=";"))


def as_json(response) -> list[dict]:
    return json.loads(body(response))


def as_xlsx(response) -> list[dict]:
    heading, *rows = openpyxl.load_workbook(io.BytesIO(body(response))).active.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def published_rollout(*rows, date=OCTOBER, **values):
    report = RolloutReportFactory(date=date, **values)
    for position, row in enumerate(rows, start=1):
        CoverageRowFactory(**{"report": report, "position": position, **row})
    return publish(report)


# --- formats ---------------------------------------------------------------------------------


def test_a_row_says_the_same_in_every_format(client):
    service = ServiceFactory(name="Wohngeld")
    published_rollout(
        {
            "label": "Wohngeld",
            "service": service,
            "parts": ["Miete", "Lasten"],
            "count": 11,
            "denominator": 34,
        }
    )
    expected = {
        "stand": "2022-10-05",
        "adresse": "https://ozgstatus.example.org/rollout/2022-10-05/#rollout-1",
        "beispieldaten": "nein",
        "bezeichnung": "Wohngeld",
        "bestandteile": "Miete\nLasten",
        "leistung": "wohngeld",
        "anzahl": 11,
        "zustaendig": 34,
        "mindestens": "nein",
        "anteil_behoerden": 16,
        "anteil_einwohner": 59,
        "herkunft": "von der SAKD erhoben",
        "register_vom": None,
        "fussnote": None,
        "fussnote_text": None,
    }
    assert as_xlsx(client.get("/daten/rollout/2022-10-05.xlsx")) == [expected]
    as_texts = {name: "" if value is None else str(value) for name, value in expected.items()}
    assert as_csv(client.get("/daten/rollout/2022-10-05.csv")) == [as_texts]
    native = {"beispieldaten": False, "mindestens": False, "bestandteile": ["Miete", "Lasten"]}
    assert as_json(client.get("/daten/rollout/2022-10-05.json")) == [expected | native]


def test_csv_is_utf_8_with_bom_and_semicolons(client):
    published_rollout({"label": "Mängelmelder"})
    response = client.get("/daten/rollout/2022-10-05.csv")
    content = body(response)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert content.startswith(b"\xef\xbb\xbfstand;adresse;beispieldaten;")
    assert content.endswith(b"\r\n") and "Mängelmelder".encode() in content


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_text_becomes_a_formula(client, kind):
    published_rollout({"label": "=HYPERLINK(1)", "parts": ["@SUM(1)"]}, {"label": "-1+2"}, {"label": "\tx"})
    address = f"/daten/rollout/aktuell.{kind}"
    if kind == "xlsx":
        cells = [
            cell
            for row in openpyxl.load_workbook(io.BytesIO(body(client.get(address)))).active.iter_rows()
            for cell in row
        ]
        assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}
    rows = (as_csv if kind == "csv" else as_xlsx)(client.get(address))
    assert [row["bezeichnung"] for row in rows] == ["'=HYPERLINK(1)", "'-1+2", "'\tx"]
    assert rows[0]["bestandteile"] == "'@SUM(1)"


def test_json_has_texts_as_they_are(client):
    published_rollout({"label": "=HYPERLINK(1)"})
    assert as_json(client.get("/daten/rollout/aktuell.json"))[0]["bezeichnung"] == "=HYPERLINK(1)"


def test_signs_that_no_workbook_can_hold_leave_as_a_replacement(client):
    published_rollout({"label": "a\x0bb"})
    assert as_xlsx(client.get("/daten/rollout/aktuell.xlsx"))[0]["bezeichnung"] == "a\ufffdb"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_table_without_rows_is_a_file_too(client, kind):
    publish(RolloutReportFactory(date=OCTOBER))
    read = {"csv": as_csv, "json": as_json, "xlsx": as_xlsx}[kind]
    assert read(client.get(f"/daten/rollout/aktuell.{kind}")) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_data_are_streamed(client, kind):
    published_rollout({})
    assert client.get(f"/daten/rollout/aktuell.{kind}").streaming


# --- Stände ----------------------------------------------------------------------------------


def test_current_is_the_newest_stand_and_all_are_all_but_examples(client):
    published_rollout({"label": "alt"}, date=datetime.date(2022, 9, 5))
    published_rollout({"label": "neu"})
    published_rollout({"label": "erfunden"}, date=datetime.date(2022, 12, 5), illustrative=True)
    CoverageRowFactory(report=RolloutReportFactory(date=datetime.date(2022, 11, 5)), label="Entwurf")

    def found(key):
        return [row["bezeichnung"] for row in as_json(client.get(f"/daten/rollout/{key}.json"))]

    assert found("aktuell") == ["neu"]
    assert found("2022-09-05") == ["alt"]
    assert found("alle") == ["alt", "neu"]
    assert found("2022-12-05") == ["erfunden"]
    assert as_json(client.get("/daten/rollout/2022-12-05.json"))[0]["beispieldaten"] is True
    assert client.get("/daten/rollout/2022-11-05.json").status_code == 404


def test_a_part_of_a_table_can_be_asked_for(client):
    service = ServiceFactory(name="Wohngeld")
    published_rollout({"label": "Wohngeld", "service": service}, {"label": "Anderes"})
    rows = as_json(client.get("/daten/rollout/alle.json?leistung=wohngeld&unbekannt=1"))
    assert [row["bezeichnung"] for row in rows] == ["Wohngeld"]
    assert as_json(client.get("/daten/rollout/alle.json?leistung=%27%3B--")) == []


def test_the_catalogue_is_of_today_or_as_an_edition_printed_it(client):
    service = ServiceFactory(name="Heute", discontinued_since=datetime.date(2023, 1, 1))
    edition = EditionFactory(month=datetime.date(2022, 10, 1))
    rows = [
        {"kind": "available", "label": "A", "position": 1},
        {"kind": "available", "label": "B", "position": 2, "service": service},
        {"kind": "planned", "label": "C", "position": 3},
    ]
    for row in rows:
        CatalogueRowFactory(edition=edition, month=datetime.date(2022, 9, 1), **row)
    publish(edition)
    [today] = as_json(client.get("/daten/leistungen/aktuell.json"))
    assert (today["ausgabe"], today["liste"], today["eingestellt_seit"]) == (None, "eingestellt", "2023-01")
    printed = as_json(client.get("/daten/leistungen/2022-10.json"))
    base = "https://ozgstatus.example.org/ausgaben/2022-10/"
    assert [
        (row["adresse"], row["liste"], row["verfuegbar_seit"], row["geplant_fuer"]) for row in printed
    ] == [
        (f"{base}#produktiv-z1", "produktiv nutzbar", "2022-09", None),
        (f"{base}#produktiv-z2", "produktiv nutzbar", "2022-09", None),
        (f"{base}#geplant-z1", "kurz vor der Fertigstellung", None, "2022-09"),
    ]
    assert [row["leistung"] for row in printed] == [None, "heute", None]


def test_adoptions_are_those_of_a_month_and_examples_stand_apart(client):
    authority = AuthorityFactory(key="14627210", name="Radebeul")
    service, other, invented = (ServiceFactory(name=name) for name in ("Wohngeld", "Kita", "Erfunden"))
    AdoptionFactory(
        authority=authority, service=service, since=datetime.date(2022, 1, 1), until=datetime.date(2022, 3, 1)
    )
    AdoptionFactory(authority=authority, service=other, since=datetime.date(2022, 3, 1), state="not-used")
    AdoptionFactory(authority=authority, service=invented, since=datetime.date(2022, 1, 1), illustrative=True)

    def found(key):
        rows = as_json(client.get(f"/daten/einsatz/{key}.json"))
        return [(row["leistung"], row["einsatz"], row["beispieldaten"]) for row in rows]

    assert found("2022-01") == [("wohngeld", "im Einsatz", False)]
    assert set(found("2022-03")) == {("wohngeld", "im Einsatz", False), ("kita", "nicht im Einsatz", False)}
    assert found("aktuell") == [("kita", "nicht im Einsatz", False)]
    assert found("beispiel") == [("erfunden", "im Einsatz", True)]
    future = timezone.localdate().year + 1
    for month in ("2021-12", f"{future}-01", "2022-13", "2022-1", "alle"):
        assert client.get(f"/daten/einsatz/{month}.json").status_code == 404, month


def test_only_adoptions_of_the_competent_leave_where_it_is_known_who_is(client):
    service = ServiceFactory()
    competence = CompetenceFactory()
    AdoptionFactory(service=service, authority=competence.authority)
    AdoptionFactory(service=service)
    connection.check_constraints()  # the record of the other is older than what says that they are not competent
    ServiceCompetenceFactory(service=service, set=competence.set)
    keys = [row["kommune"] for row in as_json(client.get("/daten/einsatz/aktuell.json"))]
    assert keys == [competence.authority.key]


def test_the_register_names_districts_and_units_with_the_sum_of_their_municipalities(client):
    edition = RegisterEditionFactory(territory_date=datetime.date(2021, 12, 31))
    district = AuthorityFactory(kind="landkreis", key="14627", name="Meißen")
    unit = AuthorityFactory(kind="verwaltungsgemeinschaft", key="146270001", name="Nord")
    for key, people in (("14627010", 100), ("14627020", 250)):
        town = AuthorityFactory(key=key)
        RegisterMunicipalityFactory(
            edition=edition, authority=town, district=district, unit=unit, population=people
        )
    rows = as_json(client.get("/daten/kommunen/2021-12-31.json"))
    assert [(row["kommune"], row["einwohner"], row["verwaltungseinheit"]) for row in rows] == [
        ("14627", 350, None),
        ("146270001", 350, None),
        ("14627010", 100, "146270001"),
        ("14627020", 250, "146270001"),
    ]
    assert {row["landkreis"] for row in rows} == {"14627"}
    assert [row["art"] for row in as_json(client.get("/daten/kommunen/alle.json?kommune=14627"))] == [
        "Landkreis"
    ]


def test_an_edition_is_its_articles_and_tables_in_print_order(client):
    edition = EditionFactory(month=datetime.date(2022, 10, 1))
    rubric = RubricFactory(edition=edition, title="Aktuelles")
    report = RolloutReportFactory(date=OCTOBER)
    article = ArticleFactory(
        edition=edition, title="Once-Only", body="<p>Ein <b>Satz</b> &amp; mehr.</p><p>Zwei.</p>"
    )
    BlockFactory(rubric=rubric, position=1, rollout_report=report)
    BlockFactory(rubric=rubric, position=2, article=article)
    publish(edition)
    table, text = as_json(client.get("/daten/ausgaben/2022-10.json"))
    assert (table["art"], table["stand"], table["text"]) == ("Stand des Roll-Outs", "2022-10-05", None)
    assert (text["ueberschrift"], text["text"]) == ("Once-Only", "Ein Satz & mehr.\nZwei.")
    page = client.get("/ausgaben/2022-10/").content.decode()
    for row in (table, text):
        assert f'id="{row["adresse"].partition("#")[2]}"' in page


def correct(rows, note="Zu klein.", **values):
    with transaction.atomic():
        Correction.declare(note)
        rows.update(**values)
    with connection.cursor() as cursor:
        cursor.execute("RESET ozgstatus.correction")  # as a commit does


def test_a_correction_is_what_it_changed_and_where(client):
    published_rollout({"label": "Wohngeld", "count": 48})
    published_rollout({"label": "Erfunden"}, date=datetime.date(2022, 12, 5), illustrative=True)
    correct(CoverageRow.objects.all(), count=50)
    [row] = as_json(client.get("/daten/berichtigungen/alle.json"))
    number = Correction.objects.get().pk
    assert row == {
        "berichtigt_am": f"{timezone.localdate()}",
        "adresse": f"https://ozgstatus.example.org/berichtigungen/#berichtigung-{number}",
        "beispieldaten": False,
        "stelle": "Stand des Roll-Outs vom 05.10.2022",
        "adresse_der_stelle": "https://ozgstatus.example.org/rollout/2022-10-05/",
        "hinweis": "Zu klein.",
        "aenderung": "Zeile „Wohngeld“, Anzahl: bisher 48, neu 50",
    }
    for key in ("aktuell", f"{timezone.localdate():%Y-%m}"):
        assert as_json(client.get(f"/daten/berichtigungen/{key}.json")) == [row]
    [example] = as_json(client.get("/daten/berichtigungen/beispiel.json"))
    assert "Erfunden" in example["aenderung"] and example["beispieldaten"]
    assert client.get("/daten/berichtigungen/2022-10.json").status_code == 404
    assert "/daten/berichtigungen/alle.csv" in client.get("/berichtigungen/").content.decode()


def test_computed_coverage_of_examples_says_so_and_stands_by_itself(client):
    entry = RegisterMunicipalityFactory(
        edition=RegisterEditionFactory(territory_date=datetime.date(2022, 10, 20))
    )
    competences = CompetenceSetFactory(name="Gemeinden")
    CompetenceFactory(entry=entry, set=competences)
    for invented in (False, True):
        link = ServiceCompetenceFactory(set=competences, illustrative=invented)
        AdoptionFactory(authority=entry.authority, service=link.service, illustrative=invented)
    [example] = as_json(client.get(f"/daten/berechnet/{EXAMPLES}.json"))
    [real] = as_json(client.get("/daten/berechnet/aktuell.json"))
    assert (example["beispieldaten"], real["beispieldaten"]) == (True, False)


def test_computed_coverage_is_that_of_the_month(client):
    register = RegisterEditionFactory(territory_date=datetime.date(2022, 10, 20))
    service, competences = ServiceFactory(name="Wohngeld"), CompetenceSetFactory(name="Gemeinden")
    authorities = []
    for people in (100, 300):
        row = RegisterMunicipalityFactory(edition=register, population=people)
        CompetenceFactory(entry=row, set=competences)
        authorities.append(row.authority)
    ServiceCompetenceFactory(service=service, set=competences)
    AdoptionFactory(authority=authorities[1], service=service, since=datetime.date(2022, 9, 1))
    AdoptionFactory(
        authority=authorities[0], service=service, since=datetime.date(2022, 11, 1), state="not-used"
    )

    def found(key):
        [row] = as_json(client.get(f"/daten/berechnet/{key}.json"))
        names = ("stand", "im_einsatz", "zustaendig", "mindestens", "anteil_behoerden", "anteil_einwohner")
        return tuple(row[name] for name in names)

    assert found("2022-10") == ("2022-10", 1, 2, True, 50, 75)
    assert found("2022-11") == ("2022-11", 1, 2, False, 50, 75)
    assert found("aktuell") == (f"{timezone.localdate():%Y-%m}", 1, 2, False, 50, 75)
    # Before the first register nobody knows who was there.
    for key in ("2022-09", "2022-13", f"{timezone.localdate().year + 1}-01", "alle", "2022-10-05"):
        assert client.get(f"/daten/berechnet/{key}.json").status_code == 404, key


def files_of_every_stand(client) -> dict[str, bytes]:
    """The content of each file with a Stand in its address; a workbook also holds when it was made."""
    found = {}
    for name, data_set in DATA_SETS.items():
        for stand in data_set.stands():
            for kind in ("csv", "json"):
                response = client.get(f"/daten/{name}/{stand.key}.{kind}")
                assert response.status_code == 200, (name, stand.key, kind)
                found[f"{name}/{stand.key}.{kind}"] = body(response)
    return found


def test_an_address_with_a_stand_stays_and_says_the_same_whatever_comes_later(client):
    make_small_site()
    connection.check_constraints()  # what is recorded is older than the next register
    row = RegisterMunicipalityFactory(
        edition=RegisterEditionFactory(territory_date=datetime.date(2022, 1, 1))
    )
    AdoptionFactory(authority=row.authority, service=ServiceFactory(), since=datetime.date(2026, 9, 1))
    correct(CoverageRow.objects.filter(report__illustrative=False), count=50)
    before = files_of_every_stand(client)
    assert {address.partition("/")[0] for address in before} == set(DATA_SETS)

    later = datetime.date(2026, 11, 1)
    service = ServiceFactory(name="Neu")
    published_rollout({"label": "Neu", "service": service}, date=later)
    projects = ProjectReportFactory(date=later)
    ProjectRowFactory(report=projects, project=ProjectFactory(name="Neu"))
    publish(projects)
    edition = EditionFactory(month=later)
    CatalogueRowFactory(edition=edition, service=service)
    BlockFactory(rubric=RubricFactory(edition=edition), article=ArticleFactory(edition=edition))
    publish(edition)
    connection.check_constraints()
    RegisterMunicipalityFactory(edition=RegisterEditionFactory(territory_date=timezone.localdate()))
    AdoptionFactory(
        authority=row.authority, service=service, since=timezone.localdate().replace(day=1), state="not-used"
    )
    after = files_of_every_stand(client)
    month = f"{timezone.localdate():%Y-%m}"  # of this month nobody knows yet what will be recorded
    changed = {address for address in before if after.get(address) != before[address]}
    assert {address for address in changed if f"/{month}." not in address} == set()
    assert len(after) > len(before)


# --- what never leaves -----------------------------------------------------------------------


def everything(client) -> str:
    """All that /daten/ says of all Stände that it names."""
    found = []
    for name, data_set in DATA_SETS.items():
        for stand in (*data_set.fixed, *data_set.stands()):
            found.append(body(client.get(f"/daten/{name}/{stand.key}.json")).decode())
        found.append(client.get(f"/daten/{name}/datapackage.json").content.decode())
        found.append(client.get(f"/daten/{name}/").content.decode())
    found += [
        client.get(address).content.decode() for address in ("/daten/", "/daten/katalog.jsonld", "/feed/")
    ]
    return "\n".join(found)


def test_no_draft_and_nothing_withdrawn_leaves(client):
    make_small_site()
    secret = EditionFactory(month=datetime.date(2023, 1, 1), label="GEHEIM Ausgabe")
    rubric = RubricFactory(edition=secret, title="GEHEIM Rubrik")
    CatalogueRowFactory(edition=secret, label="GEHEIM Zeile")
    BlockFactory(rubric=rubric, article=ArticleFactory(edition=secret, title="GEHEIM Beitrag"))
    CoverageRowFactory(report=RolloutReportFactory(date=datetime.date(2023, 1, 5)), label="GEHEIM Roll-out")
    ProjectRowFactory(report=ProjectReportFactory(date=datetime.date(2023, 1, 14)), label="GEHEIM Projekt")
    text = everything(client)
    assert "GEHEIM" not in text and "2023-01-05" not in text and "Once-Only" in text
    published = publish(secret)
    assert "GEHEIM Beitrag" in everything(client)
    EditionWithdrawal.objects.create(
        publication=published.publication, withdrawn_on=timezone.localdate(), reason="Falsch."
    )
    assert "GEHEIM" not in everything(client)
    for name in ("ausgaben", "leistungen"):
        assert client.get(f"/daten/{name}/2023-01.csv").status_code == 404


def test_what_is_illustrative_says_so_and_never_stands_beside_what_is_real(client):
    make_small_site()
    for illustrative in (False, True):
        correct(CoverageRow.objects.filter(report__illustrative=illustrative), count=50)
    for name, data_set in DATA_SETS.items():
        if name == "kommunen":  # nothing in a register is invented
            continue
        if name == "berechnet":  # has a test of its own
            continue
        seen = set()
        for stand in (*data_set.fixed, *data_set.stands()):
            marks = {row["beispieldaten"] for row in as_json(client.get(f"/daten/{name}/{stand.key}.json"))}
            assert marks <= {stand.illustrative}, (name, stand)
            seen |= marks
        assert True in seen, name


# --- conditional and other requests ----------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_what_has_not_changed_is_not_sent_again(client, kind):
    report = published_rollout({"label": "Wohngeld"})
    address = f"/daten/rollout/2022-10-05.{kind}"
    first = client.get(address)
    same = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert (same.status_code, body(same)) == (304, b"")
    assert (
        client.get(address, headers={"if-modified-since": first.headers["Last-Modified"]}).status_code == 304
    )
    assert same.headers["ETag"] == first.headers["ETag"]
    assert same.headers["Access-Control-Allow-Origin"] == "*"
    with transaction.atomic():
        Correction.declare("Falsche Zahl.")
        report.rows.update(count=49)
    changed = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_every_format_stand_and_part_has_a_tag_of_its_own(client):
    published_rollout({})
    addresses = [f"/daten/rollout/{key}.{kind}" for key in ("aktuell", "2022-10-05") for kind in FORMATS]
    addresses.append("/daten/rollout/aktuell.csv?leistung=x")
    tags = {client.get(address).headers["ETag"] for address in addresses}
    assert len(tags) == len(addresses)


@pytest.mark.parametrize("kind", FORMATS)
def test_head_says_what_get_would_say_without_reading_a_row(client, kind):
    published_rollout({})
    address = f"/daten/rollout/aktuell.{kind}"
    full = client.get(address)
    with CaptureQueriesContext(connection) as queries:
        head = client.head(address)
    assert not any("coveragerow" in query["sql"] and "LIMIT" not in query["sql"] for query in queries)
    assert body(head) == b""
    for name in ("Content-Type", "ETag", "Last-Modified", "Access-Control-Allow-Origin"):
        assert head.headers[name] == full.headers[name]


def test_only_data_are_open_to_other_sites(client):
    make_small_site()
    opened = [
        "/daten/rollout/aktuell.csv",
        "/daten/rollout/tableschema.json",
        "/daten/rollout/datapackage.json",
        "/daten/katalog.jsonld",
    ]
    closed = ["/", "/daten/", "/daten/rollout/", "/rollout/", "/admin/konto/login/"]
    for address in opened:
        assert client.get(address).headers["Access-Control-Allow-Origin"] == "*", address
    for address in closed:
        assert "Access-Control-Allow-Origin" not in client.get(address).headers, address


@pytest.mark.parametrize("name", DATA_SETS)
@pytest.mark.parametrize("number", [1, 3])
def test_a_file_costs_the_same_queries_however_long_it_is(client, name, number):
    edition = EditionFactory(month=datetime.date(2022, 10, 1))
    rubric = RubricFactory(edition=edition)
    rollout, projects = RolloutReportFactory(date=OCTOBER), ProjectReportFactory(date=OCTOBER)
    register = RegisterEditionFactory(territory_date=OCTOBER)
    competences = CompetenceSetFactory()
    for position in range(1, number + 1):
        service = ServiceFactory()
        note = RolloutFootnoteFactory(report=rollout, number=position)
        CoverageRowFactory(report=rollout, position=position, service=service, footnote=note)
        ProjectRowFactory(report=projects, position=position, project=ProjectFactory())
        CatalogueRowFactory(edition=edition, position=position, service=service)
        BlockFactory(rubric=rubric, position=position, article=ArticleFactory(edition=edition))
        row = RegisterMunicipalityFactory(edition=register)
        CompetenceFactory(entry=row, set=competences)
        ServiceCompetenceFactory(service=service, set=competences)
        AdoptionFactory(authority=row.authority, service=service, since=datetime.date(2022, 10, 1))
    for root in (rollout, projects, edition):
        publish(root)
    correct(CoverageRow.objects.all(), count=50)
    months = {"einsatz": "2022-10", "leistungen": "2022-10", "ausgaben": "2022-10", "berechnet": "2022-10"}
    stand = months.get(name, "alle" if name == "berichtigungen" else "2022-10-05")
    with CaptureQueriesContext(connection) as queries:
        rows = as_json(client.get(f"/daten/{name}/{stand}.json"))
    assert len(rows) == number
    # The last change, the Stand, the rows; what is computed also needs who is competent, and the register.
    assert len(queries) == {"berechnet": 5}.get(name, 3)


@pytest.mark.parametrize("number", [1, 3])
def test_the_catalogue_of_today_makes_three_queries(client, number):
    for _ in range(number):
        ServiceFactory()
    with CaptureQueriesContext(connection) as queries:
        assert len(as_json(client.get("/daten/leistungen/aktuell.json"))) == number
    assert len(queries) == 3  # the last change, services, parts


# --- bad input -------------------------------------------------------------------------------

NOWHERE = [
    "/daten/rollout/2022-10-05.pdf",
    "/daten/rollout/2022-10-06.csv",
    "/daten/rollout/2022-13-45.csv",
    "/daten/rollout/2022-W40-3.csv",
    "/daten/rollout/0000-00-00.csv",
    "/daten/rollout/20221005.csv",
    "/daten/rollout/9999-12-31.xlsx",
    "/daten/rollout/beispiele.csv",
    "/daten/rollout/" + "x" * 5000 + ".csv",
    "/daten/rollout/-.csv",
    "/daten/projekte/2022-10.json",
    "/daten/einsatz/9999-12.json",
    "/daten/einsatz/0000-01.json",
    "/daten/kommunen/1900-01-01.xlsx",
    "/daten/leistungen/2022-00.csv",
    "/daten/ausgaben/2022-10-05.csv",
    "/daten/ausgaben/aktuell.CSV",
]


@pytest.mark.parametrize("address", NOWHERE)
def test_a_stand_or_format_that_is_not_there_gets_a_page_that_leads_on(client, address):
    make_small_site()
    response = client.get(address)
    assert response.status_code == 404
    assert "Diese Datei gibt es nicht" in text_of(response)
    name = address.split("/")[2]
    assert f"/daten/{name}/" in links_of(response)
    assert f"/daten/{name}/aktuell.csv" in links_of(response)


def test_the_page_says_what_is_wrong_and_what_to_type_instead(client):
    make_small_site()
    text = text_of(client.get("/daten/rollout/2022-10.pdf"))
    assert "Das Format „pdf“ gibt es nicht; möglich sind csv, json und xlsx." in text
    assert "Den Stand „2022-10“ gibt es in „Stand des Roll-Outs“ nicht" in text
    assert "zum Beispiel 2022-10-05" in text


@pytest.mark.parametrize(
    "address",
    [
        "/daten/gibt-es-nicht/",
        "/daten/gibt-es-nicht/aktuell.csv",
        "/daten/gibt-es-nicht/datapackage.json",
        "/daten/rollout/aktuell",
        "/daten/rollout/a/b.csv",
        "/daten/rollout/%FF.csv",
        "/daten/rollout/%F0%9F%98%80.csv",
        "/daten/rollout/..%2f..%2fetc.csv",
    ],
)
def test_other_addresses_below_are_404_pages(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "/daten/" in links_of(response)


@pytest.mark.parametrize("name", DATA_SETS)
def test_before_there_is_anything_pages_answer_and_files_are_missing_or_empty(client, name):
    assert client.get(f"/daten/{name}/").status_code == 200
    assert client.get("/daten/").status_code == 200
    assert client.get("/daten/katalog.jsonld").status_code == 200
    for kind in FORMATS:
        assert client.get(f"/daten/{name}/aktuell.{kind}").status_code in (200, 404)


# --- pages for people ------------------------------------------------------------------------


def test_the_overview_leads_to_every_data_set_and_its_newest_files(client):
    make_small_site()
    links = links_of(client.get("/daten/"))
    for name in DATA_SETS:
        assert {f"/daten/{name}/", *(f"/daten/{name}/aktuell.{kind}" for kind in FORMATS)} <= set(links)
    assert "/daten/katalog.jsonld" in links


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_page_of_a_data_set_explains_every_column_and_leads_to_every_stand(client, name):
    make_small_site()
    page = client.get(f"/daten/{name}/")
    years = sorted({stand.key[:4] for stand in DATA_SETS[name].stands()}, reverse=True)
    pages = [page, *(client.get(f"/daten/{name}/?jahr={year}") for year in years)]
    columns = [row for row in rows_of(page) if len(row) == 4][1:]
    assert [row[0] for row in columns] == [one.name for one in DATA_SETS[name].fields]
    assert all(all(row) for row in columns)
    expected = {
        f"/daten/{name}/{stand.key}.{kind}"
        for stand in (*DATA_SETS[name].fixed, *DATA_SETS[name].stands())
        for kind in FORMATS
    }
    links = {link for page in pages for link in links_of(page)}
    assert {link for link in links if link.endswith(tuple(FORMATS)) and "." in link} - {
        f"/daten/{name}/datapackage.json",
        f"/daten/{name}/tableschema.json",
    } == expected
    assert all(client.get(link).status_code == 200 for link in expected)


def test_of_many_staende_the_page_lists_the_newest_and_each_year_by_itself(client):
    for year in range(2023 - MOST_AT_ONCE - 1, 2023):
        published_rollout({}, date=datetime.date(year, 10, 5))

    def listed(page) -> list[str]:
        return re.findall(r"/daten/rollout/(\d{4})-10-05\.csv", page.content.decode())

    newest, years = client.get("/daten/rollout/"), [str(2022 - place) for place in range(MOST_AT_ONCE + 1)]
    assert listed(newest) == years[:-1]
    assert [link for link in links_of(newest) if link.startswith("?")] == [f"?jahr={year}" for year in years]
    oldest = client.get("/daten/rollout/", {"jahr": years[-1]})
    assert listed(oldest) == years[-1:]
    assert f'/daten/rollout/?jahr={years[-1]}">' in oldest.content.decode()  # canonical
    assert "/daten/rollout/" in links_of(oldest)
    assert listed(client.get("/daten/rollout/", {"jahr": "1999"})) == listed(newest)


@pytest.mark.parametrize("number", [1, 3])
def test_pages_cost_the_same_queries_however_many_staende_there_are(client, number):
    for day in range(1, number + 1):
        published_rollout({}, date=datetime.date(2022, 10, day))
    with CaptureQueriesContext(connection) as queries:
        client.get("/daten/rollout/")
    assert len(queries) == 3  # site, Stände, last change
    with CaptureQueriesContext(connection) as queries:
        client.get("/daten/")
    assert len(queries) == 2  # site, sources


# --- terms -----------------------------------------------------------------------------------


def test_terms_that_nobody_has_stated_are_keine_angabe(client):
    SiteFactory()
    RegisterEditionFactory(source="© Statistisches Bundesamt (Destatis), 2022")
    terms = {row[0]: row[3] for row in rows_of(client.get("/daten/"))[1:]}
    register = terms.pop("Kommunen")
    assert register == (
        "Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet. "
        "Quelle: © Statistisches Bundesamt (Destatis), 2022"
    )
    assert set(terms.values()) == {"keine Angabe"}
    assert "licenses" not in client.get("/daten/rollout/datapackage.json").json()


def test_terms_are_what_editors_set(client):
    SiteFactory(data_licence="dl-de/by-2-0", data_licence_address="https://www.govdata.de/dl-de/by-2-0")
    assert "https://www.govdata.de/dl-de/by-2-0" in links_of(client.get("/daten/rollout/"))
    assert client.get("/daten/rollout/datapackage.json").json()["licenses"] == [
        {"title": "dl-de/by-2-0", "path": "https://www.govdata.de/dl-de/by-2-0"}
    ]
    assert "licenses" not in client.get("/daten/kommunen/datapackage.json").json()


def test_the_address_of_a_licence_needs_its_name():
    site = Site(pk=1, data_licence_address="https://example.org/")
    rule = next(one for one in Site._meta.constraints if one.name == "ozgstatus_site_licence_has_a_name")
    with pytest.raises(Exception, match="Bitte nennen Sie die Lizenz"):
        rule.validate(Site, site)


# --- descriptions for programs ---------------------------------------------------------------

# specs.frictionlessdata.io/table-schema: types, and what each admits.
TYPES = {"string", "integer", "boolean", "date", "yearmonth"}


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_data_package_describes_every_file_as_the_specification_wants_it(client, name):
    make_small_site()
    package = client.get(f"/daten/{name}/datapackage.json").json()
    assert package["profile"] == "tabular-data-package"
    assert package["name"] == name
    names = [resource["name"] for resource in package["resources"]]
    assert names and len(names) == len(set(names))
    schema = client.get(f"/daten/{name}/tableschema.json").json()
    assert {field["type"] for field in schema["fields"]} <= TYPES
    for resource in package["resources"]:
        assert resource["name"] == resource["name"].lower() and " " not in resource["name"]
        assert resource["schema"] == schema
        assert resource["dialect"]["delimiter"] == ";"
        response = client.get(resource["path"].removeprefix(settings.SITE_URL))
        assert response.status_code == 200, resource["path"]
        check(as_csv(response), schema)


def check(rows, schema):
    """Whether each cell of a CSV is what the Table Schema says of its column."""
    fields = {field["name"]: field for field in schema["fields"]}
    for row in rows:
        assert list(row) == list(fields)
        for name, text in row.items():
            field = fields[name]
            limits = field.get("constraints", {})
            if text in schema["missingValues"]:
                assert not limits.get("required"), (name, row)
                continue
            assert text in limits.get("enum", [text]), (name, text)
            if field["type"] == "integer":
                int(text)
            elif field["type"] == "boolean":
                assert text in (*field["trueValues"], *field["falseValues"])
            elif field["type"] == "date":
                datetime.date.fromisoformat(text)
            elif field["type"] == "yearmonth":
                datetime.datetime.strptime(text, "%Y-%m")
            elif field.get("format") == "uri":
                assert text.startswith("http")


@pytest.mark.parametrize("name", DATA_SETS)
def test_names_of_columns_are_plain_and_once(name):
    names = [one.name for one in DATA_SETS[name].fields]
    assert len(names) == len(set(names))
    assert all(one.isascii() and one == one.lower() and one.replace("_", "a").isalnum() for one in names)
    assert all(one.kind in Kind and one.title and one.description for one in DATA_SETS[name].fields)


# --- out and in again ------------------------------------------------------------------------


def test_import_knows_every_column_of_the_open_coverage():
    known = {column.open_name for column in COVERAGE.columns} | set(COVERAGE.passed_over)
    assert known == {one.name for one in COVERAGE_FIELDS}
