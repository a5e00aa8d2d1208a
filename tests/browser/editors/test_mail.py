"""The mail of an edition in a browser: as a mail program shows it, and in the admin under the policy of its own."""

import pytest
from django.conf import settings

from newsletter.mailing.message import EditionMail
from newsletter.models import Edition
from tests.admin import client_of, make_user
from tests.browser.site import committed

INK = {"light": "rgb(23, 26, 43)", "dark": "rgb(240, 241, 245)"}


def the_mail():
    edition = Edition.objects.get()
    return edition.pk, EditionMail.of(edition).preview_html()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 700])
def test_it_has_no_barrier_fits_its_window_and_loads_nothing(visit, width, scheme):
    visitor = visit(width=width, color_scheme=scheme)
    requests = []
    visitor.page.on("request", lambda request: requests.append(request.url))
    visitor.page.set_content(committed(the_mail)[1])
    assert visitor.barriers() == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == width
    colour = "element => getComputedStyle(element).color"
    assert visitor.page.locator("h1").evaluate(colour) == INK[scheme]
    assert requests == []


def test_it_has_no_barrier_however_it_is_looked_at(visit):
    visitor = visit()
    visitor.page.set_content(committed(the_mail)[1])
    found = visitor.barriers_everywhere()
    # Its letters have sizes in pixels, as mail programs need them, which enlarge a mail as a whole.
    assert {what for what, _ in found.pop("200 % text")} == {"stays small"}
    assert found == {}


@pytest.fixture
def reader(site, chromium):
    user = committed(lambda: make_user("Freigabe"))
    yield committed(lambda: client_of("Freigabe").cookies[settings.SESSION_COOKIE_NAME].value)
    committed(user.delete)


def test_the_admin_shows_it_as_it_is_sent_and_as_text(visit, reader):
    visitor = visit()
    key = {"name": settings.SESSION_COOKIE_NAME, "value": reader, "url": visitor.site}
    visitor.page.context.add_cookies([key])
    pk, _ = committed(the_mail)
    visitor.open(f"/admin/newsletter/edition/{pk}/e-mail/")
    shown = visitor.page.frame_locator("iframe")
    heading = shown.get_by_role("heading", name="Ausgabe Oktober 2022")
    heading.wait_for()
    assert heading.bounding_box()["height"] == 35  # 28 px, 1.25 high: the styles in attributes are let in
    assert visitor.complaints == []
    assert visitor.barriers(context="#content") == []
    visitor.click("Text", exact=True)
    assert "Newsletter abbestellen:" in visitor.page.locator("pre").inner_text()
