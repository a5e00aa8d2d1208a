"""Rules that the database keeps about coverage."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from rollout.models import Origin, RolloutReport
from tests.factories import CoverageRowFactory, RolloutFootnoteFactory, RolloutReportFactory, publish

pytestmark = pytest.mark.django_db
REGISTER = datetime.date(2021, 12, 31)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share_authorities": 101}, "nach Behörden: bitte eine ganze Zahl von 0 bis 100"),
        ({"share_population": -1}, "nach Einwohnern: bitte eine ganze Zahl von 0 bis 100"),
        ({"share_authorities": 0}, "nach Behörden: wo der Dienst im Einsatz ist"),
        ({"share_population": 0}, "nach Einwohnern: wo der Dienst im Einsatz ist"),
        ({"denominator": 47}, "nicht mehr Behörden den Dienst einsetzen, als zuständig sind"),
        ({"denominator": 49, "share_authorities": 100}, "nur wenn alle zuständigen"),
        ({"origin": Origin.COMPUTED, "denominator": 309}, "nennt Zahl der Behörden und Stand des Registers"),
        (
            {"origin": Origin.COMPUTED, "register_date": REGISTER},
            "nennt Zahl der Behörden und Stand des Registers",
        ),
    ],
)
def test_a_broken_rule_has_a_german_message_and_the_database_keeps_it(values, message):
    report = RolloutReportFactory()
    with pytest.raises(ValidationError, match=message):
        CoverageRowFactory.build(report=report, **values).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        CoverageRowFactory(report=report, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"count": 0, "share_authorities": 0, "share_population": 0},
        {"count": None, "share_authorities": None, "share_population": None},
        {"denominator": 48, "share_authorities": 100},
        {"origin": Origin.COMPUTED, "denominator": 309, "register_date": REGISTER},
    ],
)
def test_what_may_be(values):
    assert CoverageRowFactory(**values).pk


def test_a_footnote_belongs_to_the_report_of_its_row():
    with pytest.raises(IntegrityError), transaction.atomic():
        CoverageRowFactory(footnote=RolloutFootnoteFactory())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_current_report_is_the_newest_that_is_published_and_no_example():
    old, newest = RolloutReportFactory(date="2022-09-05"), RolloutReportFactory(date="2022-10-05")
    publish(old), publish(newest)
    publish(RolloutReportFactory(date="2022-12-05", illustrative=True))
    RolloutReportFactory(date="2022-11-05")
    reports = RolloutReport.objects
    assert reports.current() == newest
    assert reports.as_of(datetime.date(2022, 10, 4)) == old
    assert reports.as_of(datetime.date(2022, 12, 31)) == newest
    assert reports.as_of(datetime.date(2022, 9, 4)) is None
    assert {str(report.date) for report in reports.public()} == {"2022-09-05", "2022-10-05", "2022-12-05"}
