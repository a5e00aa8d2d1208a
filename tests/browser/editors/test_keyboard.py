"""The editors' pages by keyboard alone: everything is reached, in order, in sight and with a mark."""

import pytest
from django.contrib.auth.models import User

from tests.admin import make_user, page_of
from tests.browser.keyboard import faults_of_tab
from tests.browser.site import committed
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    EditionFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RubricFactory,
    month,
)

PASSWORD = "nur-fuer-diesen-Test"


def drafts():
    """An edition and a report with few rows, so that Tab comes to their end soon."""
    report = ProjectReportFactory()
    note = ProjectFootnoteFactory(report=report)
    for number in (1, 2):
        ProjectRowFactory(report=report, position=number, label=f"Zeile {number}", footnote=note)
    edition = EditionFactory(month=month(40))
    rubric = RubricFactory(edition=edition, title="Aktuelles")
    article = ArticleFactory(edition=edition, title="Beitrag")
    BlockFactory(rubric=rubric, article=article, position=1)
    BlockFactory(rubric=rubric, project_report=report, position=2)
    return report, edition, rubric, article


@pytest.fixture
def desk(visit):
    committed(lambda: make_user("Tastatur", PASSWORD, is_superuser=True))
    desk = visit(reduced_motion="reduce")
    desk.open("/admin/")
    desk.page.locator("[name=login]").fill("Tastatur")
    desk.page.locator("[name=password]").fill(PASSWORD)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/admin/")
    return desk


@pytest.fixture
def addresses():
    """What is here in this test only: a draft changes what the start page offers."""
    report, edition, rubric, article = committed(drafts)
    yield [
        "/admin/",
        "/admin/catalogue/service/",
        page_of(report, "change"),
        page_of(report, "grid"),
        page_of(report, "import"),
        page_of(edition, "change"),
        page_of(rubric, "change"),
        page_of(article, "change"),
        page_of(edition, "publish"),
        "/admin/konto/password/change/",
    ]
    committed(lambda: (edition.delete(), report.delete(), User.objects.filter(username="Tastatur").delete()))


def test_tab_reaches_everything_in_order_and_in_sight(desk, addresses):
    faults = {}
    for address in addresses:
        desk.open(address)
        desk.page.wait_for_load_state()
        faults[address] = faults_of_tab(desk.page, least=5)
    assert {address: found for address, found in faults.items() if found} == {}
