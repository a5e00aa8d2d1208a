"""How editors enter who has what in use: one by one, many at once, and by file."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rollout.competence import fill
from rollout.models import Adoption, Authority, CompetenceSet
from tests.admin import client_of, errors, filled, send
from tests.factories import (
    AdoptionFactory,
    AuthorityFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
)
from tests.html import rows_of, text_of

pytestmark = pytest.mark.django_db
ADOPTIONS = "/admin/rollout/adoption/"
TODAY = datetime.date(2022, 10, 5)


@pytest.fixture
def editor():
    return client_of("Redaktion")


@pytest.fixture
def register():
    """Two Landkreise with ten municipalities each, and Leipzig."""
    edition = RegisterEditionFactory()
    for district, name in (("14627", "Meißen"), ("14522", "Mittelsachsen")):
        kreis = AuthorityFactory(kind="landkreis", key=district, name=name)
        for number in range(10):
            municipality = AuthorityFactory(name=f"{name} {number}", key=f"{district}{number:03}")
            RegisterMunicipalityFactory(edition=edition, authority=municipality, district=kreis)
    leipzig = AuthorityFactory(kind="kreisfreie-stadt", key="14713000", name="Leipzig")
    RegisterMunicipalityFactory(edition=edition, authority=leipzig)
    fill(edition)
    return edition


def service_of(key: str, **kwargs):
    service = ServiceFactory(**kwargs)
    ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key=key))
    return service


def authority(key: str) -> Authority:
    return Authority.objects.get(key=key)


def page_of(obj) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_adoptions", args=[obj.pk])


def tick(client, address, *objects, query=None, **fields):
    """Open the page, tick the rows of these objects, fill in the form and send it."""
    page = client.get(address, query)
    values = filled(page) | {"row": [str(obj.pk) for obj in objects], "checked_on": "05.10.2022"} | fields
    url = f"{address}?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else address
    return client.post(url, values)


def problems(response) -> list[str]:
    return list(response.context["problems"])


def recorded(service) -> dict[str, tuple]:
    found = service.adoptions.order_by("authority__key", "since")
    return {
        (one.authority.key, str(one.since or "")): (one.state, one.solution, one.until, one.checked_on)
        for one in found.select_related("authority")
    }


# --- one record ------------------------------------------------------------------------------


def add(client, who, service, **fields):
    fields = {"authority": who.pk, "service": service.pk, "state": "used", "since": "09/2022"} | fields
    return send(client, f"{ADOPTIONS}add/", **fields)


def test_a_record_is_made_with_its_months(editor, register):
    service = service_of("districts")
    assert (
        add(editor, authority("14627"), service, until="10/2022", solution="third-party").status_code == 302
    )
    [made] = Adoption.objects.all()
    assert (made.since, made.until) == (datetime.date(2022, 9, 1), datetime.date(2022, 10, 1))
    assert (made.solution, made.illustrative) == ("third-party", False)


def test_who_is_not_competent_is_refused_at_the_field_with_who_is(editor, register):
    service = service_of("districts", name="Wunschkennzeichen")
    response = add(editor, authority("14627003"), service)
    assert errors(response) == {
        "authority": [
            "Meißen 3 ist für „Wunschkennzeichen“ nicht zuständig, sondern Landkreis Meißen (14627)."
        ]
    }
    assert filled(response)["since"] == ["09/2022"]
    assert not Adoption.objects.exists()


def test_of_many_who_are_competent_in_place_of_a_landkreis_some_are_named(editor, register):
    response = add(editor, authority("14627"), service_of("municipalities", name="Hundesteuer"))
    assert errors(response)["authority"] == [
        "Landkreis Meißen ist für „Hundesteuer“ nicht zuständig; zuständig sind dort Meißen 0 (14627000), "
        "Meißen 1 (14627001), Meißen 2 (14627002) und 7 weitere."
    ]


def test_without_a_set_nobody_is_competent(editor, register):
    response = add(editor, authority("14627"), ServiceFactory(name="Wohngeld"))
    assert errors(response)["authority"][0].startswith(
        "Wer für „Wohngeld“ zuständig ist, steht noch nicht fest."
    )


def test_before_the_first_register_nobody_is_competent(editor):
    service = ServiceFactory(name="Wohngeld")
    ServiceCompetenceFactory(service=service)
    response = add(editor, AuthorityFactory(name="Radebeul"), service)
    assert errors(response)["authority"] == ["Radebeul ist für „Wohngeld“ nicht zuständig."]
    assert editor.get(page_of(service)).status_code == 200


def test_where_competence_is_assumed_only_examples_are_recorded(editor, register):
    service = service_of("districts")
    service.competence.illustrative = True
    service.competence.save()
    assert "nur als Beispiel angenommen" in errors(add(editor, authority("14627"), service))["authority"][0]
    assert add(editor, authority("14627"), service, illustrative="on").status_code == 302


def test_what_is_over_may_be_of_somebody_who_was_competent(editor, register):
    service = service_of("municipalities")
    old = authority("14627000")
    later = RegisterEditionFactory()
    for row in register.municipalities.exclude(authority=old):
        RegisterMunicipalityFactory(edition=later, authority=row.authority, district=row.district)
    fill(later)
    assert "authority" in errors(add(editor, old, service))
    assert add(editor, old, service, until="12/2022").status_code == 302


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"since": "", "checked_on": ""}, "since", "Bitte angeben, seit wann das gilt"),
        ({"since": "13/2022"}, "since", "ist kein Monat"),
        ({"until": "08/2022"}, "until", "Das Ende liegt vor dem Beginn"),
        ({"state": "x"}, "state", "x ist keine"),
        ({"authority": "x"}, "authority", "Bitte eine gültige Auswahl treffen"),
    ],
)
def test_a_fault_stands_at_its_field(editor, register, fields, field, message):
    found = errors(add(editor, authority("14627"), service_of("districts"), **fields))
    assert list(found) == [field]
    assert message.split()[0] in found[field][0]


def test_a_second_record_of_the_same_time_is_refused_at_its_beginning(editor, register):
    service = service_of("districts")
    AdoptionFactory(authority=authority("14627"), service=service)
    found = errors(add(editor, authority("14627"), service))
    assert list(found) == ["since"]
    assert "in dieser Zeit schon einen Eintrag" in found["since"][0]


# --- many of a service -----------------------------------------------------------------------


def test_ten_authorities_are_set_at_once(editor, register):
    service = service_of("municipalities")
    ten = [authority(f"14627{number:03}") for number in range(10)]
    response = tick(editor, page_of(service), *ten, state="used", since="09/2022", solution="state")
    assert response.status_code == 302
    assert recorded(service) == {(one.key, "2022-09-01"): ("used", "state", None, TODAY) for one in ten}
    assert "Einsatz: 10 neu erfasst." in text_of(editor.get(response.url))


def test_the_list_shows_who_is_competent_and_what_is_recorded_last(editor, register):
    service = service_of("districts")
    AdoptionFactory(authority=authority("14713000"), service=service, solution="own", note="laut Umfrage")
    AdoptionFactory(authority=authority("14522"), service=service, illustrative=True)
    rows = [row for row in rows_of(editor.get(page_of(service))) if len(row) == 7][1:]
    assert [row[1:] for row in rows] == [
        ["Leipzig", "", "1.000", "im Einsatz seit 01/2022", "Eigenentwicklung", "laut Umfrage"],
        ["Landkreis Meißen", "Meißen", "10.000", "nicht erfasst", "", ""],
        ["Landkreis Mittelsachsen", "Mittelsachsen", "10.000", "nicht erfasst", "", ""],
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 21),
        ({"q": "meißen"}, 10),
        ({"q": "meissen 3"}, 1),
        ({"q": "14713"}, 1),
        ({"landkreis": "Meißen"}, 10),
        ({"landkreis": "Meißen", "q": "14627003"}, 1),
        ({"landkreis": "Nirgendwo"}, 21),
        ({"zustand": "im Einsatz"}, 1),
        ({"zustand": "nicht erfasst"}, 20),
        ({"q": "gibt es nicht"}, 0),
    ],
)
def test_the_list_is_searched_and_filtered(editor, register, query, count):
    service = service_of("municipalities")
    AdoptionFactory(authority=authority("14713000"), service=service)
    assert len(editor.get(page_of(service), query).context["rows"]) == count


def test_all_that_are_shown_are_set_by_one_tick_and_no_others(editor, register):
    service = service_of("municipalities")
    tick(editor, page_of(service), query={"landkreis": "Meißen"}, all="on", state="not-used")
    assert {key for key, _ in recorded(service)} == {f"14627{number:03}" for number in range(10)}


def test_the_same_state_again_changes_the_record(editor, register):
    service, leipzig = service_of("districts"), authority("14713000")
    made = AdoptionFactory(
        authority=leipzig, service=service, solution="own", note="Quelle", since="2022-01-01"
    )
    tick(editor, page_of(service), leipzig, state="used", since="03/2022")
    assert recorded(service) == {("14713000", "2022-03-01"): ("used", "own", None, TODAY)}
    made.refresh_from_db()
    assert made.note == "Quelle"


def test_another_state_ends_the_one_before(editor, register):
    service, leipzig = service_of("districts"), authority("14713000")
    AdoptionFactory(authority=leipzig, service=service, since="2022-01-01")
    tick(editor, page_of(service), leipzig, state="not-used", since="09/2022")
    assert recorded(service) == {
        ("14713000", "2022-01-01"): ("used", "", datetime.date(2022, 8, 1), None),
        ("14713000", "2022-09-01"): ("not-used", "", None, TODAY),
    }


def test_another_state_from_the_same_month_is_refused_by_name_and_nothing_is_saved(editor, register):
    service = service_of("districts")
    AdoptionFactory(authority=authority("14713000"), service=service, since="2022-09-01")
    before = recorded(service)
    response = tick(
        editor, page_of(service), authority("14713000"), authority("14627"), state="not-used", since="09/2022"
    )
    assert problems(response) == [
        f"Leipzig, {service}: Dort steht „im Einsatz seit 09/2022“. Was jetzt gilt, muss in einem späteren Monat "
        "beginnen."
    ]
    assert recorded(service) == before
    assert filled(response)["since"] == ["09/2022"]
    assert set(filled(response)["row"]) == {str(authority(key).pk) for key in ("14713000", "14627")}


def test_not_recorded_takes_the_last_record_away(editor, register):
    service, leipzig = service_of("districts"), authority("14713000")
    AdoptionFactory(authority=leipzig, service=service, since="2020-01-01", until="2021-12-01")
    AdoptionFactory(authority=leipzig, service=service, since="2022-01-01", state="not-used")
    tick(editor, page_of(service), leipzig, authority("14627"), state="nicht-erfasst")
    assert list(recorded(service)) == [("14713000", "2020-01-01")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"checked_on": "", "since": ""}, "since"),
        ({"since": "99/2022"}, "since"),
        ({"checked_on": "gestern"}, "checked_on"),
        ({"state": "x"}, "state"),
        ({"solution": "x"}, "solution"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_fault_in_the_form_stands_at_its_field_and_the_ticks_stay(editor, register, fields, field):
    service = service_of("districts")
    response = tick(editor, page_of(service), authority("14627"), **{"state": "used", **fields})
    assert list(response.context["form"].errors) == [field]
    assert filled(response)["row"] == [str(authority("14627").pk)]
    assert recorded(service) == {}


def test_nothing_ticked_is_said(editor, register):
    response = tick(editor, page_of(service_of("districts")), state="used")
    assert problems(response) == ["Bitte kreuzen Sie mindestens eine Zeile an."]


@pytest.mark.parametrize("rows", [["x"], ["0"], ["99999999999999999999"], ["-1", "1 OR 1"]])
def test_ticks_of_nothing_are_refused(editor, register, rows):
    service = service_of("districts")
    values = filled(editor.get(page_of(service))) | {"row": rows, "state": "used"}
    assert len(problems(editor.post(page_of(service), values))) == 1
    assert recorded(service) == {}


def test_somebody_elses_change_is_never_overwritten_unseen(editor, register):
    service, leipzig = service_of("districts"), authority("14713000")
    page = editor.get(page_of(service))
    tick(client_of("admin", is_superuser=True), page_of(service), leipzig, state="not-used", since="09/2022")
    ticks = {"row": [str(leipzig.pk), str(authority("14627").pk)], "state": "used", "since": "10/2022"}
    response = editor.post(page_of(service), filled(page) | ticks)
    [problem] = problems(response)
    assert problem.startswith("Leipzig: inzwischen geändert (admin, ")
    assert list(recorded(service)) == [("14713000", "2022-09-01")]
    assert editor.post(page_of(service), filled(response)).status_code == 302
    assert ("14627", "2022-10-01") in recorded(service)


def test_a_page_that_does_not_say_what_was_seen_saves_nothing(editor, register):
    service = service_of("districts")
    values = {"row": [authority("14627").pk], "state": "used", "since": "09/2022", "solution": "bleibt"}
    for seen in ("", "x", filled(editor.get(page_of(service_of("units"))))["seen"][0]):
        response = editor.post(page_of(service), values | {"seen": seen})
        assert problems(response)[0].startswith("Nicht gespeichert: Der Seite fehlt")
    assert recorded(service) == {}


def test_without_a_set_the_page_says_what_to_do(editor, register):
    text = text_of(editor.get(page_of(ServiceFactory())))
    assert "Wer zuständig ist, steht noch nicht fest" in text


def test_freigabe_sees_what_is_recorded_and_changes_nothing(register):
    service = service_of("districts")
    reader = client_of("Freigabe")
    page = reader.get(page_of(service))
    assert page.status_code == 200
    assert "Landkreis Meißen" in text_of(page)
    assert 'name="row"' not in page.content.decode()
    assert reader.post(page_of(service), {"row": "1"}).status_code == 403
    assert reader.get(f"{ADOPTIONS}add/").status_code == 403
    assert reader.get(f"{ADOPTIONS}datei/").status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number(editor, django_assert_num_queries, number):
    edition = RegisterEditionFactory()
    for _ in range(number):
        RegisterMunicipalityFactory(edition=edition)
    fill(edition)
    service = service_of("municipalities")
    for one in Authority.objects.all():
        AdoptionFactory(authority=one, service=service)
    editor.get(page_of(service))
    with django_assert_num_queries(10):
        editor.get(page_of(service))


@pytest.mark.parametrize("number", [1, 3])
def test_setting_takes_the_same_queries_for_any_number(editor, django_assert_num_queries, register, number):
    service = service_of("municipalities")
    chosen = [authority(f"14627{place:03}") for place in range(number)]
    values = filled(editor.get(page_of(service))) | {
        "row": [str(one.pk) for one in chosen],
        "since": "09/2022",
    }
    with django_assert_num_queries(22):
        assert editor.post(page_of(service), values).status_code == 302


# --- many of an authority --------------------------------------------------------------------


def test_an_authority_has_its_own_services_to_set(editor, register):
    own, other = service_of("municipalities", name="Hundesteuer"), service_of("districts", name="Kfz")
    assumed = service_of("units", name="Angenommen")
    assumed.competence.illustrative = True
    assumed.competence.save()
    meissen = authority("14627003")
    page = editor.get(page_of(meissen))
    assert [line["row"].name for line in page.context["rows"]] == ["Hundesteuer"]
    tick(editor, page_of(meissen), own, state="used", since="09/2022")
    assert list(recorded(own)) == [("14627003", "2022-09-01")]
    assert recorded(other) == {}


def test_an_authority_that_is_competent_for_nothing_is_told_so(editor, register):
    assert "Für keine Leistung ist festgelegt" in text_of(editor.get(page_of(authority("14627"))))


# --- files -----------------------------------------------------------------------------------

HEAD = ["Leistung", "Schlüssel", "Einsatz", "seit", "bis", "geprüft am", "Lösung", "Hinweis"]


def csv_of(*rows, head=HEAD) -> bytes:
    return "\r\n".join(";".join(row) for row in [head, *rows]).encode()


def upload(client, data: bytes):
    return client.post(f"{ADOPTIONS}datei/", {"file": SimpleUploadedFile("einsatz.csv", data)})


def confirm(client, page):
    return client.post(f"{ADOPTIONS}datei/", filled(page))


@pytest.fixture
def kfz(register):
    return service_of("districts", name="Kfz", slug="kfz")


def test_a_file_shows_its_differences_and_then_takes_them_over(editor, kfz):
    AdoptionFactory(authority=authority("14522"), service=kfz, since="2022-01-01")
    AdoptionFactory(authority=authority("14713000"), service=kfz, since="2022-02-01")
    page = upload(
        editor,
        csv_of(
            ["kfz", "14627", "im Einsatz", "09/2022", "", "05.10.2022", "Lösung Dritter", "Umfrage"],
            ["kfz", "14522", "im Einsatz", "01/2022", "08/2022", "", "", ""],
            ["kfz", "14713000", "nicht erfasst", "02/2022", "", "", "", ""],
        ),
    )
    text = text_of(page)
    assert "1 Zelle geändert, 1 Zeile neu, 1 Zeile entfällt." in text
    assert len(recorded(kfz)) == 2
    assert confirm(editor, page).status_code == 302
    assert recorded(kfz) == {
        ("14522", "2022-01-01"): ("used", "", datetime.date(2022, 8, 1), None),
        ("14627", "2022-09-01"): ("used", "third-party", None, TODAY),
    }


def test_an_export_is_imported_without_a_difference(editor, kfz):
    AdoptionFactory(
        authority=authority("14522"), service=kfz, note="=1+1", solution="own", until="2022-05-01"
    )
    AdoptionFactory(authority=authority("14713000"), service=kfz, since=None, checked_on=TODAY)
    AdoptionFactory(authority=authority("14627"), service=kfz, illustrative=True)
    exported = editor.get(f"{ADOPTIONS}csv/").content
    lines = exported.decode("utf-8-sig").splitlines()
    assert lines[0] == ("Leistung;Bezeichnung;Schlüssel;Kommune;Einsatz;seit;bis;geprüft am;Lösung;Hinweis")
    assert lines[1:] == [
        "kfz;Kfz;14522;Landkreis Mittelsachsen;im Einsatz;01/2022;05/2022;;Eigenentwicklung;'=1+1",
        "kfz;Kfz;14713000;Leipzig;im Einsatz;;;05.10.2022;unbekannt;",
    ]
    assert "genau das, was schon gespeichert ist" in text_of(upload(editor, exported))


def test_an_export_holds_what_the_list_shows(editor, kfz):
    AdoptionFactory(authority=authority("14522"), service=kfz)
    AdoptionFactory(authority=authority("14713000"), service=kfz, state="not-used")
    page = editor.get(ADOPTIONS, {"state__exact": "used"})
    [tool] = [tool for tool in page.context["tools"] if tool.label == "Als CSV herunterladen"]
    assert tool.address == f"{ADOPTIONS}csv/?state__exact=used"
    assert len(editor.get(tool.address).content.decode().splitlines()) == 2


def test_an_export_with_filters_that_make_no_sense_leads_to_the_list(editor, kfz):
    response = editor.get(f"{ADOPTIONS}csv/?illustrative__exact=7")
    assert response.url == f"{ADOPTIONS}?e=1"
    assert editor.get(f"{ADOPTIONS}csv/?authority__designation=x").status_code == 400


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["nix", "14627", "im Einsatz", "09/2022"], "Zeile 2, Leistung: „nix“ gibt es nicht."),
        (["kfz", "1", "im Einsatz", "09/2022"], "Zeile 2, Schlüssel: „1“ gibt es nicht."),
        (["kfz", "14627", "vielleicht", "09/2022"], "Zeile 2, Einsatz: „vielleicht“ steht nicht zur Wahl."),
        (["kfz", "14627", "im Einsatz", "2022"], "Zeile 2, seit: „2022“ ist kein Monat."),
        (["kfz", "14627", "im Einsatz", ""], "Zeile 2, seit: Bitte angeben, seit wann das gilt"),
        (
            ["kfz", "14627", "im Einsatz", "09/2022", "08/2022"],
            "Zeile 2, bis: Das Ende liegt vor dem Beginn.",
        ),
        (["kfz", "14627", "im Einsatz", "", "", "32.10.2022"], "Zeile 2, geprüft am: "),
        (["kfz", "14627", "im Einsatz", "09/2022", "", "", "Papier"], "Zeile 2, Lösung: „Papier“"),
        (
            ["kfz", "14627003", "im Einsatz", "09/2022"],
            "Zeile 2, Schlüssel: Meißen 3 ist für „Kfz“ nicht zuständig, sondern Landkreis Meißen (14627).",
        ),
        (
            ["kfz", "14713000", "im Einsatz", "03/2022"],
            "Zeile 2, seit: „im Einsatz seit 01/2022“ und „im Einsatz seit 03/2022“ überschneiden sich.",
        ),
    ],
)
def test_a_fault_is_told_with_line_and_column_and_nothing_is_taken_over(editor, kfz, row, message):
    AdoptionFactory(authority=authority("14713000"), service=kfz, since="2022-01-01")
    good = ["kfz", "14522", "im Einsatz", "09/2022"]
    filler = [""] * len(HEAD)
    response = upload(editor, csv_of((row + filler)[:8], (good + filler)[:8]))
    [found] = response.context["row_errors"]
    assert found.startswith(message)
    assert len(recorded(kfz)) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (csv_of(head=HEAD), "Unter den Überschriften steht keine Zeile."),
        (csv_of(["kfz", "14627"], head=HEAD[:2]), "Die Spalte „Einsatz“ fehlt."),
        (csv_of(["a"] * 9, head=[*HEAD, "Leistung"]), "Die Spalte „Leistung“ steht doppelt in der Datei."),
        (csv_of(["a"] * 9, head=[*HEAD, "Farbe"]), "Die Spalte „Farbe“ ist hier unbekannt."),
        (csv_of(["a"] * 9, head=["", *HEAD]), "Spalte 1 hat keine Überschrift."),
    ],
)
def test_a_file_of_another_layout_is_refused(editor, kfz, data, message):
    assert upload(editor, data).context["row_errors"][0] == message


@pytest.mark.parametrize("data", [b"", b"\x00", b"PK\x03\x04kaputt", b'a;"b\n'])
def test_what_is_no_file_of_a_table_is_refused_at_the_field(editor, kfz, data):
    assert list(upload(editor, data).context["form"].errors) == ["file"]


def test_a_line_twice_is_refused(editor, kfz):
    row = ["kfz", "14627", "im Einsatz", "09/2022", "", "", "", ""]
    response = upload(editor, csv_of(row, row))
    assert response.context["row_errors"] == ["Zeile 3, Schlüssel: Dasselbe steht schon in Zeile 2."]


def test_a_column_that_is_missing_leaves_what_is_there(editor, kfz):
    AdoptionFactory(authority=authority("14522"), service=kfz, note="Quelle", until="2022-05-01")
    page = upload(editor, csv_of(["kfz", "14522", "nicht im Einsatz", "01/2022"], head=HEAD[:4]))
    confirm(editor, page)
    [one] = Adoption.objects.all()
    assert (one.state, one.note, one.until) == ("not-used", "Quelle", datetime.date(2022, 5, 1))


def test_what_somebody_changed_since_is_shown_again_before_it_is_taken_over(editor, kfz):
    made = AdoptionFactory(authority=authority("14522"), service=kfz, since="2022-01-01")
    page = upload(editor, csv_of(["kfz", "14522", "nicht im Einsatz", "01/2022"], head=HEAD[:4]))
    Adoption.objects.filter(pk=made.pk).update(solution="own")
    again = confirm(editor, page)
    assert "Seit der Prüfung hat jemand etwas davon geändert" in text_of(again)
    assert Adoption.objects.get().state == "used"
    assert confirm(editor, again).status_code == 302
    assert Adoption.objects.get().state == "not-used"


def test_what_was_shown_to_somebody_else_is_not_taken_over(editor, kfz):
    page = upload(editor, csv_of(["kfz", "14522", "im Einsatz", "01/2022"], head=HEAD[:4]))
    response = confirm(client_of("admin", is_superuser=True), page)
    assert response.context["row_errors"] == [
        "Die Prüfung gilt nicht mehr. Bitte laden Sie die Datei noch einmal hoch."
    ]
    assert not Adoption.objects.exists()
