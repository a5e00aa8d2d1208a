"""Comparing and publishing with the first edition's own content."""

import pytest

from catalogue.models import Service, ServicePart
from newsletter.comparison import compare
from newsletter.edition import compose
from newsletter.models import CatalogueRow, Edition
from newsletter.publishing import take_catalogue, warnings_of
from tests.factories import EditionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_edition")]
PRINTED = (
    "kind",
    "level",
    "authority_label",
    "label",
    "month",
    "address",
    "parts",
    "parts_open",
    "service",
)


def test_an_edition_does_not_differ_from_itself():
    october = compose(Edition.objects.whole().get())
    comparison = compare(october, october)
    assert not comparison.differs
    assert [(section.kind, section.same) for section in comparison.sections] == [
        ("available", 44),
        ("planned", 3),
        ("rollout", 30),
        ("projects", 51),
        ("article", 10),
    ]


def test_the_catalogue_of_october_is_taken_again_with_the_right_words_for_its_slips():
    december = EditionFactory()
    take_catalogue(december)
    printed, taken = (
        {row["service"]: row for row in CatalogueRow.objects.filter(edition=edition).values(*PRINTED)}
        for edition in (Edition.objects.get(month="2022-10-01"), december)
    )
    for service in Service.objects.exclude(printed_name="").prefetch_related("parts"):
        assert printed[service.pk].pop("label") == service.printed_name
        assert taken[service.pk].pop("label") == service.name
    for part in ServicePart.objects.exclude(printed_name=""):
        printed[part.service_id]["parts"] = [
            part.name if name == part.printed_name else name for name in printed[part.service_id]["parts"]
        ]
    assert taken == printed
    assert len(taken) == Service.objects.count() == 47


def test_october_itself_gives_no_warning_that_its_print_does_not_bear_out():
    assert [warning.text for warning in warnings_of(Edition.objects.get(month="2022-10-01"))] == []
