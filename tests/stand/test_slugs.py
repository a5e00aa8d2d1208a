import pytest
from django.db import IntegrityError, transaction

from catalogue.models import Level, Service
from stand.slugs import FormerAddress, german_slug
from tests.factories import ServiceFactory


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Straußwirtschaft", "strausswirtschaft"),
        ("Mängelmeldung", "maengelmeldung"),
        ("Öffnung über ÄÜ", "oeffnung-ueber-aeue"),
        ("Jägerprüfung & Jagdschein", "jaegerpruefung-und-jagdschein"),
        ("(Neu-)Feststellung einer Behinderung", "neu-feststellung-einer-behinderung"),
    ],
)
def test_umlauts_are_written_out(name, slug):
    assert german_slug(name) == slug


def test_a_long_name_is_cut_at_the_end_of_a_word():
    assert german_slug("Antrag auf Genehmigung", max_length=15) == "antrag-auf"


@pytest.mark.django_db
def test_services_that_share_a_name_get_level_and_then_number():
    slugs = [ServiceFactory(name="Gewerbe", level=Level.DISTRICTS).slug for _ in range(4)]
    assert slugs == ["gewerbe", "gewerbe-landkreise", "gewerbe-landkreise-2", "gewerbe-landkreise-3"]


@pytest.mark.django_db
def test_a_rename_keeps_the_address():
    service = ServiceFactory(name="Mängelmelder")
    service.name = "Mängelmeldung"
    service.save()
    assert Service.objects.get().slug == "maengelmelder"


@pytest.mark.django_db
def test_every_earlier_address_leads_straight_to_the_newest(client):
    service = ServiceFactory(name="Alt")
    service.move_to("neuer")
    service.move_to("heute")
    for old in ("alt", "neuer"):
        response = client.get(f"/leistungen/{old}/")
        assert (response.status_code, response["Location"]) == (301, "/leistungen/heute/")


@pytest.mark.django_db
def test_moving_back_leaves_no_circle():
    service = ServiceFactory(name="Alt")
    service.move_to("neu")
    service.move_to("alt")
    assert list(FormerAddress.objects.values_list("old_path", "new_path")) == [
        ("/leistungen/neu/", "/leistungen/alt/")
    ]


@pytest.mark.django_db
def test_a_new_service_does_not_take_an_address_that_leads_elsewhere():
    ServiceFactory(name="Wohngeld").move_to("wohngeld-neu")
    assert ServiceFactory(name="Wohngeld", level=Level.BOTH).slug == "wohngeld-landkreise-gemeinden"


@pytest.mark.django_db
def test_a_deleted_service_leaves_no_redirect_into_nothing(client):
    service = ServiceFactory(name="Alt")
    service.move_to("neu")
    service.delete()
    assert client.get("/leistungen/alt/").status_code == 404
    assert not FormerAddress.objects.exists()


@pytest.mark.django_db
def test_a_name_without_letters_still_has_an_address(client):
    assert ServiceFactory(name="???").slug == "ohne-namen"
    assert client.get("/leistungen/").status_code == 200


@pytest.mark.django_db
def test_the_longest_names_fit_on_both_levels():
    name = "Genehmigung " * 24
    slugs = [ServiceFactory(name=name, level=Level.BOTH).slug for _ in range(12)]
    assert len(set(slugs)) == 12
    assert max(map(len, slugs)) <= 120


@pytest.mark.django_db
def test_the_database_refuses_an_empty_address():
    ServiceFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Service.objects.update(slug="")
