"""What is shipped of competence and adoption: real only where the print settles it, the rest marked as example."""

import datetime

import pytest

from rollout.coverage import fitting_share
from rollout.models import Adoption, CoverageRow, ServiceCompetence
from rollout.recording import Duties

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_edition")]
STAND = datetime.date(2022, 10, 5)
WUNSCHKENNZEICHEN = "wunschkennzeichen"


def printed(service) -> CoverageRow:
    return CoverageRow.objects.get(service=service, report__date=STAND)


def test_six_services_go_by_the_thirteen_as_their_printed_figures_admit_no_other_number():
    links = ServiceCompetence.objects.real().select_related("service", "set")
    assert {link.set.key for link in links} == {"districts"}
    found = {}
    for link in links:
        row = printed(link.service)
        found[link.service.slug] = [
            number
            for number in range(row.count, 500)
            if fitting_share(row.count, number) == row.share_authorities
        ]
    assert found == {
        WUNSCHKENNZEICHEN: [13],
        "an-ab-und-ummeldung-eines-kfz": [13],
        "feinstaubplakette": [13],
        "anzeige-einer-selbststaendigen-taetigkeit-in-einem-heil-oder-gesundheitsfachberuf": [13],
        "unterhaltsvorschuss": [13],
        "leichen-und-bestattungswesen": [12, 13],
    }


def test_the_only_real_adoptions_are_those_of_all_thirteen():
    real = Adoption.objects.real()
    assert set(real.values_list("service__slug", "state", "since", "checked_on", "solution")) == {
        (WUNSCHKENNZEICHEN, "used", None, STAND, "")
    }
    assert real.count() == 13


def test_what_is_computed_of_the_printed_stand_is_what_the_print_says():
    coverage = Adoption.objects.coverage(STAND)
    assert len(coverage) == 6
    rows = {link.service.slug: printed(link.service) for link in ServiceCompetence.objects.real()}
    for row in rows.values():
        assert not coverage[row.service_id].contradicts(row)
    of_all = coverage[rows[WUNSCHKENNZEICHEN].service_id]
    assert of_all.is_complete
    assert of_all.in_words == "13 von 13, 100 % der Behörden, 100 % der Einwohner"


def test_examples_show_every_state_for_a_handful_of_services():
    examples = Adoption.objects.filter(illustrative=True)
    services = examples.values("service").distinct()
    assert services.count() == 5
    assert set(examples.values_list("state", flat=True)) == {"used", "not-used"}
    assert set(examples.values_list("solution", flat=True)) == {"", "state", "third-party", "own"}
    assert examples.exclude(until=None).exists()
    coverage = Adoption.objects.coverage(datetime.date(2022, 12, 1), examples=True)
    for service in services:
        found = coverage[service["service"]]
        assert found.in_use and found.not_in_use and found.not_recorded


def test_examples_are_of_authorities_that_are_competent_or_assumed_to_be():
    examples = Adoption.objects.filter(illustrative=True).select_related("authority", "service")
    duties = Duties({one.service for one in examples})
    assert {duties.refusal(one) for one in examples} == {""}
    assumed = ServiceCompetence.objects.filter(illustrative=True)
    assert assumed.count() == 4
    assert not Adoption.objects.real().filter(service__in=assumed.values("service")).exists()
