from functools import wraps

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from stand.models import CorrectionChange

from .edition import article_anchor, compose, compose_article, edition_title
from .models import Block, Edition, EditionWithdrawal


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


def says_when_withdrawn(view):
    """What stood at the address of a withdrawn edition, or of one of its articles, is gone, and the answer says so."""

    @wraps(view)
    def answer(request, month, **kwargs):
        try:
            return view(request, month, **kwargs)
        except Http404:
            withdrawal = EditionWithdrawal.objects.of(month)
            if withdrawal is None or not _stood_there(withdrawal.publication.edition, **kwargs):
                raise
        context = {"section": "ausgaben", "withdrawal": withdrawal, "edition": withdrawal.publication.edition}
        return render(request, "newsletter/withdrawn.html", context, status=410)

    return answer


def _stood_there(edition, slug=None) -> bool:
    return slug is None or edition.articles.filter(slug=slug, block__isnull=False).exists()


@require_safe
@says_when_withdrawn
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
@says_when_withdrawn
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
        "edition_title": edition_title(edition),
        "anchor": article_anchor(place + 1),
        "rubric": blocks[place].rubric,
        "article": compose_article(blocks[place]),
        "previous": blocks[place - 1].article if place else None,
        "next": blocks[place + 1].article if place + 1 < len(blocks) else None,
        "corrections": changes.filter(table_name=article._meta.db_table, row_id=article.pk),
        "site_address": settings.SITE_URL,
    }
    return render(request, "newsletter/article.html", context)
