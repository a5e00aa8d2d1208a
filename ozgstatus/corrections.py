"""All Berichtigungen, with what each of them changed."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from newsletter.models import Edition
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.models import Correction

PER_PAGE = 50
# What can be published and hence corrected, by its table.
ROOTS = {model._meta.db_table: model for model in (RolloutReport, ProjectReport, Edition)}


@require_safe
def corrections(request):
    """Newest first; a page number that is none, or too high, is taken for the nearest."""
    found = Correction.objects.order_by("-made_at", "-pk").prefetch_related("changes")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("seite"))
    listed = [
        (correction, sorted(correction.changes.all(), key=lambda change: change.pk)) for correction in page
    ]
    roots = roots_of(change for _, changes in listed for change in changes)
    entries = [
        {"correction": correction, "changes": changes, "places": places_of(changes, roots)}
        for correction, changes in listed
    ]
    return render(request, "pages/corrections.html", {"page": page, "entries": entries})


def roots_of(changes) -> dict:
    """The reports and editions that were corrected, by table and number; one query for each kind."""
    wanted: dict[str, set[int]] = {}
    for change in changes:
        wanted.setdefault(change.root_table, set()).add(change.root_id)
    return {
        (table, root.pk): root
        for table, model in ROOTS.items()
        if table in wanted
        for root in _with_state(model).filter(pk__in=wanted[table])
    }


def _with_state(model):
    return model.objects.select_related("publication__withdrawal" if model is Edition else "publication")


def places_of(changes, roots) -> list[dict]:
    """Where a correction was made, each place once, of `roots_of`; a withdrawn edition has no page to lead to."""
    keys = dict.fromkeys((change.root_table, change.root_id) for change in changes)
    return [_place(roots[key]) for key in keys if key in roots]


def _place(root) -> dict:
    if isinstance(root, Edition):
        withdrawn = root.withdrawal is not None
        return {
            "name": str(root),
            "address": "" if withdrawn else root.get_absolute_url(),
            "withdrawn": withdrawn,
            "illustrative": root.illustrative,
        }
    name = f"{root._meta.verbose_name} vom {root.date:%d.%m.%Y}"
    return {
        "name": name,
        "address": root.get_absolute_url(),
        "withdrawn": False,
        "illustrative": root.illustrative,
    }
