"""What the database admits of who has what in use, and what a record says in words."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from rollout.models import Adoption
from tests.factories import AdoptionFactory, AuthorityFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def day(text):
    return datetime.date.fromisoformat(text) if text else None


@pytest.fixture
def place():
    return {"authority": AuthorityFactory(), "service": ServiceFactory()}


def messages(**kwargs) -> list[str]:
    """What is wrong with an adoption before it is saved; the database must agree."""
    adoption = Adoption(**kwargs)
    try:
        adoption.full_clean()
    except ValidationError as error:
        with pytest.raises(IntegrityError), transaction.atomic():
            adoption.save(force_insert=True)
        return [text for texts in error.message_dict.values() for text in texts]
    adoption.save()
    return []


TAKEN = "Für diese Kommune und Leistung gibt es in dieser Zeit schon einen Eintrag."


@pytest.mark.parametrize(
    ("since", "until", "admitted"),
    [
        ("2021-01-01", "2021-12-01", True),
        ("2021-01-01", "2022-01-01", False),
        ("2021-01-01", None, False),
        ("2022-02-01", "2022-02-01", False),
        ("2022-03-01", None, False),
        ("2022-04-01", None, True),
    ],
)
def test_periods_of_one_authority_and_service_do_not_overlap(place, since, until, admitted):
    AdoptionFactory(**place, since=day("2022-01-01"), until=day("2022-03-01"))
    found = messages(**place, since=day(since), until=day(until), state="not-used")
    assert [text.startswith(TAKEN) for text in found] == ([] if admitted else [True])


def test_a_record_without_beginning_begins_in_the_month_it_was_checked(place):
    AdoptionFactory(**place, since=None, checked_on=day("2022-10-05"))
    assert messages(**place, since=day("2022-01-01"), until=day("2022-09-01")) == []
    assert messages(**place, since=day("2022-10-01"))[0].startswith(TAKEN)


def test_other_services_and_other_authorities_do_not_matter(place):
    AdoptionFactory(**place)
    assert messages(authority=AuthorityFactory(), service=place["service"], since=day("2022-01-01")) == []
    assert messages(authority=place["authority"], service=ServiceFactory(), since=day("2022-01-01")) == []


def test_an_example_stands_beside_the_real_record_but_once(place):
    AdoptionFactory(**place)
    assert messages(**place, since=day("2022-01-01"), illustrative=True) == []
    assert messages(**place, since=day("2022-02-01"), illustrative=True) == [
        "Für diese Kommune und Leistung gibt es in dieser Zeit schon ein Beispiel."
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Bitte angeben, seit wann das gilt oder an welchem Tag es geprüft wurde."),
        ({"since": "2022-02-01", "until": "2022-01-01"}, "Das Ende liegt vor dem Beginn"),
        ({"checked_on": "2022-02-05", "until": "2022-01-01"}, "Das Ende liegt vor dem Beginn"),
        ({"since": "2022-02-02"}, "seit: ein Monat wird als dessen erster Tag gespeichert."),
        ({"since": "2022-02-01", "until": "2022-03-31"}, "bis: ein Monat wird als dessen erster Tag"),
    ],
)
def test_a_record_says_when_and_ends_after_it_begins(place, fields, message):
    AdoptionFactory(**place, since=day("2000-01-01"), until=day("2000-01-01"))
    [found] = messages(**place, **{name: day(value) for name, value in fields.items()})
    assert found.startswith(message)


def test_a_record_may_end_in_the_month_it_was_checked(place):
    assert messages(**place, checked_on=day("2022-02-05"), until=day("2022-02-01")) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"since": "2022-09-01"}, "im Einsatz seit 09/2022"),
        ({"since": "2021-01-01", "until": "2024-03-01"}, "im Einsatz 01/2021 bis 03/2024"),
        ({"checked_on": "2022-10-05", "state": "not-used"}, "nicht im Einsatz (geprüft am 05.10.2022)"),
        (
            {"checked_on": "2022-10-05", "until": "2022-12-01"},
            "im Einsatz bis 12/2022 (geprüft am 05.10.2022)",
        ),
    ],
)
def test_a_record_in_words(fields, words):
    dates = {name: day(value) if name != "state" else value for name, value in fields.items()}
    assert Adoption(**dates).in_words == words
