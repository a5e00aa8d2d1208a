"""What differs between two editions, as visitors see it: on a page of its own, beside an edition, on the home page."""

import pytest
from django.test import Client

from newsletter.models import CatalogueRow, EditionWithdrawal
from tests.factories import (
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    month,
    publish,
)
from tests.html import text_of

pytestmark = pytest.mark.django_db


def issue(number, labels=(), coverage=(), **kwargs):
    """A public edition with linked services and coverage rows: (service, label) and (service, count, share)."""
    edition = EditionFactory(month=month(number), **kwargs)
    rubric = RubricFactory(edition=edition)
    BlockFactory(rubric=rubric, kind="available")
    for service, label in labels:
        CatalogueRowFactory(edition=edition, service=service, label=label)
    report = RolloutReportFactory(illustrative=edition.illustrative)
    for service, count, share in coverage:
        CoverageRowFactory(
            report=report, service=service, label=service.name, count=count, share_population=share
        )
    BlockFactory(rubric=rubric, kind="rollout", rollout_report=report)
    return publish(edition)


def test_the_page_says_what_came_what_went_and_what_rose(client):
    kept, came, went = (
        ServiceFactory(name="Hundesteuer"),
        ServiceFactory(name="Wohngeld"),
        ServiceFactory(name="Alt"),
    )
    issue(0, [(kept, "Hundesteuer"), (went, "Alt")], [(kept, 3, 10)])
    issue(1, [(kept, "Hundesteuer-Anmeldung"), (came, "Wohngeld")], [(kept, 5, 20)])
    page = text_of(client.get("/ausgaben/2022-01/vergleich/2022-02/"))
    assert "Von Ausgabe Januar 2022 bis Ausgabe Februar 2022" in page
    assert "Neu verfügbar Wohngeld" in page
    assert "Umbenannt Hundesteuer-Anmeldung (bisher „Hundesteuer“)" in page
    assert "Nicht mehr unter den verfügbaren Alt" in page
    assert "Gestiegen" in page and "3 → 5" in page and "10 % → 20 %" in page
    back = text_of(client.get("/ausgaben/2022-02/vergleich/2022-01/"))
    assert "Neu verfügbar Alt" in back and "Nicht mehr unter den verfügbaren Wohngeld" in back
    assert "Gesunken" in back and "5 → 3" in back


def test_the_same_edition_twice_and_two_alike_say_so(client):
    service = ServiceFactory()
    issue(0, [(service, "Hundesteuer")], [(service, 1, 1)])
    issue(1, [(service, "Hundesteuer")], [(service, 1, 1)])
    assert "zweimal dieselbe Ausgabe" in text_of(client.get("/ausgaben/2022-01/vergleich/2022-01/"))
    assert "nichts geändert" in text_of(client.get("/ausgaben/2022-01/vergleich/2022-02/"))


def test_what_only_one_of_them_has_is_named_as_not_compared(client):
    issue(0)
    publish(EditionFactory(month=month(1)))
    page = text_of(client.get("/ausgaben/2022-01/vergleich/2022-02/"))
    assert "Liste der Leistungen, Stand des Roll-Outs, Stand der Projekte." in page


@pytest.mark.parametrize("pair", ["2022-01/vergleich/2022-02", "2022-02/vergleich/2022-01"])
def test_a_draft_is_compared_with_nothing_and_an_unknown_month_is_not_found(client, pair):
    issue(0)
    EditionFactory(month=month(1), label="Geheimer Entwurf")
    answer = client.get(f"/ausgaben/{pair}/")
    assert answer.status_code == 404
    assert "Geheimer Entwurf" not in answer.content.decode()
    assert client.get(f"/ausgaben/{pair.replace('2022-02', '2031-07')}/").status_code == 404
    assert client.get(f"/ausgaben/{pair.replace('2022-02', '2022-13')}/").status_code == 404


