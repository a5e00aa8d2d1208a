"""The pages of the admin that show the mail of an edition."""

import pytest
from django.utils.html import escape

from newsletter.mailing.document import MOST_STYLES, mail_document
from newsletter.mailing.message import EditionMail
from newsletter.models import Edition, EditionWithdrawal
from tests.admin import client_of
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    EditionFactory,
    RubricFactory,
    ServiceFactory,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    edition = EditionFactory()
    rubric = RubricFactory(edition=edition)
    BlockFactory(rubric=rubric)
    BlockFactory(rubric=rubric, article=ArticleFactory(edition=edition, title="Once-Only"))
    return edition


def address(edition, rest=""):
    return f"/admin/newsletter/edition/{edition.pk}/e-mail/{rest}"


def test_the_form_of_an_edition_leads_to_its_mail(draft):
    page = client_of("Redaktion").get(f"/admin/newsletter/edition/{draft.pk}/change/").content.decode()
    assert f'href="{address(draft)}"' in page


def test_the_page_names_the_subject_and_frames_the_document(draft):
    response = client_of("Redaktion").get(address(draft))
    page = response.content.decode()
    assert escape(EditionMail.of(draft).subject) in page
    assert f'src="{address(draft, "html/")}"' in page
    assert "Sie ist ein Entwurf" in page
    assert "frame-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


def test_the_document_is_the_mail_without_a_subscriber(draft):
    shown = client_of("Redaktion").get(address(draft, "html/")).content.decode()
    assert shown.replace('<base target="_blank">', "") == EditionMail.of(draft).preview_html()


def test_the_other_tab_shows_the_text(draft):
    page = client_of("Redaktion").get(f"{address(draft)}?teil=text").content.decode()
    assert "<iframe" not in page
    assert "Newsletter abbestellen:" in page


def test_a_draft_shows_the_catalogue_of_today_and_a_published_edition_its_own(draft):
    ServiceFactory(name="Von heute")
    assert "Von heute" in client_of("Redaktion").get(address(draft, "html/")).content.decode()
    CatalogueRowFactory(edition=draft, label="Von damals")
    publish(draft)
    page = client_of("Redaktion").get(address(draft, "html/")).content.decode()
    assert ("Von heute" in page, "Von damals" in page) == (False, True)
    assert "Sie ist ein Entwurf" not in client_of("Redaktion").get(address(draft)).content.decode()


def test_a_withdrawn_edition_has_no_mail(draft):
    edition = publish(draft)
    EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=edition.month, reason="Versehen"
    )
    client = client_of("Redaktion")
    for rest in ("", "html/"):
        answer = client.get(address(edition, rest), follow=True)
        assert answer.redirect_chain == [(f"/admin/newsletter/edition/{edition.pk}/change/", 302)]
        assert "ist zurückgezogen und wird nicht mehr verschickt." in answer.content.decode()


def test_whoever_may_not_see_editions_sees_no_mail(draft):
    for rest in ("", "html/"):
        assert client_of("nobody").get(address(draft, rest)).status_code == 403
    assert Edition.objects.count() == 1


# --- the document's policy -------------------------------------------------------------------


def styles_of(html):
    policy = mail_document(html)["Content-Security-Policy"]
    return next(part for part in policy.split("; ") if part.startswith("style-src"))


def test_a_document_without_styles_may_have_none():
    assert styles_of("<html><head></head><p>x</p></html>") == "style-src 'none'"


def test_a_style_is_named_once_and_read_as_a_browser_reads_it():
    once = styles_of('<p style="color: &quot;x&quot;">a</p>')
    assert once == styles_of("<p style='color: \"x\"'>a</p><b style='color: \"x\"'>b</b>")
    assert once.count("sha256-") == 1


def test_line_breaks_of_a_mail_do_not_change_what_its_styles_are():
    assert styles_of("<style>\r\np{}\r\n</style>") == styles_of("<style>\np{}\n</style>")


def test_a_document_with_styles_without_end_is_shown_without_any():
    html = "".join(f'<p style="margin:{number}px">x</p>' for number in range(MOST_STYLES + 1))
    assert styles_of(html) == "style-src 'none'"
