"""A draft, and an edition that was withdrawn, stand in nothing that leaves the site: tried in each way out."""

import datetime
from io import BytesIO

import pypdf
import pytest
from django.db import connection, transaction
from django.utils import timezone

from newsletter.models import Edition, EditionWithdrawal
from newsletter.pdf import make_missing
from stand.models import Correction
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
    publish,
)
from tests.ozgstatus.test_every_page import HTML_PAGES
from tests.ozgstatus.test_opendata import everything
from tests.pages import paths_of_the_sitemap

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site", "weasyprint")]
SECRET = "Geheimnis"


@pytest.fixture
def drafts(small_site):
    """An edition of January with its two reports, with the word in every text that a reader could see."""
    day, word = datetime.date(2023, 1, 1), f"<p>{SECRET}</p>"
    service = Edition.objects.get(month="2022-10-01").catalogue_rows.get().service
    rollout, projects = (
        RolloutReportFactory(date=day, note=SECRET),
        ProjectReportFactory(date=day, note=SECRET),
    )
    CoverageRowFactory(report=rollout, label=SECRET, service=service)
    ProjectRowFactory(report=projects, label=SECRET, details=[SECRET], project=ProjectFactory(name=SECRET))
    edition = EditionFactory(month=day, label=SECRET, opening=word, hints=word)
    rubric = RubricFactory(edition=edition, title=SECRET, introduction=word)
    CatalogueRowFactory(edition=edition, label=SECRET, service=service)
    article = ArticleFactory(edition=edition, title=SECRET, body=word)
    article.services.add(service)
    for block in ({}, {"rollout_report": rollout}, {"project_report": projects}, {"article": article}):
        BlockFactory(rubric=rubric, **block)
    return rollout, projects, edition


def channels(client) -> dict[str, str]:
    """All that each way out of the site says, by its name; addresses of the secret month are asked for too."""

    def pages(*addresses):
        # Where a page only repeats the address that was asked for, it tells nothing.
        texts = (client.get(address).content.decode() for address in addresses)
        return "\n".join(text.replace("/geheimnis", "").replace("projekt=geheimnis", "") for text in texts)

    make_missing()
    files = [client.get(f"/ausgaben/{month}.pdf") for month in ("2022-10", "2022-12", "2023-01")]
    pdfs = [pypdf.PdfReader(BytesIO(one.content)) for one in files if one.status_code == 200]
    listed = paths_of_the_sitemap(client)
    pairs = [("2022-10", "2023-01"), ("2023-01", "2022-10"), ("2023-01", "2023-01"), ("2022-10", "2022-12")]
    return {
        "search": pages("/suche/?q=Januar+2023", "/suche/?q=eheimni").replace("eheimni ", ""),
        "feed": pages("/feed/"),
        "feed of a service": pages("/leistungen/sozialpass/feed/"),
        "feed of an authority": pages("/kommunen/14627210/feed/"),
        "data": everything(client),
        "sitemap": "\n".join(listed),
        "pages": pages(*{*listed, *HTML_PAGES}),
        "comparison": pages(*(f"/ausgaben/{one}/vergleich/{other}/" for one, other in pairs)),
        "PDF": "\n".join(page.extract_text() for pdf in pdfs for page in pdf.pages),
        "edition": pages("/ausgaben/2023-01/", "/ausgaben/2023-01/geheimnis/"),
        "trends": pages("/entwicklung/?projekt=geheimnis", "/projekte/geheimnis/"),
    }


def telling(client) -> set[str]:
    return {name for name, text in channels(client).items() if SECRET.lower() in text.lower()}


# An authority has nothing of an edition, so that its feed says nothing whatever happens.
WAYS_OUT = {
    "search",
    "feed",
    "feed of a service",
    "data",
    "sitemap",
    "pages",
    "comparison",
    "PDF",
    "edition",
    "trends",
}


def test_a_draft_is_told_nowhere_and_what_is_published_everywhere(client, drafts):
    assert telling(client) == set()
    for root in drafts:
        publish(root)
    assert telling(client) == WAYS_OUT


def test_a_withdrawn_edition_is_told_nowhere_though_it_was_corrected(client, drafts):
    *_, edition = drafts
    edition.blocks.filter(article=None).delete()  # its reports stay drafts
    edition = publish(edition)
    with transaction.atomic():
        Correction.declare("Anders.")
        edition.articles.update(body=f"<p>{SECRET} anders</p>")
    with connection.cursor() as cursor:
        cursor.execute("RESET ozgstatus.correction")  # as a commit does
    EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=timezone.localdate(), reason="Falsch."
    )
    # What is at its address names it and says why it is gone; /berichtigungen/ keeps what was corrected.
    assert telling(client) == {"edition", "comparison", "pages"}
    for address in (
        "/ausgaben/2023-01/",
        "/ausgaben/2023-01/geheimnis/",
        "/ausgaben/2022-10/vergleich/2023-01/",
    ):
        assert client.get(address).status_code == 410
    told = {path for path in (*HTML_PAGES, "/berichtigungen/") if SECRET in client.get(path).content.decode()}
    assert told == {"/berichtigungen/"}
