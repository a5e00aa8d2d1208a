"""What is done by the clock."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.models import Edition
from rollout.models import RolloutReport
from tests.factories import BlockFactory, EditionFactory, RolloutReportFactory, month

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


def waiting(number, moment, **report):
    edition = EditionFactory(month=month(number), state="ready", publish_at=moment)
    BlockFactory(rubric__edition=edition, rollout_report=RolloutReportFactory(**{"state": "ready"} | report))
    return edition


def housekeeping() -> tuple[str, str]:
    """What it says, and what it complains about."""
    out, err = StringIO(), StringIO()
    try:
        call_command("housekeeping", stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def public():
    return list(Edition.objects.public().order_by("month").values_list("month", flat=True))


def test_what_is_due_is_published_on_the_day_that_it_happens():
    now = timezone.now()
    waiting(0, now - 100 * HOUR)  # nobody has run it for days
    waiting(1, now + HOUR)
    assert housekeeping() == ("Ausgabe Januar 2022: veröffentlicht.\n", "")
    assert public() == [month(0)]
    assert Edition.objects.public().get().publication.published_on == timezone.localdate()
    assert RolloutReport.objects.public().count() == 1


def test_a_second_run_does_nothing():
    waiting(0, timezone.now() - HOUR)
    housekeeping()
    assert housekeeping() == ("Es ist nichts zu tun.\n", "")


def test_what_fails_stays_a_draft_keeps_none_from_it_and_fails_the_run():
    now = timezone.now()
    waiting(0, now - 2 * HOUR, date=None)
    waiting(1, now - HOUR)
    out, err = housekeeping()
    assert out == "Ausgabe Februar 2022: veröffentlicht.\n"
    assert err == (
        "Ausgabe Januar 2022: Stand des Roll-Outs: Der Tag, für den die Angaben gelten, fehlt.\n"
        "Nicht veröffentlicht, weiter Entwurf: Ausgabe Januar 2022."
    )
    assert public() == [month(1)]
    assert RolloutReport.objects.public().count() == 1


def test_a_failed_one_is_published_by_the_next_run_after_it_is_mended():
    waiting(0, timezone.now() - HOUR, date=None)
    assert housekeeping()[0] == ""
    RolloutReport.objects.update(date="2022-01-05")
    assert housekeeping() == ("Ausgabe Januar 2022: veröffentlicht.\n", "")


def test_the_run_ends_with_an_error_code():
    waiting(0, timezone.now() - HOUR, state="draft")
    with pytest.raises(CommandError) as error:
        call_command("housekeeping", stdout=StringIO(), stderr=StringIO())
    assert error.value.returncode == 1
