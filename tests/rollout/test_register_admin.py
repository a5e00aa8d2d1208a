"""The editors' side of the register."""

import datetime
import re
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from rollout.models import Authority, RegisterEdition, RegisterMunicipality, Succession
from rollout.register import LARGEST_UNPACKED
from rollout.register_import import take_over, with_population_date
from tests.admin import client_of, errors, filled, send, shown
from tests.factories import (
    AuthorityFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    SuccessionFactory,
)

from .registers import (
    extract_2021,
    gv100ad_2023,
    gv100ad_of,
    gv100ad_with,
    landkreis,
    municipality,
    register_2021,
    register_2023,
    workbook_with,
)
from .test_register_import import everything

pytestmark = pytest.mark.django_db
IMPORT = "/admin/rollout/registeredition/einlesen/"
CONFIRM = "/admin/rollout/registeredition/uebernehmen/"
EDITIONS = "/admin/rollout/registeredition/"
AUTHORITIES = "/admin/rollout/authority/"
SUCCESSIONS = "/admin/rollout/succession/"
COUNTED = datetime.date(2022, 12, 31)


@pytest.fixture
def editor():
    return client_of("Redaktion")


def upload(client, data, name="register", date=""):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data), "population_date": date})


def lines(response) -> dict[str, tuple[str, ...]]:
    return {section.title: section.lines for section in response.context["sections"]}


def messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def file_errors(response) -> dict:
    return dict(response.context["form"].errors)


# --- reading in ------------------------------------------------------------------------------


def test_the_first_register_is_shown_and_then_taken_over(editor):
    page = upload(editor, extract_2021(), "auszug.xlsx")
    assert {title: len(found) for title, found in lines(page).items()} == {"Neu": 500, "Zuständigkeiten": 4}
    assert "Es ist das erste Register. Einwohner 4.043.002." in page.content.decode()
    assert not RegisterEdition.objects.exists() and not Authority.objects.exists()
    done = editor.post(CONFIRM, filled(page), follow=True)
    assert (done.redirect_chain, messages(done)) == (
        [(EDITIONS, 302)],
        ["Register vom 31.12.2021 ist eingelesen."],
    )
    edition = RegisterEdition.objects.with_counts().get()
    assert (edition.file_name, edition.municipality_count) == ("auszug.xlsx", 419)
    assert LogEntry.objects.get().object_id == str(edition.pk)


def test_the_next_register_shows_what_differs(editor):
    take_over(register_2021())
    page = upload(editor, gv100ad_2023(), date="31.12.2022")
    assert lines(page)["Zusammengeschlossen (nach den Flächen)"] == (
        "Ostrau (14522450) und Zschaitz-Ottewig (14522620) → Jahnatal (14522275)",
        "Verwaltungsgemeinschaft Ostrau (145225123) → Jahnatal (14522275)",
    )
    assert len(lines(page)["Einwohner je Gemeinde"]) == 411
    html = page.content.decode()
    assert "Einwohner 4.086.152, bisher 4.043.002." in html and "<script" not in html.partition("<main")[2]
    editor.post(CONFIRM, filled(page))
    assert Succession.objects.count() == 3


def test_the_same_register_again_has_nothing_to_confirm(editor):
    take_over(register_2021())
    page = upload(editor, extract_2021())
    assert "Dieses Register ist schon eingelesen; es ändert sich nichts." in page.content.decode()
    assert "checked" not in filled(page)


def test_what_cannot_be_told_is_shown_before_and_listed_after(editor):
    a, b = municipality("14522010", "A", 9, 500), municipality("14522020", "B", 9, 300)
    head = landkreis("14522", "Mittelsachsen")
    upload_and_confirm(editor, gv100ad_of("20221231", head, *a, *b))
    page = upload(editor, gv100ad_of("20231231", head, *a), date="31.12.2022")
    assert lines(page)["Zu entscheiden: Rechtsnachfolge nicht erkennbar"] == ("B (14522020)",)
    done = editor.post(CONFIRM, filled(page), follow=True)
    assert done.redirect_chain == [(f"{AUTHORITIES}?bestand=offen", 302)]
    assert shown(done) == ["B (14522020)"]
    assert "Bitte legen Sie es als Rechtsnachfolge an." in messages(done)[1]


def upload_and_confirm(client, data):
    return client.post(CONFIRM, filled(upload(client, data, date="31.12.2022")))


