"""How editors say who is competent: sets kept by hand, their files, and which set a service goes by."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rollout.models import Authority, Competence, CompetenceSet, RegisterEdition, ServiceCompetence
from rollout.register_import import take_over
from stand.models import DeletedDraft
from tests.admin import client_of, errors, filled, row_errors, send
from tests.factories import AdoptionFactory, CompetenceSetFactory, ServiceCompetenceFactory, ServiceFactory
from tests.html import text_of

from .registers import gv100ad_of, landkreis, municipality, urban_district
from .test_register_import import NEW_YEAR, small

pytestmark = pytest.mark.django_db
SETS = "/admin/rollout/competenceset/"


@pytest.fixture
def editor():
    return client_of("Redaktion")


def first_edition():
    """Chemnitz, and three municipalities of Mittelsachsen."""
    take_over(
        small(
            "20211231",
            *urban_district("14511", "Chemnitz", 240, 900),
            *municipality("14522010", "A", 9, 500),
            *municipality("14522020", "B", 7, 300),
            *municipality("14522030", "C", 5, 400),
            population_date=NEW_YEAR,
        )
    )


def next_edition():
    """A and B are one: AB; D is new."""
    take_over(
        small(
            "20221231",
            *urban_district("14511", "Chemnitz", 240, 900),
            *municipality("14522040", "AB", 16, 800),
            *municipality("14522030", "C", 5, 400),
            *municipality("14522050", "D", 5, 90),
        )
    )


@pytest.fixture
def kept():
    """A set by hand, decided for the first edition."""
    first_edition()
    made = CompetenceSetFactory(key="bauaufsicht", name="Bauaufsicht")
    edition = RegisterEdition.objects.newest()
    for place, competent in (
        ("14511000", "14511000"),
        ("14522010", "14522"),
        ("14522020", "14522"),
        ("14522030", "14522020"),
    ):
        Competence.objects.create(
            set=made, edition=edition, municipality=authority(place), authority=authority(competent)
        )
    return made


def authority(key: str) -> Authority:
    return Authority.objects.get(key=key)


def decided(kept) -> dict[str, str]:
    rows = kept.competences.filter(edition=RegisterEdition.objects.newest())
    return dict(rows.values_list("municipality__key", "authority__key"))


def places(kept) -> str:
    return reverse("admin:rollout_competenceset_places", args=[kept.pk])


def lines(response) -> list[tuple]:
    return [line["row"].cells for line in response.context["rows"]]


# --- the next edition ------------------------------------------------------------------------


def test_what_is_to_decide_is_listed_with_what_may_be_proposed(editor, kept):
    next_edition()
    page = editor.get(places(kept))
    assert lines(page) == [
        (
            "AB",
            "Mittelsachsen",
            "",
            "Landkreis Mittelsachsen",
            "Landkreis Mittelsachsen",
            "entstanden aus A und B",
        ),
        ("C", "Mittelsachsen", "", "B", "AB", "B gibt es nicht mehr"),
        ("Chemnitz", "", "Chemnitz", "Chemnitz", "", ""),
        ("D", "Mittelsachsen", "", "", "", "noch nicht festgelegt"),
    ]
    assert [line["row"].name for line in page.context["rows"] if line["ticked"]] == ["AB", "C"]


def test_proposals_are_taken_over_as_ticked_and_the_rest_is_decided(editor, kept):
    next_edition()
    assert editor.post(places(kept), filled(editor.get(places(kept)))).status_code == 302
    assert decided(kept) == {"14511000": "14511000", "14522040": "14522", "14522030": "14522040"}
    page = editor.get(places(kept), {"zustand": "zu entscheiden"})
    assert [line[0] for line in lines(page)] == ["D"]
    values = filled(page) | {"row": [authority("14522050").pk], "who": "behoerde", "key": "14522040"}
    assert editor.post(places(kept), values).status_code == 302
    assert decided(kept)["14522050"] == "14522040"


@pytest.mark.parametrize(
    ("who", "competent"),
    [("selbst", "14522050"), ("einheit", "14522050"), ("landkreis", "14522")],
)
def test_who_is_competent_may_follow_from_the_register(editor, kept, who, competent):
    next_edition()
    values = filled(editor.get(places(kept))) | {"row": [authority("14522050").pk], "who": who}
    editor.post(places(kept), values)
    assert decided(kept)["14522050"] == competent


def test_where_nobody_is_proposed_nothing_is_saved(editor, kept):
    next_edition()
    before = decided(kept)
    values = filled(editor.get(places(kept))) | {"all": "on"}
    response = editor.post(places(kept), values)
    assert response.context["problems"] == [
        "Chemnitz: Es ist niemand vorgeschlagen. Bitte wählen Sie jemanden.",
        "D: Es ist niemand vorgeschlagen. Bitte wählen Sie jemanden.",
    ]
    assert decided(kept) == before


@pytest.mark.parametrize("key", ["", "1", "x", "14522010", "\x00"])
def test_a_key_of_nobody_is_refused_at_the_field(editor, kept, key):
    next_edition()  # in which A (14522010) is gone
    values = filled(editor.get(places(kept))) | {"who": "behoerde", "key": key}
    assert list(editor.post(places(kept), values).context["form"].errors) == ["key"]


def test_somebody_elses_decision_is_not_overwritten_unseen(editor, kept):
    page = editor.get(places(kept))
    Competence.objects.filter(set=kept, municipality__key="14522010").update(authority=authority("14522010"))
    values = filled(page) | {"row": [authority("14522010").pk], "who": "landkreis"}
    response = editor.post(places(kept), values)
    assert response.context["problems"][0].startswith("A: inzwischen geändert (")
    assert editor.post(places(kept), filled(response)).status_code == 302
    assert decided(kept)["14522010"] == "14522"


def test_a_set_by_rule_is_there_for_reading(editor):
    first_edition()
    units = CompetenceSet.objects.get(key="units")
    page = editor.get(places(units))
    assert len(lines(page)) == 4
    assert 'name="row"' not in page.content.decode()
    assert editor.post(places(units), {"all": "on"}).status_code == 403
    assert editor.get(f"{SETS}{units.pk}/datei/").status_code == 403
    assert editor.get(f"{SETS}{units.pk}/delete/").status_code == 403


def test_who_reads_a_register_in_is_told_of_sets_with_gaps(editor, kept):
    data = gv100ad_of(
        "20221231",
        landkreis("14522", "Mittelsachsen"),
        *urban_district("14511", "Chemnitz", 240, 900),
        *municipality("14522010", "A", 9, 500),
        *municipality("14522020", "B", 7, 300),
        *municipality("14522030", "C", 5, 400),
        *municipality("14522050", "D", 5, 90),
    )
    page = editor.post(
        "/admin/rollout/registeredition/einlesen/",
        {"file": SimpleUploadedFile("gv.txt", data), "population_date": "31.12.2022"},
    )
    done = editor.post("/admin/rollout/registeredition/uebernehmen/", filled(page), follow=True)
    assert "In „Bauaufsicht“ ist für 1 Gemeinde zu entscheiden, wer zuständig ist." in text_of(done)
    assert places(kept) in done.content.decode()


# --- sets ------------------------------------------------------------------------------------


def test_the_list_counts_authorities_gaps_and_services(editor, kept):
    next_edition()
    ServiceCompetenceFactory(set=kept)
    found = {
        one.key: (one.authority_count, one.territory_count - one.municipality_count, one.service_count)
        for one in editor.get(SETS).context["cl"].result_list
    }
    assert found == {
        "bauaufsicht": (1, 3, 1),
        "districts": (2, 0, 0),
        "rural-districts": (1, 0, 0),
        "municipalities": (4, 0, 0),
        "units": (4, 0, 0),
    }


def test_a_set_is_made_by_hand_and_its_territory_stays(editor):
    send(editor, f"{SETS}add/", name="Kreisfrei", key="kreisfrei", territory="urban", rule="units")
    [made] = CompetenceSet.objects.all()
    assert (made.rule, made.territory) == ("by-hand", "urban")
    send(editor, f"{SETS}{made.pk}/change/", name="Nur Städte", territory="whole", key="x")
    made.refresh_from_db()
    assert (made.name, made.territory, made.key) == ("Nur Städte", "urban", "kreisfrei")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": "Groß"}, "key"),
        ({"key": ""}, "key"),
        ({"name": ""}, "name"),
        ({"territory": "x"}, "territory"),
    ],
)
def test_a_fault_in_a_set_stands_at_its_field(editor, fields, field):
    values = {"name": "Kreisfrei", "key": "kreisfrei", "territory": "urban"} | fields
    assert list(errors(send(editor, f"{SETS}add/", **values))) == [field]


def test_the_pages_stand_before_the_first_register(editor):
    made = CompetenceSetFactory()
    assert editor.get(SETS).status_code == 200
    assert editor.get(places(made)).status_code == 404
    assert editor.get(f"{SETS}{made.pk}/change/").status_code == 200
    assert editor.get(f"{SETS}{made.pk}/datei/").status_code == 403


def test_freigabe_sees_and_changes_nothing(kept):
    reader = client_of("Freigabe")
    assert reader.get(places(kept)).status_code == 200
    assert reader.post(places(kept), {"all": "on"}).status_code == 403
    assert reader.get(f"{SETS}{kept.pk}/datei/").status_code == 403
    assert reader.get(f"{SETS}{kept.pk}/csv/").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_municipalities_takes_the_same_queries_for_any_number(
    editor, django_assert_num_queries, number
):
    rows = [row for n in range(1, number + 1) for row in municipality(f"1452201{n}", f"M{n}", 9, 9)]
    take_over(small("20211231", *rows, population_date=NEW_YEAR))
    made = CompetenceSetFactory()
    editor.get(places(made))
    with django_assert_num_queries(13):
        editor.get(places(made))


# --- files -----------------------------------------------------------------------------------

HEAD = "Gemeindeschlüssel;Schlüssel der Behörde"
WHOLE = ["14511000;14511", "14522010;14522", "14522020;14522", "14522030;14522030"]


def upload(client, kept, *rows, head=HEAD):
    data = "\n".join([head, *rows]).encode()
    return client.post(f"{SETS}{kept.pk}/datei/", {"file": SimpleUploadedFile("z.csv", data)})


def test_a_file_says_who_is_competent_everywhere(editor, kept):
    page = upload(editor, kept, *WHOLE)
    assert "1 Zelle geändert." in text_of(page)
    assert decided(kept)["14522030"] == "14522020"
    assert editor.post(f"{SETS}{kept.pk}/datei/", filled(page)).status_code == 302
    assert decided(kept) == {
        "14511000": "14511000",
        "14522010": "14522",
        "14522020": "14522",
        "14522030": "14522030",
    }


def test_the_file_of_a_rule_is_a_beginning(editor):
    first_edition()
    units, made = CompetenceSet.objects.get(key="units"), CompetenceSetFactory()
    exported = editor.get(f"{SETS}{units.pk}/csv/").content
    assert exported.decode("utf-8-sig").splitlines()[:2] == [
        "Gemeindeschlüssel;Gemeinde;Schlüssel der Behörde;zuständige Behörde",
        "14522010;A;14522010;A",
    ]
    page = editor.post(f"{SETS}{made.pk}/datei/", {"file": SimpleUploadedFile("z.csv", exported)})
    editor.post(f"{SETS}{made.pk}/datei/", filled(page))
    assert decided(made) == decided(units)
    again = editor.post(f"{SETS}{made.pk}/datei/", {"file": SimpleUploadedFile("z.csv", exported)})
    assert "genau das, was schon gespeichert ist" in text_of(again)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (WHOLE[:-1], "Für C (14522030) steht keine Behörde in der Datei."),
        ([*WHOLE, WHOLE[1]], "Zeile 6, Gemeindeschlüssel: A (14522010) steht schon weiter oben."),
        (
            [*WHOLE, "1;14522"],
            "Zeile 6, Gemeindeschlüssel: „1“ steht im Register vom 31.12.2021 nicht als Gemeinde.",
        ),
        (
            [*WHOLE, "14522;14522"],
            "Zeile 6, Gemeindeschlüssel: „14522“ steht im Register vom 31.12.2021 nicht",
        ),
        (
            [*WHOLE[:-1], "14522030;14627"],
            "Zeile 5, Schlüssel der Behörde: „14627“ steht nicht im Register vom 31.12.2021 (für C (14522030)).",
        ),
        ([*WHOLE[:-1], "14522030;"], "Zeile 5, Schlüssel der Behörde: „“ steht nicht"),
    ],
)
def test_a_gap_or_a_double_is_named_by_municipality_and_nothing_is_changed(editor, kept, rows, message):
    before = decided(kept)
    [found] = upload(editor, kept, *rows).context["row_errors"]
    assert found.startswith(message)
    assert decided(kept) == before


def test_a_municipality_outside_the_territory_is_refused(editor):
    first_edition()
    made = CompetenceSetFactory(territory="rural")
    [found] = upload(editor, made, *WHOLE).context["row_errors"]
    assert found == (
        "Zeile 2, Gemeindeschlüssel: „14511000“ gehört nicht dazu (gilt für: ohne die Kreisfreien Städte)."
    )
    assert "Zeilen neu" in text_of(upload(editor, made, *WHOLE[1:]))


def test_a_file_of_another_layout_is_refused(editor, kept):
    found = upload(editor, kept, "1;2", head="Schlüssel;Name").context["row_errors"]
    assert found[0] == "Die Spalte „Schlüssel“ ist hier unbekannt."
    assert found[-1].startswith("Erwartet werden in der ersten Zeile: Gemeindeschlüssel, Gemeinde,")


# --- the set of a service --------------------------------------------------------------------


def service_page(service) -> str:
    return reverse("admin:catalogue_service_change", args=[service.pk])


def prefix(response) -> str:
    return response.context["inline_admin_formsets"][-1].formset.prefix


def test_a_service_names_its_set_on_its_own_page(editor, kept):
    service = ServiceFactory()
    page = editor.get(service_page(service))
    name = prefix(page)
    values = filled(page) | {f"{name}-TOTAL_FORMS": "1", f"{name}-0-set": str(kept.pk)}
    assert editor.post(service_page(service), values).status_code == 302
    link = ServiceCompetence.objects.get()
    assert (link.service, link.set, link.illustrative) == (service, kept, False)


def test_a_set_that_does_not_fit_what_is_recorded_is_refused_by_name(editor, kept):
    link = ServiceCompetenceFactory(set=CompetenceSet.objects.get(key="municipalities"))
    AdoptionFactory(service=link.service, authority=authority("14522010"))
    AdoptionFactory(service=link.service, authority=authority("14511000"))
    AdoptionFactory(service=link.service, authority=authority("14522020"), until=datetime.date(2022, 1, 1))
    page = editor.get(service_page(link.service))
    values = filled(page) | {f"{prefix(page)}-0-set": str(kept.pk)}
    response = editor.post(service_page(link.service), values)
    place = len(response.context["inline_admin_formsets"]) - 1
    assert row_errors(response, place) == [
        {
            "set": [
                "Danach wären nicht zuständig, obwohl ihr Einsatz erfasst ist: A. "
                "Bitte berichtigen Sie erst deren Einträge."
            ]
        }
    ]
    link.refresh_from_db()
    assert link.set.key == "municipalities"


def test_a_set_that_a_service_goes_by_is_not_deleted(editor, kept):
    ServiceCompetenceFactory(set=kept)
    editor.post(f"{SETS}{kept.pk}/delete/", {"post": "yes"})
    assert CompetenceSet.objects.filter(pk=kept.pk).exists()
    ServiceCompetence.objects.all().delete()
    editor.post(f"{SETS}{kept.pk}/delete/", {"post": "yes"})
    assert not CompetenceSet.objects.filter(pk=kept.pk).exists()


def test_a_deleted_set_comes_back_with_its_municipalities_beside_another_one(editor, kept):
    CompetenceSetFactory()
    before = decided(kept)
    editor.post(f"{SETS}{kept.pk}/delete/", {"post": "yes"})
    draft = DeletedDraft.objects.get()
    editor.post(reverse("admin:stand_deleteddraft_restore", args=[draft.pk]))
    assert decided(CompetenceSet.objects.get(key="bauaufsicht")) == before
