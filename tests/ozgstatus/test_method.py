"""How computed figures come about: the editors' text and a figure of today in all its steps."""

import datetime

import pytest
from django.utils import timezone

from rollout.models import Authority
from tests.factories import (
    AdoptionFactory,
    CompetenceFactory,
    CompetenceSetFactory,
    PageFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    SiteFactory,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
POPULATIONS = [1_000, 2_000, 5_000]


@pytest.fixture
def competence():
    """Three municipalities, each competent for itself."""
    SiteFactory()
    PageFactory(body="<h2>Begriffe</h2><p>Text der Redaktion.</p>")
    edition = RegisterEditionFactory(territory_date=datetime.date(2021, 12, 31))
    kept = CompetenceSetFactory(name="Gemeinden")
    for population in POPULATIONS:
        entry = RegisterMunicipalityFactory(edition=edition, population=population)
        CompetenceFactory(entry=entry, set=kept)
    return kept


def service(name, kept, in_use=(), not_in_use=(), illustrative=False, link_illustrative=False):
    """Used by the municipalities of these populations."""
    made = ServiceFactory(name=name)
    ServiceCompetenceFactory(service=made, set=kept, illustrative=link_illustrative)
    for state, populations in (("used", in_use), ("not-used", not_in_use)):
        for authority in Authority.objects.filter(register_rows__population__in=populations):
            AdoptionFactory(service=made, authority=authority, state=state, illustrative=illustrative)
    return made


def test_numerator_denominator_and_dates_of_a_live_figure_are_shown(client, competence):
    service("Hundesteuer", competence, in_use=[1_000, 5_000], not_in_use=[2_000])
    response = client.get("/methodik/")
    assert rows_of(response) == [
        ["Anteil", "im Einsatz", "alle", "gerundet"],
        ["der Behörden", "2", "3", "67 %"],
        ["der Einwohner", "6.000", "8.000", "75 %"],
    ]
    text = text_of(response)
    assert text.startswith("Methodik Begriffe Text der Redaktion. Wie die berechneten Zahlen entstehen")
    assert "Beispiel aus den aktuellen Daten: Hundesteuer" in text
    assert f"Stand: {timezone.localdate():%d.%m.%Y}. Register vom 31.12.2021" in text
    assert "Von jeder zuständigen Behörde ist erfasst" in text
    assert "/rollout/karte/hundesteuer/" in links_of(response)


def test_the_figure_is_a_complete_one_where_there_is_one(client, competence):
    service("Lückenhaft", competence, in_use=[1_000, 2_000])
    service("Vollständig", competence, in_use=[5_000], not_in_use=[1_000, 2_000])
    assert rows_of(client.get("/methodik/"))[1] == ["der Behörden", "1", "3", "33 %"]


def test_an_incomplete_figure_says_that_it_reads_at_least(client, competence):
    service("Lückenhaft", competence, in_use=[1_000, 2_000])
    text = text_of(client.get("/methodik/"))
    assert "Bei 1 zuständigen Behörde ist es nicht erfasst: Die Zahlen lauten deshalb „mindestens“." in text


def test_no_example_and_nothing_that_nobody_has_is_worked_out(client, competence):
    service("Erfunden", competence, in_use=POPULATIONS, illustrative=True)
    service("Angenommen", competence, in_use=POPULATIONS, link_illustrative=True)
    service("Niemand", competence, not_in_use=POPULATIONS)
    response = client.get("/methodik/")
    assert rows_of(response) == []
    assert "Sobald das so ist, steht hier die Rechnung" in text_of(response)


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_the_same_queries_for_any_number(client, competence, number, django_assert_num_queries):
    for n in range(number):
        service(f"Leistung {n}", competence, in_use=POPULATIONS[: n + 1])
    with django_assert_num_queries(4):
        client.get("/methodik/")