@pytest.mark.parametrize(
    ("data", "date", "field", "message"),
    [
        (b"", "", "file", "Die Datei ist leer."),
        (b"Name;Ort\n", "", "file", "Diese Datei ist weder"),
        (b"PK\x03\x04kaputt", "", "file", "Die Arbeitsmappe lässt sich nicht lesen"),
        ("gv100ad", "", "population_date", "Die Datei nennt nicht, von welchem Tag"),
        ("gv100ad", "gestern", "population_date", "Bitte geben Sie einen Tag an, zum Beispiel 31.12.2022."),
        ("gv100ad", "31.12.2024", "file", "können nicht jünger sein als der Gebietsstand"),
        ("extract", "31.12.2020", "file", "laut Datei vom 31.12.2021, nicht vom 31.12.2020"),
    ],
)
def test_a_fault_stands_at_its_field_and_the_rest_stays(editor, data, date, field, message):
    data = {"gv100ad": gv100ad_2023, "extract": extract_2021}[data]() if isinstance(data, str) else data
    response = upload(editor, data, date=date)
    assert list(file_errors(response)) == [field]
    assert message in file_errors(response)[field][0]
    assert filled(response)["population_date"] == [date]
    assert not RegisterEdition.objects.exists()


BAD_FILES = {
    "another layout": (lambda: workbook_with(lambda book, sheet: sheet.delete_cols(8)), "In keinem Blatt"),
    "a truncated line": (lambda: gv100ad_2023()[:1000], "Zeile 5 hat 115 statt 220 Zeichen"),
    "another encoding": (lambda: gv100ad_2023().decode().encode("latin-1", "replace"), "ist nicht als UTF-8"),
    "a duplicate key": (lambda: gv100ad_with(54, 15, "010"), "Zeile 54: Der Gemeindeschlüssel 14521010 ist"),
    "a population of x": (lambda: gv100ad_with(53, 139, "          x"), "Zeile 53 (Amtsberg): Die Angabe"),
    "a zip bomb": (lambda: packed_zeros(), "entpackt größer als 64 MB"),
}


def packed_zeros() -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml", b"\x00" * (LARGEST_UNPACKED + 1))
    return packed.getvalue()


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_one_message_at_its_field_and_changes_no_row(editor, kind):
    take_over(register_2021())
    make, message = BAD_FILES[kind]
    before = everything()
    response = upload(editor, make(), date="31.12.2022")
    assert [list(file_errors(response)), len(file_errors(response)["file"])] == [["file"], 1]
    assert message in file_errors(response)["file"][0]
    assert filled(response)["population_date"] == ["31.12.2022"]
    assert "Bitte wählen Sie auch die Datei noch einmal" in response.content.decode()
    assert everything() == before


def test_the_sheet_of_another_year_is_taken_whatever_its_name(editor):
    page = upload(editor, workbook_with(lambda book, sheet: setattr(sheet, "title", "Gemeinden_2035")))
    assert len(lines(page)["Neu"]) == 500


def test_of_a_register_the_municipalities_of_the_sites_state_are_read(editor, settings):
    settings.STATE_KEY = "13"
    page = upload(editor, (settings.BASE_DIR / "fixtures" / "register-2021.xlsx").read_bytes())
    assert file_errors(page)["file"] == ["Die Datei enthält keine Gemeinde dieses Landes."]
    with pytest.raises(CommandError, match="keine Gemeinde dieses Landes"):
        call_command("import_register", settings.BASE_DIR / "fixtures" / "register-2021.xlsx")


def test_an_older_register_is_refused_at_the_field(editor):
    take_over(with_population_date(register_2023(), COUNTED))
    assert "ist älter als das neueste" in file_errors(upload(editor, extract_2021()))["file"][0]


def test_without_a_file_there_is_a_message(editor):
    response = editor.post(IMPORT, {"population_date": ""})
    assert file_errors(response) == {"file": ["Bitte wählen Sie eine Datei."]}


def test_a_file_over_the_limit_is_refused_unread(editor):
    response = upload(editor, b"x" * (10 * 2**20 + 1))
    assert file_errors(response) == {"file": ["Die Datei ist größer als 10 MB."]}


def test_a_request_over_the_limit_is_not_even_received(editor):
    with override_settings(LARGEST_REQUEST=1000):
        response = upload(editor, b"x" * 1001)
    assert response.status_code == 413
    assert "Das ist zu groß" in response.content.decode()


# --- confirming ------------------------------------------------------------------------------


def test_what_was_shown_cannot_be_exchanged(editor):
    values = filled(upload(editor, extract_2021()))
    [signed] = values["checked"]
    for changed in ("", "x", signed[:-1], signed[1:], "a\x00"):
        response = editor.post(CONFIRM, values | {"checked": changed}, follow=True)
        assert messages(response) == [
            "Die Prüfung ist zu alt oder unvollständig angekommen. Bitte wählen Sie die Datei noch einmal."
        ]
    assert not RegisterEdition.objects.exists()


def test_what_somebody_else_was_shown_is_not_taken_over(editor):
    values = filled(upload(editor, extract_2021()))
    assert client_of("admin", is_superuser=True).post(CONFIRM, values).url == IMPORT
    assert not RegisterEdition.objects.exists()


