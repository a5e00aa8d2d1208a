"""Atom feeds as feedparser reads them."""

import datetime
import re

import feedparser
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogue.models import Service
from newsletter.models import Article, EditionWithdrawal
from rollout.models import Adoption, CoverageRow
from stand.models import Correction
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    AuthorityFactory,
    BlockFactory,
    CompetenceFactory,
    CoverageRowFactory,
    EditionFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.ozgstatus.content import make_small_site

pytestmark = pytest.mark.django_db
TAG = "tag:ozgstatus.example.org,2026:"


def read(client, address="/feed/"):
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(response.content)
    assert not found.bozo and found.version == "atom10"
    return found


def titles(feed) -> list[str]:
    return [entry.title for entry in feed.entries]


def moment(parsed) -> datetime.datetime:
    return datetime.datetime(*parsed[:6], tzinfo=datetime.UTC)


def edition_with(*articles, month=datetime.date(2022, 10, 1), **values):
    edition = EditionFactory(month=month, **values)
    rubric = RubricFactory(edition=edition)
    for position, title in enumerate(articles):
        BlockFactory(rubric=rubric, position=position, article=ArticleFactory(edition=edition, title=title))
    return edition


def test_the_feed_names_editions_articles_and_staende_and_marks_examples(client):
    make_small_site()
    feed = read(client)
    assert sorted(titles(feed)) == [
        "Ausgabe Oktober 2022",
        "Beispieldaten: Ausgabe Dezember 2022",
        "Beispieldaten: Once-Only",
        "Beispieldaten: Stand der Projekte am 14.12.2022",
        "Beispieldaten: Stand des Roll-Outs am 05.12.2022",
        "Once-Only",
        "Stand der Projekte am 14.10.2022",
        "Stand des Roll-Outs am 05.10.2022",
    ]
    marked = {entry.title for entry in feed.entries if "tags" in entry}
    assert marked == {title for title in titles(feed) if title.startswith("Beispieldaten")}


def test_every_entry_leads_to_a_page_of_the_site_whatever_host_was_asked(client):
    make_small_site()
    feed = feedparser.parse(client.get("/feed/", headers={"host": "localhost"}).content)
    assert feed.feed.link == "https://ozgstatus.example.org/"
    for entry in feed.entries:
        assert client.get(entry.link.removeprefix("https://ozgstatus.example.org")).status_code == 200


def test_an_edition_leads_to_what_differs_from_the_real_one_before(client):
    for month, illustrative in (("2022-10-01", False), ("2022-11-01", True), ("2022-12-01", False)):
        publish(EditionFactory(month=month, illustrative=illustrative))
    ways = {
        entry.id.rpartition("/")[2]: re.findall(r'href="https://[^/]+([^"]+)"', entry.summary)
        for entry in read(client).entries
    }
    assert ways == {
        "2022-10": [],
        "2022-11": ["/ausgaben/2022-10/vergleich/2022-11/"],
        "2022-12": ["/ausgaben/2022-10/vergleich/2022-12/"],
    }
    for [way] in filter(None, ways.values()):
        assert client.get(way).status_code == 200


def test_names_stay_and_moments_are_true(client):
    SiteFactory()
    before = timezone.now().replace(microsecond=0)
    publish(edition_with("Once-Only"))
    after = timezone.now()
    first, second = read(client), read(client)
    ids = [entry.id for entry in first.entries]
    assert ids == [entry.id for entry in second.entries]
    assert len(set(ids)) == 2 and all(one.startswith(TAG) for one in ids)
    assert f"{TAG}ausgabe/2022-10" in ids
    for entry in first.entries:
        assert before <= moment(entry.published_parsed) <= after
        assert entry.updated == entry.published
    assert first.feed.updated == max(entry.updated for entry in first.entries)


