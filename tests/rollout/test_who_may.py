"""What the database refuses, also of files and plain SQL: records of the incompetent, heirs of who is there."""

import datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from rollout.models import Adoption, Authority, Competence, CompetenceSet, RegisterEdition, Succession
from tests.factories import (
    AdoptionFactory,
    AuthorityFactory,
    CompetenceSetFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
)

from .registers import municipality, urban_district
from .test_register_import import small, take_over

pytestmark = pytest.mark.django_db
JAHNATAL, OSTRAU, CHEMNITZ = "14522275", "14522450", "14511000"


@pytest.fixture
def register():
    """Chemnitz and Ostrau, which becomes Jahnatal in the next edition."""
    take_over(
        small(
            "20211231",
            *urban_district("14511", "Chemnitz", 240, 900),
            *municipality(OSTRAU, "Ostrau", 9, 500),
            population_date=datetime.date(2021, 12, 31),
        )
    )


def merge():
    take_over(
        small(
            "20231130",
            *urban_district("14511", "Chemnitz", 240, 900),
            *municipality(JAHNATAL, "Jahnatal", 9, 500),
        )
    )


def authority(key: str) -> Authority:
    return Authority.objects.get(key=key)


def service_of(key: str, **kwargs):
    service = ServiceFactory()
    ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key=key), **kwargs)
    return service


def is_admitted(write) -> bool:
    """Whether the transaction may end after it."""
    try:
        with transaction.atomic():
            write()
            connection.check_constraints()
    except IntegrityError as error:
        assert "ist für" in str(error) or "steht noch im Register" in str(error)
        return False
    return True


@pytest.mark.parametrize(
    ("kept", "key", "admitted"),
    [
        ("districts", CHEMNITZ, True),
        ("districts", "14522", True),
        ("districts", OSTRAU, False),
        ("municipalities", OSTRAU, True),
        ("municipalities", "14522", False),
        ("rural-districts", CHEMNITZ, False),
    ],
)
def test_only_who_is_competent_has_a_record(register, kept, key, admitted):
    service, who = service_of(kept), authority(key)
    assert is_admitted(lambda: AdoptionFactory(service=service, authority=who)) == admitted
    assert Adoption.objects.exists() == admitted


def test_plain_sql_is_refused_with_the_name(register):
    service, who = service_of("districts"), authority(OSTRAU)
    sql = """INSERT INTO rollout_adoption (authority_id, service_id, state, checked_on, solution, note, illustrative)
        VALUES (%s, %s, 'used', '2022-10-05', '', '', false)"""
    with connection.cursor() as cursor, pytest.raises(IntegrityError) as refused, transaction.atomic():
        cursor.execute(sql, [who.pk, service.pk])
        connection.check_constraints()
    assert f"Ostrau (14522450) ist für „{service.name}“ nicht zuständig." in str(refused.value)
    assert not Adoption.objects.exists()


def test_a_file_is_refused_whole(register, tmp_path):
    service = service_of("districts")
    file = tmp_path / "adoptions.yaml"
    file.write_text(
        "".join(
            f"- {{model: rollout.adoption, fields: {{authority: ['{key}'], service: [{service.slug}],"
            " checked_on: 2022-10-05}}\n"
            for key in (CHEMNITZ, OSTRAU)
        )
    )
    with pytest.raises(IntegrityError, match="Ostrau"):
        call_command("loaddata", file, verbosity=0)
    assert not Adoption.objects.exists()


def test_a_file_may_bring_the_record_before_the_competence(register):
    service, who, edition = ServiceFactory(), authority("14522"), RegisterEdition.objects.newest()

    def record_first():
        AdoptionFactory(service=service, authority=who)
        kept = CompetenceSetFactory()
        ServiceCompetenceFactory(service=service, set=kept)
        Competence.objects.create(set=kept, edition=edition, municipality=authority(OSTRAU), authority=who)

    assert is_admitted(record_first)


def test_without_a_set_that_is_sure_the_database_cannot_know(register):
    assumed = service_of("districts", illustrative=True)
    for service in (ServiceFactory(), assumed):
        assert is_admitted(
            lambda service=service: AdoptionFactory(service=service, authority=authority(OSTRAU))
        )
    example = {"service": assumed, "authority": authority(OSTRAU), "illustrative": True}
    assert not is_admitted(lambda: AdoptionFactory(**example))


def test_who_has_merged_keeps_records_and_may_get_earlier_ones_but_the_successor_has_its_own(register):
    service = service_of("municipalities")
    assert is_admitted(lambda: AdoptionFactory(service=service, authority=authority(OSTRAU)))
    merge()
    assert is_admitted(lambda: Adoption.objects.update(note="geprüft", until=datetime.date(2022, 12, 1)))
    assert is_admitted(
        lambda: AdoptionFactory(service=service_of("municipalities"), authority=authority(OSTRAU))
    )
    assert is_admitted(lambda: AdoptionFactory(service=service, authority=authority(JAHNATAL)))
    assert not is_admitted(
        lambda: AdoptionFactory(service=service_of("districts"), authority=authority(OSTRAU))
    )


def test_who_was_competent_has_what_is_over_and_nothing_that_goes_on(register):
    made, who = CompetenceSetFactory(), authority("14522")
    old = RegisterEdition.objects.newest()
    Competence.objects.create(set=made, edition=old, municipality=authority(OSTRAU), authority=who)
    service = ServiceFactory()
    ServiceCompetenceFactory(service=service, set=made)
    assert is_admitted(
        lambda: AdoptionFactory(service=service, authority=who, since=datetime.date(2021, 1, 1))
    )
    merge()  # Jahnatal is not decided
    assert is_admitted(lambda: Adoption.objects.update(note="bleibt, wie es ist"))
    assert is_admitted(lambda: Adoption.objects.update(until=datetime.date(2022, 12, 1)))
    assert not is_admitted(lambda: Adoption.objects.update(until=None))


def test_a_change_moves_no_record_to_who_is_not_competent(register):
    adoption = AdoptionFactory(service=service_of("districts"), authority=authority(CHEMNITZ))
    assert not is_admitted(lambda: Adoption.objects.update(authority=authority(OSTRAU)))
    adoption.refresh_from_db()
    assert adoption.authority.key == CHEMNITZ


def test_only_who_has_left_the_register_has_a_successor(register):
    merge()
    there, gone, heir = authority(CHEMNITZ), authority(OSTRAU), authority(JAHNATAL)
    Succession.objects.all().delete()
    assert not is_admitted(lambda: Succession.objects.create(predecessor=there, successor=heir))
    assert is_admitted(lambda: Succession.objects.create(predecessor=gone, successor=heir))
    assert not is_admitted(lambda: Succession.objects.update(predecessor=there))
    assert list(Succession.objects.values_list("predecessor__key")) == [(OSTRAU,)]


def test_whoever_leaves_in_the_same_transaction_may_get_a_successor_first(register):
    who, heir = AuthorityFactory(), authority(CHEMNITZ)

    def succeed_first():
        Succession.objects.create(predecessor=who, successor=heir)
        Authority.objects.filter(pk=who.pk).update(closed_on=datetime.date(2023, 11, 30))

    assert is_admitted(succeed_first)
