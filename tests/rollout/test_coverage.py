"""Computed coverage on the real register of 31.12.2021, against what can be known without a computer."""

import datetime

import pytest
from django.db import connection, transaction

from rollout.coverage import ComputedCoverage, fitting_share
from rollout.models import Adoption, Authority, CompetenceSet, RegisterEdition
from rollout.register_import import take_over
from tests.factories import AdoptionFactory, ServiceCompetenceFactory, ServiceFactory

from .registers import register_2021

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("register_of_2021")]

STAND = datetime.date(2022, 10, 5)
DRESDEN, LEIPZIG, CHEMNITZ = "14612000", "14713000", "14511000"


@pytest.fixture(scope="module")
def register_of_2021(django_db_setup, django_db_blocker):
    """The register, for reading by all tests of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        take_over(register_2021())
        yield
        transaction.set_rollback(True)


def service_of(key: str, **kwargs):
    """A service that goes by one of the sets."""
    return ServiceCompetenceFactory(set=CompetenceSet.objects.get(key=key), **kwargs).service


def in_use(service, *keys: str, **kwargs):
    for authority in Authority.objects.filter(key__in=keys):
        AdoptionFactory(service=service, authority=authority, **kwargs)


def keys_of(key: str) -> list[str]:
    """The keys of the authorities of a set."""
    return list(Authority.objects.filter(duties__set__key=key).values_list("key", flat=True).distinct())


def figures(service, on=STAND, **kwargs) -> ComputedCoverage:
    return Adoption.objects.coverage(on, **kwargs)[service.pk]


def shares(service) -> tuple:
    found = figures(service)
    return found.in_use, found.competent, found.share_authorities, found.share_population


# --- known truths ------------------------------------------------------------------------------


def test_the_register_yields_its_four_sets():
    edition = RegisterEdition.objects.newest()
    counted = CompetenceSet.objects.with_counts(edition).order_by("key")
    assert list(counted.values_list("key", "authority_count", "municipality_count")) == [
        ("districts", 13, 419),
        ("municipalities", 419, 419),
        ("rural-districts", 10, 416),
        ("units", 309, 419),
    ]


def test_all_thirteen_are_everybody():
    service = service_of("districts")
    in_use(service, *keys_of("districts"))
    assert shares(service) == (13, 13, 100, 100)


def test_leipzig_alone_of_the_thirteen():
    service = service_of("districts")
    in_use(service, LEIPZIG)
    assert shares(service) == (1, 13, 8, 15)


def test_leipzig_and_chemnitz_of_the_units():
    service = service_of("units")
    in_use(service, LEIPZIG, CHEMNITZ)
    assert shares(service) == (2, 309, 1, 21)


@pytest.mark.parametrize("missing", range(13))
def test_any_one_of_the_thirteen_missing_leaves_92_per_cent(missing):
    service = service_of("districts")
    keys = sorted(keys_of("districts"))
    in_use(service, *keys[:missing], *keys[missing + 1 :])
    found = figures(service)
    assert (found.in_use, found.share_authorities) == (12, 92)
    assert 80 < found.share_population < 100


def test_a_landkreis_has_the_people_of_its_municipalities():
    service = service_of("rural-districts")
    in_use(service, "14522")
    found = figures(service)
    assert (found.population_in_use, found.competent) == (299_329, 10)
    # Without Chemnitz (243,105), Dresden (555,351) and Leipzig (601,866).
    assert found.population == 4_043_002 - 243_105 - 555_351 - 601_866


def test_a_unit_has_the_people_of_its_members():
    service = service_of("units")
    in_use(service, "145225123")
    members = Authority.objects.filter(key__in=["14522450", "14522620"])
    population = sum(row.population for one in members for row in one.register_rows.all())
    assert figures(service).population_in_use == population > 0


def test_one_small_municipality_is_never_0_per_cent():
    service = service_of("municipalities")
    in_use(service, "14522450")
    assert shares(service) == (1, 419, 1, 1)


def test_all_but_one_small_municipality_are_never_100_per_cent():
    service = service_of("municipalities")
    in_use(service, *(key for key in keys_of("municipalities") if key != "14522450"))
    assert shares(service) == (418, 419, 99, 99)


def test_nobody_is_0_per_cent():
    assert shares(service_of("districts")) == (0, 13, 0, 0)


# --- what is counted ---------------------------------------------------------------------------


def test_not_in_use_and_not_recorded_are_told_apart():
    service = service_of("districts")
    in_use(service, LEIPZIG)
    in_use(service, DRESDEN, state="not-used")
    found = figures(service)
    assert (found.in_use, found.not_in_use, found.not_recorded, found.is_complete) == (1, 1, 11, False)
    in_use(service, *(key for key in keys_of("districts") if key not in (LEIPZIG, DRESDEN)), state="not-used")
    assert figures(service).is_complete


@pytest.mark.parametrize(
    ("since", "until", "checked_on", "on", "count"),
    [
        ("2022-10-01", None, None, "2022-09-30", 0),
        ("2022-10-01", None, None, "2022-10-01", 1),
        ("2022-10-01", "2022-11-01", None, "2022-11-30", 1),
        ("2022-10-01", "2022-11-01", None, "2022-12-01", 0),
        (None, None, "2022-10-05", "2022-09-30", 0),
        (None, None, "2022-10-05", "2022-10-04", 1),
        (None, "2022-10-01", "2022-10-05", "2022-11-01", 0),
        ("2020-01-01", None, "2022-10-05", "2022-01-01", 1),
    ],
)
def test_an_adoption_counts_in_its_months(since, until, checked_on, on, count):
    service = service_of("districts")
    in_use(service, LEIPZIG, since=since, until=until, checked_on=checked_on)
    assert figures(service, datetime.date.fromisoformat(on)).in_use == count


def test_examples_enter_no_figure():
    service, assumed = service_of("districts"), service_of("units", illustrative=True)
    in_use(service, LEIPZIG)
    in_use(service, DRESDEN, LEIPZIG, illustrative=True, state="not-used")
    in_use(assumed, LEIPZIG, illustrative=True)
    found = Adoption.objects.coverage(STAND)
    assert set(found) == {service.pk}
    assert (found[service.pk].in_use, found[service.pk].not_in_use) == (1, 0)


def test_with_examples_the_real_record_holds_where_both_are_there():
    service, assumed = service_of("districts"), service_of("units", illustrative=True)
    in_use(service, LEIPZIG)
    in_use(service, DRESDEN, LEIPZIG, illustrative=True, state="not-used")
    in_use(assumed, LEIPZIG, illustrative=True)
    found = Adoption.objects.coverage(STAND, examples=True)
    assert (found[service.pk].in_use, found[service.pk].not_in_use) == (1, 1)
    assert found[assumed.pk].in_use == 1


def test_what_somebody_has_who_is_not_competent_does_not_count():
    service = ServiceFactory()
    in_use(service, LEIPZIG, "14522450", "14522")
    connection.check_constraints()  # the database admits it before the service names its set
    ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key="rural-districts"))
    assert shares(service)[:2] == (1, 10)


def test_a_service_without_its_set_has_no_figure():
    in_use(AdoptionFactory().service, LEIPZIG)
    assert Adoption.objects.coverage(STAND) == {}


def test_a_set_that_leaves_a_municipality_out_has_no_figure():
    service = service_of("municipalities")
    Authority.objects.get(key="14522450").competences.filter(set__key="municipalities").delete()
    assert service.pk not in Adoption.objects.coverage(STAND)


def test_before_the_first_register_there_is_no_figure():
    service = service_of("districts")
    in_use(service, LEIPZIG)
    assert Adoption.objects.coverage(datetime.date(2021, 12, 30)) == {}
    assert figures(service, datetime.date(2030, 1, 1)).register_date == datetime.date(2021, 12, 31)


def test_a_figure_of_some_adoptions_only_is_refused():
    with pytest.raises(TypeError):
        Adoption.objects.real().coverage(STAND)


@pytest.mark.parametrize("number", [1, 3])
def test_all_services_take_one_query(number, django_assert_num_queries):
    services = [service_of("districts") for _ in range(number)]
    for service in services:
        in_use(service, LEIPZIG)
    with django_assert_num_queries(1):
        found = Adoption.objects.coverage(STAND)
    assert set(found) == {service.pk for service in services}


# --- shares ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "denominator", "share"),
    [
        (0, 13, 0),
        (1, 13, 8),
        (12, 13, 92),
        (1, 8, 13),
        (5, 40, 13),
        (1, 200, 1),
        (1, 309, 1),
        (48, 309, 16),
        (308, 309, 99),
        (309, 309, 100),
    ],
)
def test_shares_are_rounded_half_up_and_0_and_100_keep_their_meaning(count, denominator, share):
    assert fitting_share(count, denominator) == share


@pytest.mark.parametrize(("in_use", "share"), [(0, 0), (1, 1), (2, 99), (3, 100)])
def test_the_share_of_the_population_does_not_contradict_the_authorities(in_use, share):
    """Also where nobody lives in the municipality that has it, or in the one that has not."""
    population = {0: 0, 1: 0, 2: 500, 3: 500}[in_use]
    found = ComputedCoverage(1, 1, STAND, STAND, in_use, 0, 3, population, 500)
    assert found.share_population == share


# --- who, for pages ----------------------------------------------------------------------------


def test_a_member_municipality_is_served_by_its_unit(django_assert_num_queries):
    by_unit, by_district = service_of("units"), service_of("districts")
    in_use(by_unit, "145225123")
    edition = RegisterEdition.objects.newest()
    ostrau = Authority.objects.get(key="14522450")
    with django_assert_num_queries(1):
        duties = {
            one.service_id: (one.authority.key, one.adoption_state)
            for one in ostrau.competences.duties(ostrau, edition, Adoption.objects.on(STAND))
        }
    assert duties == {by_unit.pk: ("145225123", "used"), by_district.pk: ("14522", None)}