def test_a_berichtigung_is_an_entry_and_updates_what_it_corrects(client):
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    row = CoverageRowFactory(report=report, label="Wohngeld", count=48)
    publish(report)
    with transaction.atomic():
        correction = Correction.declare("Die Zahl war <falsch>.")
        report.rows.filter(pk=row.pk).update(count=49)
    entries = {entry.id.removeprefix(TAG): entry for entry in read(client).entries}
    note = entries[f"berichtigung/{correction.pk}"]
    assert note.title == "Berichtigung: Stand des Roll-Outs vom 05.10.2022"
    assert "&lt;falsch&gt;" in note.summary and "bisher 48, neu 49" in note.summary
    assert note.link == f"https://ozgstatus.example.org/berichtigungen/#berichtigung-{correction.pk}"
    corrected = entries["rollout/2022-10-05"]
    assert moment(corrected.updated_parsed) == correction.made_at.replace(microsecond=0)
    assert corrected.updated > corrected.published


def test_of_many_articles_those_are_in_the_feed_that_were_published_or_corrected_last(client, monkeypatch):
    monkeypatch.setattr("ozgstatus.feeds.NEWEST", 3)
    publish(edition_with("Alt", "Berichtigt", month=datetime.date(2022, 9, 1)))
    publish(edition_with("Neu", "Neuer", "Am neuesten"))
    articles = {entry.title for entry in read(client).entries} - {"Ausgabe Oktober 2022"}
    assert articles <= {"Neu", "Neuer", "Am neuesten"}
    with transaction.atomic():
        Correction.declare("Ein Wort fehlte.")
        Article.objects.filter(title="Berichtigt").update(body="<p>Mit dem Wort.</p>")
    newest = titles(read(client))
    assert len(newest) == 3 and "Berichtigt" in newest


def test_no_draft_and_nothing_withdrawn_is_in_any_feed(client):
    service = ServiceFactory(name="Wohngeld")
    edition = edition_with("GEHEIM")
    edition.articles.get().services.add(service)
    CoverageRowFactory(report=RolloutReportFactory(), service=service, label="GEHEIM")
    addresses = ["/feed/", "/leistungen/wohngeld/feed/"]
    assert not any("GEHEIM" in client.get(address).content.decode() for address in addresses)
    edition = publish(edition)
    assert all("GEHEIM" in client.get(address).content.decode() for address in addresses)
    with transaction.atomic():
        Correction.declare("GEHEIM berichtigt")
        edition.articles.update(body="<p>anders</p>")
    EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=timezone.localdate(), reason="Falsch."
    )
    assert not any("GEHEIM" in client.get(address).content.decode() for address in addresses)


def test_a_withdrawn_edition_keeps_its_entry_which_says_so_and_nothing_else(client):
    SiteFactory()
    edition = publish(edition_with("GEHEIM", label="GEHEIM"))
    [before] = [entry for entry in read(client).entries if entry.id == f"{TAG}ausgabe/2022-10"]
    with transaction.atomic():
        Correction.declare("GEHEIM berichtigt")
        edition.articles.update(body="<p>anders</p>")
    EditionWithdrawal.objects.create(
        publication=edition.publication,
        withdrawn_on=datetime.date(2022, 11, 2),
        reason="Die Zahlen sind <falsch>.",
    )
    feed = read(client)
    [after] = feed.entries
    assert (after.id, after.link, after.published) == (before.id, before.link, before.published)
    assert after.title == "Zurückgezogen: Ausgabe Oktober 2022"
    assert after.summary == "<p>Zurückgezogen am 02.11.2022: Die Zahlen sind &lt;falsch&gt;.</p>"
    assert "GEHEIM" not in client.get("/feed/").content.decode()
    assert feed.feed.updated == after.updated and moment(after.updated_parsed) >= moment(
        before.updated_parsed
    )
    assert client.get(after.link.removeprefix("https://ozgstatus.example.org")).status_code == 410


