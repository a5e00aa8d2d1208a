"""By keyboard alone: everything is reached, in order, in sight and with a mark, on one page of each type."""

import pytest

from tests.browser.keyboard import WATCH, faults_of_tab, walk
from tests.pages import EDITION

PAGES = [
    "/",
    "/leistungen/?q=wohngeld",
    "/suche/?q=wohnegld",
    "/leistungen/sozialpass/",
    "/leistungen/wunschkennzeichen/",
    "/rollout/karte/",
    "/rollout/karte/wunschkennzeichen/",
    "/projekte/landeserziehungsgeld/",
    "/kommunen/?q=bernsdorf",
    "/kommunen/14627210/beispiel/",
    "/entwicklung/",
    "/ausgaben/",
    EDITION,
    "/ausgaben/2022-12/beispiel-eine-neue-leistung-ist-produktiv-nutzbar/",
    "/ausgaben/vergleich/",
    "/abonnement/",
    "/berichtigungen/",
    "/kontakt/",
    "/barrierefreiheit/",
    "/daten/",
    "/daten/rollout/",
    "/gibt-es-nicht/",
    "/admin/konto/login/",
]
# Where headings or names of groups stay in sight while one goes on, Tab must not stop behind them; nor must Shift+Tab.
WITH_PARTS_THAT_STAY = ["/rollout/", "/projekte/", "/ausgaben/2022-10/vergleich/2022-12/"]


@pytest.fixture
def visitor(visit):
    """Somebody who wants no motion, so that a page is where it goes to at once."""
    visitor = visit(reduced_motion="reduce")
    yield visitor
    visitor.complaints = [text for text in visitor.complaints if "status of 404" not in text]


def test_tab_reaches_everything_in_order_and_in_sight(visitor):
    faults = {}
    for address in [*PAGES, *WITH_PARTS_THAT_STAY]:
        visitor.open(address)
        faults[address] = faults_of_tab(visitor.page, least=15)
    assert {address: found for address, found in faults.items() if found} == {}


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_that_shift_tab_reaches_is_behind_what_stays_in_sight(visitor, width):
    faults = {}
    visitor.resize(width)
    for address in WITH_PARTS_THAT_STAY:
        visitor.open(address)
        number = visitor.page.evaluate(WATCH)
        visitor.page.locator("footer a").last.focus()
        reached = walk(visitor.page, *["Shift+Tab"] * (number - 1))
        assert [place for place, *_ in reached] == list(range(number - 2, -1, -1))
        faults[address] = [what for _, seen, what in reached if not seen]
    assert {address: found for address, found in faults.items() if found} == {}
