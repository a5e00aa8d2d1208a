"""Rules that the database keeps about services."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalogue.models import Audience, Level, Service
from tests.factories import FundingFactory, ServiceFactory

pytestmark = pytest.mark.django_db
SEPTEMBER = datetime.date(2022, 9, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"available_since": datetime.date(2022, 9, 2)}, "verfügbar seit: ein Monat wird als"),
        ({"planned_for": datetime.date(2022, 9, 2)}, "Fertigstellung geplant in: ein Monat wird als"),
        ({"discontinued_since": datetime.date(2022, 9, 2)}, "eingestellt seit: ein Monat wird als"),
        (
            {"available_since": None},
            "Bitte angeben, seit wann die Leistung verfügbar oder für wann sie geplant ist",
        ),
        (
            {"discontinued_since": datetime.date(2022, 8, 1)},
            "nicht eingestellt werden, bevor sie verfügbar ist",
        ),
    ],
)
def test_a_broken_rule_has_a_german_message_and_the_database_keeps_it(values, message):
    with pytest.raises(ValidationError, match=message):
        ServiceFactory.build(slug="x", **values).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceFactory(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"available_since": None, "planned_for": SEPTEMBER},
        {"available_since": None, "address": "https://example.org"},
        {"discontinued_since": SEPTEMBER},
    ],
)
def test_month_plan_or_address_alone_is_enough(values):
    assert ServiceFactory(**values).pk


def test_state_follows_from_months_and_address():
    ServiceFactory(name="verfügbar")
    ServiceFactory(name="nur Adresse", available_since=None, address="https://example.org")
    ServiceFactory(name="geplant", available_since=None, planned_for=SEPTEMBER)
    ServiceFactory(
        name="geplant mit Adresse", available_since=None, planned_for=SEPTEMBER, address="https://a.example"
    )
    ServiceFactory(name="eingestellt", discontinued_since=SEPTEMBER)
    services = Service.objects
    assert {service.name for service in services.available()} == {"verfügbar", "nur Adresse"}
    assert {service.name for service in services.planned()} == {"geplant", "geplant mit Adresse"}
    assert {service.name for service in services.discontinued()} == {"eingestellt"}
    for service in services.with_state():
        assert (service.state == "planned") == service.is_planned
        assert (service.state == "discontinued") == service.is_discontinued
    assert services.counts() == {"available": 2, "planned": 2, "districts": 0, "both": 0, "municipalities": 2}


@pytest.mark.parametrize(
    ("audience", "levels"),
    [
        (Audience.DISTRICT, {Level.DISTRICTS, Level.BOTH}),
        (Audience.URBAN_DISTRICT, set(Level)),
        (Audience.LARGE_TOWN, {Level.BOTH, Level.MUNICIPALITIES}),
        (Audience.MUNICIPALITY, {Level.BOTH, Level.MUNICIPALITIES}),
    ],
)
def test_every_administration_sees_its_levels(audience, levels):
    for level in Level:
        ServiceFactory(level=level)
    assert {service.level for service in Service.objects.for_audience(audience)} == levels


def test_funding_concerns_platforms_it_covers_or_excludes():
    covered = FundingFactory(covered_platforms=["amt24"])
    FundingFactory(excluded_platforms=["ekol-kfz"])
    assert list(type(covered).objects.concerning("amt24")) == [covered]
    assert type(covered).objects.concerning("").count() == 0


def test_a_platform_is_not_covered_and_excluded_at_once():
    with pytest.raises(ValidationError, match="nicht zugleich umfasst und nicht umfasst"):
        FundingFactory.build(covered_platforms=["amt24"], excluded_platforms=["amt24", "vois"]).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingFactory(covered_platforms=["amt24"], excluded_platforms=["amt24"])