def changes_one_after_another(edition, row, service, adoption):
    """What can happen to the things that feeds tell of, each as one step."""

    def correct(note, rows, **values):
        with transaction.atomic():
            Correction.declare(note)
            rows.update(**values)
        with connection.cursor() as cursor:
            cursor.execute("RESET ozgstatus.correction")

    yield lambda: correct("Zahl.", CoverageRow.objects.filter(pk=row.pk), count=49)
    yield lambda: correct("Text.", edition.articles.all(), body="<p>anders</p>")
    yield lambda: Service.objects.filter(pk=service.pk).update(discontinued_since=datetime.date(2023, 1, 1))
    yield lambda: Service.objects.filter(pk=service.pk).update(discontinued_since=None)
    yield lambda: Service.objects.filter(pk=service.pk).update(name="Anders")
    yield lambda: Adoption.objects.filter(pk=adoption.pk).update(state="not-used")
    yield lambda: Adoption.objects.filter(pk=adoption.pk).update(state="used")
    yield lambda: publish(edition_with("Neu", month=datetime.date(2022, 11, 1)))
    yield lambda: EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=timezone.localdate(), reason="Falsch."
    )


def test_whatever_happens_names_are_once_and_moments_never_go_back(client):
    SiteFactory()
    service = ServiceFactory(name="Wohngeld", slug="wohngeld")
    adoption = AdoptionFactory(service=service, authority=AuthorityFactory(key="14627210"))
    row = CoverageRowFactory(report=RolloutReportFactory(date=datetime.date(2022, 10, 5)), service=service)
    publish(row.report)
    edition = edition_with("Wohngeld")
    edition.articles.get().services.add(service)
    edition = publish(edition)
    addresses = ["/feed/", "/leistungen/wohngeld/feed/", "/kommunen/14627210/feed/"]
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for change in changes_one_after_another(edition, row, service, adoption):
        change()
        for address in addresses:
            feed = read(client, address)
            ids = [entry.id for entry in feed.entries]
            assert len(set(ids)) == len(ids) and feed.feed.id not in ids
            for entry in feed.entries:
                published, updated = seen.get((address, entry.id), (entry.published, ""))
                assert updated <= entry.updated and entry.published <= entry.updated, (address, entry.id)
                seen[address, entry.id] = (published, entry.updated)
            assert feed.feed.updated == max(
                (entry.updated for entry in feed.entries), default=feed.feed.updated
            )


def test_the_feed_of_a_service_has_its_state_figures_and_articles(client):
    service = ServiceFactory(name="Wohngeld", available_since=datetime.date(2022, 9, 1))
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    note = RolloutFootnoteFactory(report=report, text="Nur ein Teil.")
    CoverageRowFactory(report=report, service=service, label="Wohngeld", footnote=note)
    publish(report)
    example = RolloutReportFactory(date=datetime.date(2022, 12, 5), illustrative=True)
    CoverageRowFactory(report=example, service=service, label="Erfunden")
    publish(example)
    edition = edition_with("Neues vom Wohngeld", "Anderes")
    edition.articles.get(title="Neues vom Wohngeld").services.add(service)
    publish(edition)
    feed = read(client, "/leistungen/wohngeld/feed/")
    assert titles(feed) == [
        "Neues vom Wohngeld",
        "Wohngeld, Stand 05.10.2022: 48, 16 % der Behörden, 59 % der Einwohner",
        "Wohngeld: verfügbar seit 09/2022",
    ]
    assert feed.entries[1].summary == "<p>Nur ein Teil.</p>"
    for entry in feed.entries:
        assert client.get(entry.link.removeprefix("https://ozgstatus.example.org")).status_code == 200


def test_a_new_state_of_a_service_is_a_new_entry_with_its_moment(client):
    service = ServiceFactory(name="Wohngeld", available_since=None, planned_for=datetime.date(2022, 10, 1))
    [planned] = read(client, "/leistungen/wohngeld/feed/").entries
    service.name = "Wohngeld online"
    service.save()
    [renamed] = read(client, "/leistungen/wohngeld/feed/").entries
    assert (renamed.id, renamed.updated) == (planned.id, planned.updated)
    service.available_since = datetime.date(2022, 11, 1)
    service.save()
    [available] = read(client, "/leistungen/wohngeld/feed/").entries
    assert available.title == "Wohngeld online: verfügbar seit 11/2022"
    assert available.id != planned.id and moment(available.updated_parsed) >= moment(planned.updated_parsed)