def test_a_register_that_came_in_between_refuses_what_was_shown_before(editor):
    take_over(register_2021())
    values = filled(upload(editor, gv100ad_2023(), date="31.12.2022"))
    take_over(with_population_date(register_2023(), datetime.date(2023, 9, 30)))
    before = list(RegisterMunicipality.objects.order_by("pk").values())
    response = editor.post(CONFIRM, values, follow=True)
    assert response.redirect_chain == [(IMPORT, 302)]
    assert messages(response) == [
        "Das Register wurde seit der Prüfung geändert. Bitte wählen Sie die Datei noch einmal "
        "und prüfen Sie die Unterschiede neu."
    ]
    assert list(RegisterMunicipality.objects.order_by("pk").values()) == before


def test_confirming_twice_takes_over_once(editor):
    values = filled(upload(editor, extract_2021()))
    editor.post(CONFIRM, values)
    assert "seit der Prüfung geändert" in messages(editor.post(CONFIRM, values, follow=True))[-1]
    assert RegisterEdition.objects.count() == 1


def test_the_address_of_the_confirmation_alone_leads_back(editor):
    assert editor.get(CONFIRM).url == IMPORT


def test_only_who_may_add_a_register_reads_one_in(editor):
    reader = client_of("Freigabe")
    values = filled(upload(editor, extract_2021()))
    assert reader.get(IMPORT).status_code == upload(reader, extract_2021()).status_code == 403
    assert reader.post(CONFIRM, values).status_code == 403
    assert IMPORT not in reader.get(EDITIONS).content.decode()
    assert IMPORT in editor.get(EDITIONS).content.decode()
    for address in (IMPORT, CONFIRM):
        assert Client().get(address, follow=True).redirect_chain[-1][0].startswith("/admin/konto/login/")
    assert not RegisterEdition.objects.exists()


def test_the_list_of_editions_shows_what_each_counts(editor):
    take_over(register_2021())
    html = re.sub(r"<[^>]*>", " ", editor.get(EDITIONS).content.decode())
    assert "Register vom 31.12.2021" in html
    for number in ("419", "13", "309", "4.043.002"):
        assert f" {number} " in html


# --- authorities -----------------------------------------------------------------------------


@pytest.fixture
def register():
    """A Landkreis with two municipalities, another municipality, and one that is gone."""
    edition = RegisterEditionFactory()
    kreis = AuthorityFactory(kind="landkreis", key="14522", name="Mittelsachsen")
    for name, key in (("Freiberg", "14522180"), ("Döbeln", "14522080")):
        RegisterMunicipalityFactory(
            edition=edition, authority=AuthorityFactory(name=name, key=key), district=kreis
        )
    RegisterMunicipalityFactory(edition=edition, authority=AuthorityFactory(name="Torgau", key="14730310"))
    AuthorityFactory(name="Ostrau", key="14522450", closed_on=datetime.date(2023, 11, 30))


def names(response) -> list[str]:
    return [authority.name for authority in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Döbeln", "Freiberg", "Mittelsachsen", "Ostrau", "Torgau"]),
        ({"q": "doebeln"}, ["Döbeln"]),
        ({"q": "14730"}, ["Torgau"]),
        ({"kind__exact": "landkreis"}, ["Mittelsachsen"]),
        ({"landkreis": "14522"}, ["Döbeln", "Freiberg", "Mittelsachsen"]),
        ({"landkreis": "x"}, ["Döbeln", "Freiberg", "Mittelsachsen", "Ostrau", "Torgau"]),
        ({"bestand": "heute"}, ["Döbeln", "Freiberg", "Mittelsachsen", "Torgau"]),
        ({"bestand": "frueher"}, ["Ostrau"]),
        ({"bestand": "offen"}, ["Ostrau"]),
    ],
)
def test_authorities_are_searched_and_filtered(editor, register, query, found):
    assert names(editor.get(AUTHORITIES, query)) == found


def test_who_has_a_successor_is_decided(editor, register):
    SuccessionFactory(predecessor=Authority.objects.get(name="Ostrau"))
    assert names(editor.get(AUTHORITIES, {"bestand": "offen"})) == []


def test_the_list_stands_before_the_first_register(editor):
    AuthorityFactory(name="Ostrau")
    assert names(editor.get(AUTHORITIES, {"q": "ostrau", "o": "4.5"})) == ["Ostrau"]


def test_many_become_grosse_kreisstadt_at_once_and_only_municipalities_do(editor, register):
    page = editor.get(AUTHORITIES)
    rows = [form.instance.name for form in page.context["cl"].formset.forms]
    ticked = {f"form-{number}-is_grosse_kreisstadt": "on" for number in range(len(rows))}
    response = editor.post(AUTHORITIES, filled_list(page) | ticked)
    assert response.status_code == 302
    grosse = Authority.objects.grosse_kreisstaedte().order_by("sort_name").values_list("name", flat=True)
    assert list(grosse) == ["Döbeln", "Freiberg", "Ostrau", "Torgau"]


