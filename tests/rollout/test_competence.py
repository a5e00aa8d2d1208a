"""Who is competent where, from one edition of the register to the next."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from rollout.competence import decisions, outlooks
from rollout.difference import snapshot_of
from rollout.models import Authority, Competence, CompetenceSet, RegisterEdition
from rollout.register_import import plan, take_over
from tests.factories import CompetenceFactory, CompetenceSetFactory, ServiceCompetenceFactory

from .registers import community, municipality, urban_district
from .test_register_import import import_2021, import_2023, small

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2021, 12, 31)


def rows(key: str, edition=None) -> dict[str, str]:
    """Municipality and competent authority of a set in an edition, by their keys; the newest edition if none."""
    edition = edition or RegisterEdition.objects.newest()
    found = edition.competences.filter(set__key=key)
    return dict(found.values_list("municipality__key", "authority__key"))


def authority(key: str) -> Authority:
    return Authority.objects.get(key=key)


def first():
    """A Kreisfreie Stadt, a free municipality, and two in a community."""
    return take_over(
        small(
            "20211231",
            *urban_district("14511", "Chemnitz", 240, 900),
            community("14522", "5101", "AB"),
            *municipality("14522010", "A", 9, 500, "5101"),
            *municipality("14522020", "B", 7, 300, "5101"),
            *municipality("14522030", "C", 5, 400),
            population_date=NEW_YEAR,
        )
    )


def test_each_rule_makes_its_set():
    first()
    assert rows("districts") == {
        "14511000": "14511000",
        "14522010": "14522",
        "14522020": "14522",
        "14522030": "14522",
    }
    assert rows("rural-districts") == {"14522010": "14522", "14522020": "14522", "14522030": "14522"}
    assert rows("municipalities") == {key: key for key in rows("districts")}
    assert rows("units") == {
        "14511000": "14511000",
        "14522010": "145225101",
        "14522020": "145225101",
        "14522030": "14522030",
    }


def test_a_new_edition_makes_them_again_and_leaves_the_old_ones():
    import_2021()
    old = RegisterEdition.objects.newest()
    before = {key: rows(key, old) for key in ("districts", "rural-districts", "municipalities", "units")}
    import_2023()
    assert {key: rows(key, old) for key in before} == before
    assert rows("municipalities").keys() == before["municipalities"].keys() - {"14522450", "14522620"} | {
        "14522275"
    }
    assert rows("units")["14522275"] == "14522275"
    assert CompetenceSet.objects.count() == 4


def test_a_corrected_edition_changes_only_what_differs():
    first()
    known = set(Competence.objects.values_list("pk", flat=True))
    take_over(
        small(
            "20211231",
            *urban_district("14511", "Chemnitz", 240, 900),
            *municipality("14522010", "A", 9, 500),
            *municipality("14522030", "C", 5, 400),
            population_date=NEW_YEAR,
        )
    )
    assert rows("units") == {"14511000": "14511000", "14522010": "14522010", "14522030": "14522030"}
    assert set(Competence.objects.values_list("pk", flat=True)) < known


def test_what_is_kept_by_hand_is_carried_over_as_far_as_both_sides_are_there():
    first()
    made = CompetenceSetFactory(key="bauaufsicht")
    edition = RegisterEdition.objects.newest()
    for place, competent in (
        ("14511000", "14511000"),
        ("14522010", "14522"),
        ("14522020", "14522"),
        ("14522030", "14522010"),
    ):
        Competence.objects.create(
            set=made, edition=edition, municipality=authority(place), authority=authority(competent)
        )
    take_over(
        small(
            "20221231",
            *urban_district("14511", "Chemnitz", 240, 900),
            *municipality("14522020", "B", 7, 300),
            *municipality("14522030", "C", 5, 400),
            *municipality("14522040", "D", 5, 500),
        )
    )
    assert rows("bauaufsicht") == {"14511000": "14511000", "14522020": "14522"}
    assert len(rows("bauaufsicht", edition)) == 4


def second():
    return small(
        "20221231",
        *urban_district("14511", "Chemnitz", 240, 900),
        *municipality("14522020", "B", 7, 300),
        *municipality("14522030", "C", 5, 400),
        *municipality("14522040", "D", 5, 500),
    )


def test_before_it_is_read_in_a_register_says_what_becomes_of_each_set():
    first()
    made = CompetenceSetFactory(key="bauaufsicht", name="Bauaufsicht")
    CompetenceSetFactory(name="Nie begonnen")
    edition = RegisterEdition.objects.newest()
    for place, competent in (("14511000", "14511000"), ("14522020", "145225101"), ("14522030", "14522030")):
        Competence.objects.create(
            set=made, edition=edition, municipality=authority(place), authority=authority(competent)
        )
    before = list(Competence.objects.order_by("pk").values())
    found = {section.title: section.lines for section in plan(second()).sections}
    assert found["Zuständigkeiten"] == (
        "Bauaufsicht: von Hand gepflegt, für 2 von 4 Gemeinden übernommen",
        "Gemeinden: neu aus dem Register, 4 Behörden für 4 Gemeinden",
        "Landkreise: neu aus dem Register, 1 Behörden für 3 Gemeinden",
        "Landkreise und Kreisfreie Städte: neu aus dem Register, 2 Behörden für 4 Gemeinden",
        "Verwaltungseinheiten: neu aus dem Register, 4 Behörden für 4 Gemeinden",
    )
    assert found["Zuständigkeiten: danach zu entscheiden"] == (
        "Bauaufsicht, B (14522020): Verwaltungsgemeinschaft AB (145225101) gibt es nicht mehr",
        "Bauaufsicht, D (14522040): noch nicht festgelegt",
    )
    assert list(Competence.objects.order_by("pk").values()) == before
    take_over(second())
    newest = RegisterEdition.objects.newest()
    assert [one.row.authority.key for one in decisions(made, newest) if not one.competent] == [
        "14522020",
        "14522040",
    ]
    assert [kept.gap_in_words for kept in CompetenceSet.objects.with_gaps(newest)] == [
        "In „Bauaufsicht“ ist für 2 Gemeinden zu entscheiden, wer zuständig ist."
    ]


def test_before_the_first_register_it_says_which_sets_there_will_be():
    made = CompetenceSetFactory(name="Bauaufsicht")
    ServiceCompetenceFactory(set=made)
    found = {one.name: len(one.undecided) for one in plan(second()).outlooks}
    first()
    assert found == {
        "Bauaufsicht": 4,
        **dict.fromkeys(
            ["Gemeinden", "Landkreise", "Landkreise und Kreisfreie Städte", "Verwaltungseinheiten"], 0
        ),
    }


@pytest.mark.parametrize("number", [1, 3])
def test_looking_ahead_takes_the_same_queries_for_any_number(number, django_assert_num_queries):
    first()
    edition = RegisterEdition.objects.newest()
    for made in CompetenceSetFactory.create_batch(number):
        for place in ("14511000", "14522020"):
            one = authority(place)
            Competence.objects.create(set=made, edition=edition, municipality=one, authority=one)
    entries = snapshot_of(second())
    with django_assert_num_queries(2):
        outlooks(entries, datetime.date(2022, 12, 31))


def test_a_set_that_was_never_filled_stays_empty():
    CompetenceSetFactory(key="bauaufsicht")
    first()
    assert rows("bauaufsicht") == {}


def test_a_municipality_has_one_competent_authority_per_set_and_edition():
    made = CompetenceFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        CompetenceFactory(entry=made.municipality.register_rows.get(), set=made.set)


def test_only_a_municipality_of_the_edition_has_one():
    made = CompetenceFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        CompetenceFactory(
            entry=made.municipality.register_rows.get(), set=CompetenceSetFactory(), municipality=other()
        )
        connection.check_constraints()


def other():
    return CompetenceFactory().municipality


@pytest.mark.parametrize(
    "fields",
    [
        {"rule": "districts", "territory": "rural"},
        {"rule": "rural-districts", "territory": "whole"},
        {"rule": "units", "territory": "urban"},
    ],
)
def test_a_rule_says_for_which_municipalities_it_holds(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        CompetenceSetFactory(**fields)


def test_there_is_one_set_per_rule_and_any_number_by_hand():
    first()
    CompetenceSetFactory.create_batch(2)
    with pytest.raises(IntegrityError), transaction.atomic():
        CompetenceSetFactory(rule="units")
