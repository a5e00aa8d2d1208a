"""An edition as PDF: tagged for screen readers (PDF/UA-1), with bookmarks, made once and kept in the database."""

import hashlib
import logging
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string

from stand.models import CorrectionChange

from .edition import compose
from .models import Edition, EditionPdf

logger = logging.getLogger(__name__)

STYLE = Path(__file__).parent / "pdf.css"


class PdfUnavailable(Exception):
    """WeasyPrint or a library of the machine that it needs (pango, harfbuzz) is missing."""


def make_missing() -> list[Edition]:
    """Make the PDF of every public edition that has none or an outdated one; returns these editions.

    An edition that cannot be set is logged and keeps no other from its PDF. Raises `PdfUnavailable`.
    """
    outdated = Edition.objects.without_current_pdf()
    return [edition for edition in outdated if _make(edition, edition.changes)]


def _make(edition: Edition, change_count: int) -> bool:
    try:
        content = render(edition)
    except PdfUnavailable:
        raise
    except Exception:
        logger.exception("The PDF of an edition could not be made: %s", edition)
        return False
    EditionPdf.objects.update_or_create(
        edition=edition,
        defaults={
            "content": content,
            "digest": hashlib.sha256(content).hexdigest(),
            "change_count": change_count,
        },
    )
    return True


def render(edition: Edition) -> bytes:
    """The edition as it stands in the database, as a PDF file."""
    weasyprint = _weasyprint()
    document = weasyprint.HTML(
        string=as_html(edition),
        base_url=settings.SITE_URL + edition.get_absolute_url(),
        url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols=()),
    )
    return document.write_pdf(stylesheets=[weasyprint.CSS(filename=STYLE)], pdf_variant="pdf/ua-1")


def as_html(edition: Edition) -> str:
    """What the PDF is set from: the parts of the edition's page, without what only a screen needs."""
    whole = Edition.objects.whole().get(pk=edition.pk)
    reports = [block.rollout_report or block.project_report for block in whole.blocks.all()]
    context = {
        "paper": True,
        "edition": compose(whole),
        "corrections": CorrectionChange.objects.below(whole, *filter(None, reports)),
    }
    # The name of the site and its notice come as on every page: from the context processors, which ask for a request.
    return render_to_string("newsletter/pdf.html", context, HttpRequest())


def _weasyprint():
    """The library, imported where a PDF is made: it takes long, and a machine may lack what it needs."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise PdfUnavailable(str(error)) from error
    return weasyprint
