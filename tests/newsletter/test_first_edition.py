"""The fixtures of the first edition as a whole."""

from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.db import IntegrityError, transaction

from ozgstatus.demo import fixtures
from projects.models import ProjectRow
from rollout.models import CoverageRow
from stand.models import CorrectionChange
from tests.editions import of_the_first_edition

APPS = ["stand", "catalogue", "rollout", "projects", "newsletter"]


def stored() -> str:
    """Everything in the database, with the numbers of its rows."""
    out = StringIO()
    call_command(
        "dumpdata", *APPS, exclude=["newsletter.articleservice"], indent=1, stdout=out
    )  # a second name
    return out.getvalue()


@pytest.mark.django_db
def test_loading_the_fixtures_again_changes_nothing(first_edition):
    before = stored()
    assert before.count('"model": "rollout.coveragerow"') == 30

    call_command("loaddata", *of_the_first_edition(), verbosity=0)

    assert stored() == before
    assert not CorrectionChange.objects.exists()


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        (CoverageRow.objects.filter(label="Mängelmelder"), {"count": 22}),
        (ProjectRow.objects.filter(label="Fundsachen"), {"lb": "02"}),
    ],
)
@pytest.mark.django_db
def test_what_the_fixtures_publish_is_guarded(first_edition, rows, change):
    with pytest.raises(IntegrityError, match="nur durch eine Berichtigung"), transaction.atomic():
        rows.update(**change)


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.stem)
def test_fixtures_name_everything_by_natural_keys(path):
    objects = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert objects
    assert not [entry for entry in objects if "pk" in entry]
