from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from stand.models import CorrectionChange

from .edition import article_anchor, compose
from .models import Block, Edition


@require_safe
def archive(request):
    """All editions; examples are listed apart."""
    editions = list(Edition.objects.for_archive())
    context = {
        "section": "ausgaben",
        "editions": [edition for edition in editions if not edition.illustrative],
        "examples": [edition for edition in editions if edition.illustrative],
    }
    return render(request, "newsletter/archive.html", context)


@require_safe
def edition(request, month):
    """A whole edition in print order, examples included."""
    edition = get_object_or_404(Edition.objects.public().with_neighbours().whole(), month=month)
    reports = [block.rollout_report or block.project_report for block in edition.blocks.all()]
    context = {
        "section": "ausgaben",
        "edition": compose(edition),
        "previous_month": edition.previous_month,
        "next_month": edition.next_month,
        "corrections": CorrectionChange.objects.below(edition, *filter(None, reports)),
        "site_address": settings.SITE_URL,
    }
    return render(request, "newsletter/edition.html", context)


@require_safe
def article(request, month, slug):
    """One article of an edition, with those before and after it in print."""
    edition = get_object_or_404(Edition.objects.public().select_related("publication"), month=month)
    blocks = list(Block.objects.filter(edition=edition, kind=Block.Kind.ARTICLE).in_print_order())
    place = next((place for place, block in enumerate(blocks) if block.article.slug == slug), None)
    if place is None:
        raise Http404("Diesen Beitrag gibt es in der Ausgabe nicht.")
    article = blocks[place].article
    changes = CorrectionChange.objects.below(edition)
    context = {
        "section": "ausgaben",
        "edition": edition,
        "anchor": article_anchor(place + 1),
        "rubric": blocks[place].rubric,
        "article": article,
        "services": article.services.order_by("name"),
        "previous": blocks[place - 1].article if place else None,
        "next": blocks[place + 1].article if place + 1 < len(blocks) else None,
        "corrections": changes.filter(table_name=article._meta.db_table, row_id=article.pk),
        "site_address": settings.SITE_URL,
    }
    return render(request, "newsletter/article.html", context)