def test_the_feed_of_an_authority_has_what_was_recorded_and_what_comes(client):
    competence = CompetenceFactory()
    authority = competence.authority
    coming = ServiceFactory(name="Kita", available_since=None, planned_for=datetime.date(2027, 1, 1))
    assumed = ServiceFactory(name="Angenommen", available_since=None, planned_for=datetime.date(2027, 1, 1))
    ServiceCompetenceFactory(service=coming, set=competence.set)
    ServiceCompetenceFactory(service=assumed, set=competence.set, illustrative=True)
    used = ServiceFactory(name="Wohngeld")
    AdoptionFactory(authority=authority, service=used, since=datetime.date(2022, 9, 1))
    AdoptionFactory(authority=authority, service=ServiceFactory(), illustrative=True)
    AdoptionFactory(service=used)
    feed = read(client, f"/kommunen/{authority.key}/feed/")
    assert sorted(titles(feed)) == [
        "Demnächst: Kita, geplant für 01/2027",
        "Wohngeld: im Einsatz seit 09/2022",
    ]


def test_a_changed_adoption_keeps_its_name_and_says_when(client):
    adoption = AdoptionFactory(service=ServiceFactory(name="Wohngeld"))
    address = f"/kommunen/{adoption.authority.key}/feed/"
    [first] = read(client, address).entries
    Adoption.objects.update(state="not-used")
    [second] = read(client, address).entries
    assert second.id == first.id and second.published == first.published
    assert second.title.startswith("Wohngeld: nicht im Einsatz")


@pytest.mark.parametrize("address", ["/leistungen/wohngeld/feed/", "/kommunen/14627210/feed/", "/feed/"])
def test_a_feed_without_entries_was_updated_when_it_came_to_be(client, address):
    SiteFactory()
    ServiceFactory(name="Wohngeld")
    AuthorityFactory(key="14627210")
    assert read(client, address).feed.updated == read(client, address).feed.updated
    assert moment(read(client, address).feed.updated_parsed) <= timezone.now()


@pytest.mark.parametrize("address", ["/feed/", "/leistungen/sozialpass/feed/", "/kommunen/14627210/feed/"])
def test_a_feed_that_has_not_changed_is_not_sent_again(client, address):
    make_small_site()
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "address",
    ["/leistungen/gibt-es-nicht/feed/", "/kommunen/99999999/feed/", "/kommunen/x/feed/", "/feed/x/"],
)
def test_a_feed_of_nothing_is_a_404(client, address):
    assert client.get(address).status_code == 404


def test_pages_lead_to_their_feeds(client):
    make_small_site()
    for page, feed in (
        ("/", "/feed/"),
        ("/leistungen/sozialpass/", "/leistungen/sozialpass/feed/"),
        ("/kommunen/14627210/", "/kommunen/14627210/feed/"),
    ):
        html = client.get(page).content.decode()
        assert 'rel="alternate" type="application/atom+xml"' in html and f'href="{feed}"' in html


@pytest.mark.parametrize("number", [1, 3])
def test_feeds_cost_the_same_queries_however_much_is_new(client, number):
    # More than the eight of a page (issue 3): a feed is none, and tells of all kinds of things at once.
    SiteFactory()
    competence = CompetenceFactory()
    service = ServiceFactory(name="Wohngeld")
    for day in range(1, number + 1):
        report = RolloutReportFactory(date=datetime.date(2022, 10, day))
        CoverageRowFactory(report=report, service=service)
        edition = edition_with("Beitrag", month=datetime.date(2022, day, 1))
        edition.articles.get().services.add(service)
        for root in (report, edition):
            publish(root)
        AdoptionFactory(authority=competence.authority, service=ServiceFactory())
        coming = ServiceFactory(available_since=None, planned_for=datetime.date(2027, 1, 1))
        ServiceCompetenceFactory(service=coming, set=competence.set)
        with transaction.atomic():
            Correction.declare("Anders.")
            report.rows.update(count=49)
    for address, expected in (
        ("/feed/", 18),
        ("/leistungen/wohngeld/feed/", 10),
        (f"/kommunen/{competence.authority.key}/feed/", 10),
    ):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert (address, len(queries)) == (address, expected)
