"""The next edition begins as a copy of the last one: everything that comes again each time, nothing that was news."""

from django.db import transaction

from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.drafts import BLANK, copy, copy_report, new_from_last

from .models import Block, Edition

# What belongs to one edition alone.
NEWS = {"label": "", "opening": "", "next_edition_on": None, "next_edition_text": ""}


@transaction.atomic
def edition_from_last(month):
    """The draft for `month`, or None where there is nothing to copy, and whether it was made now.

    A draft that exists is never doubled. Its tables show the drafts of the reports, which are made if need be.
    """
    last = Edition.objects.last_real(lock=True)
    draft = Edition.objects.draft()
    if draft or last is None:
        return draft, False
    tables = last.blocks.exclude(kind=Block.Kind.ARTICLE).order_by("rubric__position", "position")
    edition = copy(last, [last.rubrics.all(), tables], month=month, **NEWS, **BLANK)
    for field, model in (("rollout_report", RolloutReport), ("project_report", ProjectReport)):
        shown = edition.blocks.exclude(**{field: None})
        for block in shown.select_related(field)[:1]:
            report, _ = new_from_last(model)
            # Only where there has been nothing but examples is there no last one.
            shown.update(**{field: report or copy_report(getattr(block, field))})
    return edition, True
