from functools import cache, wraps

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import condition, require_safe

from stand.models import CorrectionChange
from stand.years import choose

from .differences import compare
from .edition import article_anchor, compose, public_address
from .models import Block, CatalogueRow, Edition, EditionPdf, EditionWithdrawal


@require_safe
def archive(request):
    """The newest editions or those of one year; examples are listed apart."""
    months = Edition.objects.public().newest_first().values_list("month", "illustrative")
    real, examples = ([month for month, one in months if one is of] for of in (False, True))
    choice = choose(real, lambda month: str(month.year), request.GET.get("jahr", ""))
    listed = [*choice.shown, *(() if choice.year else examples)]
    editions = list(Edition.objects.filter(month__in=listed).for_archive())
    context = {
        "section": "ausgaben",
        "choice": choice,
        "editions": [edition for edition in editions if not edition.illustrative],
        "examples": [edition for edition in editions if edition.illustrative],
        "comparable": len(real) > 1,
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
        return _gone(request, withdrawal)

    return answer


def _gone(request, withdrawal):
    context = {"section": "ausgaben", "withdrawal": withdrawal, "edition": withdrawal.publication.edition}
    return render(request, "newsletter/withdrawn.html", context, status=410)


def _stood_there(edition, slug=None) -> bool:
    return slug is None or edition.articles.filter(slug=slug, block__isnull=False).exists()


@cache
def _public_pages():
    """Kept as a question, not as an answer: Django takes some milliseconds to put it together."""
    return Edition.objects.public().for_page().whole()


@require_safe
@says_when_withdrawn
def edition(request, month):
    """A whole edition in print order, examples included."""
    found = _public_pages().with_the_one_before(month)
    editions = {edition.month: edition for edition in found}
    if month not in editions:
        raise Http404("Diese Ausgabe gibt es nicht.")
    edition = editions.pop(month)
    composed = compose(edition)
    news = compare(compose(editions.popitem()[1]), composed) if editions else None
    return edition_page(request, edition, composed, news=news)


def edition_preview(request, edition, draft):
    """A draft, edited at `draft`, as it would be published now: with today's catalogue where it has none."""
    edition = Edition.objects.for_page().whole().get(pk=edition.pk)
    rows = edition.catalogue_rows.all() or CatalogueRow.objects.of_today(edition)
    composed = compose(edition, rows, preview_address)
    return edition_page(request, edition, composed, draft)


def preview_address(block) -> str:
    """Where a block of a draft can be seen by itself."""
    drafts = (block.article, block.rollout_report, block.project_report)
    draft = next((draft for draft in drafts if draft), None)
    if draft is None or getattr(draft, "is_published", False):
        return public_address(block)
    return reverse(f"admin:{draft._meta.app_label}_{draft._meta.model_name}_preview", args=[draft.pk])


def edition_page(request, edition, composed, draft="", news=None):
    """A whole edition; `draft` is the address where a draft is edited, `news` what differs from the one before."""
    reports = [block.rollout_report or block.project_report for block in edition.blocks.all()]
    context = {
        "section": "ausgaben",
        "draft": draft,
        "edition": composed,
        "cite": "",
        "previous_month": edition.previous_month,
        "next_month": edition.next_month,
        "pdf_size": edition.pdf_size,
        "news": news,
        "corrections": CorrectionChange.objects.below(edition, *filter(None, reports)),
    }
    return render(request, "newsletter/edition.html", context)


@require_safe
def comparison(request, before, after):
    """What differs from one public edition to another, in either order, examples included."""
    found = Edition.objects.public().filter(month__in={before, after}).whole()
    editions = {edition.month: compose(edition) for edition in found}
    missing = {before, after} - set(editions)
    for withdrawal in map(EditionWithdrawal.objects.of, missing):
        if withdrawal:
            return _gone(request, withdrawal)
    if missing:
        public = Edition.objects.public().newest_first().titles()
        return _choose(
            request, public, *(month if month in editions else None for month in (before, after)), status=404
        )
    context = {
        "section": "ausgaben",
        "differences": compare(editions[before], editions[after]),
        "illustrative": any(edition.illustrative for edition in editions.values()),
        "editions": Edition.objects.public().newest_first().titles(),
        "before": before,
        "after": after,
    }
    return render(request, "newsletter/comparison.html", context)


@require_safe
def choose_comparison(request):
    """To the comparison of the two editions that are asked for; of what is no pair, to the form that asks again."""
    editions = Edition.objects.public().newest_first().titles()
    months = {edition.key: edition.month for edition in editions}
    before, after = (months.get(request.GET.get(name, "")) for name in ("von", "bis"))
    if before and after:
        return redirect("newsletter:comparison", before, after)
    return _choose(request, editions, before, after, asked=bool(request.GET))


@require_safe
def no_comparison(request, before, after):
    """What names no months: the form asks for two editions."""
    return _choose(request, Edition.objects.public().newest_first().titles(), None, None, status=404)


def _choose(request, editions, before, after, asked=True, status=200):
    """The form to choose two of the public editions; `asked` where one was asked for that there is not."""
    context = {
        "section": "ausgaben",
        "editions": editions,
        "before": before,
        "after": after,
        "asked": asked,
    }
    return render(request, "newsletter/choose_comparison.html", context, status=status)


@require_safe
@says_when_withdrawn
def edition_pdf(request, month):
    """A whole edition as PDF, as it was made after its publication or its last Berichtigung; until then its page."""
    edition = get_object_or_404(Edition.objects.public(), month=month)
    pdf = EditionPdf.objects.defer("content").select_related("edition").filter(edition=edition).first()
    return _pdf_file(request, pdf) if pdf else redirect(edition)


@condition(
    etag_func=lambda request, pdf: f'"{pdf.digest}"', last_modified_func=lambda request, pdf: pdf.made_at
)
def _pdf_file(request, pdf):
    name = f"newsletter-{pdf.edition.month:%Y-%m}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(pdf.content, content_type="application/pdf", headers=headers)


@require_safe
@says_when_withdrawn
def article(request, month, slug):
    """One article of an edition, with those before and after it in print."""
    edition = get_object_or_404(Edition.objects.public().select_related("publication"), month=month)
    blocks = list(edition.blocks.filter(kind=Block.Kind.ARTICLE).in_print_order())
    place = next((place for place, block in enumerate(blocks) if block.article.slug == slug), None)
    if place is None:
        raise Http404("Diesen Beitrag gibt es in der Ausgabe nicht.")
    address = f"{edition.get_absolute_url()}#{article_anchor(place + 1)}"
    return article_page(request, edition, blocks, place, address)


def article_preview(request, article, draft):
    """An article of a draft, edited at the address `draft`; as long as it has no rubric, it stands for itself."""
    edition = article.edition
    blocks = list(edition.blocks.filter(kind=Block.Kind.ARTICLE).in_print_order())
    place = next((place for place, block in enumerate(blocks) if block.article == article), None)
    address = reverse("admin:newsletter_edition_preview", args=[edition.pk])
    if place is None:
        alone = Block(edition=edition, kind=Block.Kind.ARTICLE, article=article)
        blocks, place = [alone], 0
    else:
        address += f"#{article_anchor(place + 1)}"
    return article_page(request, edition, blocks, place, address, draft)


def article_page(request, edition, blocks, place, edition_address, draft=""):
    """The article of the block at `place`, with its neighbours; `draft` is the address where a draft is edited."""
    block, article = blocks[place], blocks[place].article
    address_of = preview_address if draft else public_address
    neighbours = {
        "previous": blocks[place - 1] if place else None,
        "next": blocks[place + 1] if place + 1 < len(blocks) else None,
    }
    changes = CorrectionChange.objects.below(edition)
    context = {
        "section": "ausgaben",
        "draft": draft,
        "edition": edition,
        "edition_address": edition_address,
        "rubric": block.rubric if block.rubric_id else None,
        "article": article,
        "services": article.services.order_by("name"),
        **{
            name: {"title": other.article.title, "address": address_of(other)} if other else None
            for name, other in neighbours.items()
        },
        "corrections": changes.filter(table_name=article._meta.db_table, row_id=article.pk),
    }
    return render(request, "newsletter/article.html", context)