def test_a_withdrawn_edition_says_that_it_is_gone(client):
    issue(0)
    gone = issue(1, [(ServiceFactory(), "Zurückgezogene Leistung")])
    EditionWithdrawal.objects.create(publication=gone.publication, withdrawn_on="2022-03-01", reason="Fehler")
    for address in ("/ausgaben/2022-01/vergleich/2022-02/", "/ausgaben/2022-02/vergleich/2022-01/"):
        answer = client.get(address)
        assert answer.status_code == 410
        assert "Zurückgezogene Leistung" not in answer.content.decode()
    assert "Neu seit" not in text_of(client.get("/ausgaben/2022-01/"))


def test_examples_say_that_they_are(client):
    issue(0)
    issue(1, illustrative=True)
    page = client.get("/ausgaben/2022-01/vergleich/2022-02/")
    assert "<title>Beispieldaten:" in page.content.decode()
    assert "Eine der beiden Ausgaben ist zur Anschauung erfunden." in text_of(page)
    assert "Neu seit Ausgabe Januar 2022 (Beispieldaten)" in text_of(client.get("/ausgaben/2022-02/"))


def test_the_form_leads_to_the_permanent_address_and_asks_again_for_what_is_no_pair(client):
    issue(0), issue(1)
    answer = client.get("/ausgaben/vergleich/", {"von": "2022-01", "bis": "2022-02"})
    assert (answer.status_code, answer["Location"]) == (302, "/ausgaben/2022-01/vergleich/2022-02/")
    for query in (
        {"von": "2022-01"},
        {"von": "x" * 5000, "bis": "2022-02"},
        {"von": "2022-01", "bis": "' OR 1=1"},
    ):
        assert "Bitte wählen Sie zwei aus den Listen" in text_of(client.get("/ausgaben/vergleich/", query))
    assert "Bitte wählen" not in text_of(client.get("/ausgaben/vergleich/"))


def test_an_edition_says_what_is_new_since_the_last_real_one(client):
    kept, came = ServiceFactory(name="Hundesteuer"), ServiceFactory(name="Wohngeld")
    issue(0, [(kept, "Hundesteuer")], [(kept, 3, 10)])
    issue(1, illustrative=True)
    issue(2, [(kept, "Hundesteuer"), (came, "Wohngeld")], [(kept, 5, 20)])
    page = client.get("/ausgaben/2022-03/")
    news = text_of(page).partition("Neu seit Ausgabe Januar 2022 Neu verfügbar: ")[2]
    assert news.startswith("Wohngeld Roll-out gestiegen: 1 Antragsassistent Alle Änderungen im Vergleich")
    assert 'href="/ausgaben/2022-01/vergleich/2022-03/"' in page.content.decode()
    assert "Neu seit" not in text_of(client.get("/ausgaben/2022-01/"))


def test_home_says_what_is_new_since_the_last_edition(client):
    kept, came = ServiceFactory(name="Hundesteuer"), ServiceFactory(name="Wohngeld")
    issue(0, [(kept, "Hundesteuer")])
    assert "Neu seit" not in text_of(client.get("/"))
    issue(1, [(kept, "Hundesteuer-Anmeldung"), (came, "Wohngeld")])
    assert "Neu seit der letzten Ausgabe Wohngeld" in text_of(client.get("/"))
    assert [row.label for row in CatalogueRow.objects.newly_available()] == ["Wohngeld"]
    issue(2, [(ServiceFactory(name="Erfunden"), "Erfunden")], illustrative=True)
    assert [row.label for row in CatalogueRow.objects.newly_available()] == ["Wohngeld"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_rows(django_assert_num_queries, number):
    services = [ServiceFactory() for _ in range(number)]
    issue(0, [], [(service, 1, 1) for service in services])
    issue(1, [(service, service.name) for service in services], [(service, 2, 2) for service in services])
    with django_assert_num_queries(6):
        Client().get("/ausgaben/2022-01/vergleich/2022-02/")