def filled_list(page) -> dict:
    management = page.context["cl"].formset
    ids = {f"form-{number}-id": form.instance.pk for number, form in enumerate(management.forms)}
    total = len(management.forms)
    return ids | {"form-TOTAL_FORMS": total, "form-INITIAL_FORMS": total, "_save": "Speichern"}


def test_one_authority_shows_everything_and_changes_one_thing(editor, register):
    freiberg = Authority.objects.get(name="Freiberg")
    address = f"{AUTHORITIES}{freiberg.pk}/change/"
    assert set(filled(editor.get(address))) <= {"csrfmiddlewaretoken", "seen", "is_grosse_kreisstadt"}
    send(editor, address, is_grosse_kreisstadt="on", name="Anders", key="1")
    freiberg.refresh_from_db()
    assert (freiberg.name, freiberg.key, freiberg.is_grosse_kreisstadt) == ("Freiberg", "14522180", True)


def test_a_tick_that_somebody_else_set_meanwhile_stays_in_the_list(editor, register):
    """The list as it was opened shows it unticked; to send that is no wish to take it back."""
    opened = filled(editor.get(AUTHORITIES))
    freiberg = Authority.objects.get(name="Freiberg")
    other = Authority.objects.filter(kind="gemeinde").exclude(pk=freiberg.pk).first()
    send(
        client_of("Zweite", is_superuser=True),
        f"{AUTHORITIES}{freiberg.pk}/change/",
        is_grosse_kreisstadt="on",
    )
    [row] = [name.removesuffix("-id") for name, value in opened.items() if value == [str(other.pk)]]
    editor.post(AUTHORITIES, opened | {f"{row}-is_grosse_kreisstadt": ["on"], "_save": "Speichern"})
    ticked = Authority.objects.filter(is_grosse_kreisstadt=True)
    assert set(ticked) == {freiberg, other}


def test_freigabe_sees_authorities_and_ticks_nothing(register):
    page = client_of("Freigabe").get(AUTHORITIES)
    assert page.status_code == 200
    assert 'type="checkbox"' not in page.content.decode().partition('id="changelist-form"')[2]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(editor, number, django_assert_num_queries):
    edition = RegisterEditionFactory()
    for _ in range(number):
        RegisterMunicipalityFactory(edition=edition)
    editor.get(AUTHORITIES)
    with django_assert_num_queries(10):
        editor.get(AUTHORITIES)


# --- successions -----------------------------------------------------------------------------


def test_a_succession_is_made_and_gets_its_day(editor, register):
    old, new = Authority.objects.get(name="Ostrau"), Authority.objects.get(name="Döbeln")
    response = send(editor, f"{SUCCESSIONS}add/", predecessor=old.pk, successor=new.pk, date="01.01.2023")
    assert response.status_code == 302
    [made] = Succession.objects.all()
    assert (made.predecessor, made.successor, made.date) == (old, new, datetime.date(2023, 1, 1))


def test_only_who_has_left_the_register_has_a_successor(editor, register):
    freiberg, new = Authority.objects.get(name="Freiberg"), Authority.objects.get(name="Döbeln")
    page = editor.get(f"{SUCCESSIONS}add/")
    offered = page.context["adminform"].form.fields["predecessor"].queryset
    assert [authority.name for authority in offered] == ["Ostrau"]
    response = send(editor, f"{SUCCESSIONS}add/", predecessor=freiberg.pk, successor=new.pk)
    assert list(errors(response)) == ["predecessor"]


def test_a_succession_of_oneself_or_twice_is_refused_at_the_field(editor, register):
    old = Authority.objects.get(name="Ostrau")
    response = send(editor, f"{SUCCESSIONS}add/", predecessor=old.pk, successor=old.pk)
    assert errors(response) == {"successor": ["Eine Kommune kann nicht in sich selbst aufgehen."]}
    made = SuccessionFactory(predecessor=old)
    response = send(editor, f"{SUCCESSIONS}add/", predecessor=old.pk, successor=made.successor_id)
    assert errors(response) == {"successor": ["Diese Rechtsnachfolge gibt es schon."]}


def test_successions_are_found_by_either_side(editor, register):
    made = SuccessionFactory(
        predecessor=Authority.objects.get(name="Ostrau"), successor=Authority.objects.get(name="Döbeln")
    )
    SuccessionFactory()
    assert shown(editor.get(SUCCESSIONS, {"q": "ostrau"})) == shown(
        editor.get(SUCCESSIONS, {"q": "14522080"})
    )
    assert shown(editor.get(SUCCESSIONS, {"q": "ostrau"})) == [str(made)]
