"""Archive, editions and articles as visitors see them."""

import datetime
import re
from itertools import pairwise

import pytest

from newsletter.models import EditionPublication
from newsletter.templatetags.newsletter import prose_below
from stand.models import Correction
from stand.years import MOST_AT_ONCE
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    LegendEntryFactory,
    ProjectFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db

OCTOBER = datetime.date(2022, 10, 1)
EXAMPLE = "Beispieldaten. Diese Angaben sind zur Anschauung erfunden"


def published(**values):
    return publish(EditionFactory(**values))


def with_articles(*titles, services=(), body="<p>Text.</p>", **values):
    """A published edition of one rubric with these articles."""
    edition = EditionFactory(**{"month": OCTOBER, **values})
    rubric = RubricFactory(edition=edition, title="Aktuelles")
    for position, title in enumerate(titles):
        article = ArticleFactory(edition=edition, title=title, body=body)
        article.services.add(*services)
        BlockFactory(rubric=rubric, position=position, article=article)
    return publish(edition)


def with_everything(number, **values):
    """An edition with all kinds of blocks; each table has `number` rows, and there are as many articles."""
    edition = EditionFactory(**{"month": OCTOBER, **values})
    rollout = RolloutReportFactory(illustrative=edition.illustrative)
    projects = ProjectReportFactory(illustrative=edition.illustrative)
    LegendEntryFactory(report=projects)
    rubric = RubricFactory(edition=edition)
    BlockFactory(rubric=rubric)
    BlockFactory(rubric=rubric, rollout_report=rollout)
    BlockFactory(rubric=rubric, project_report=projects)
    for _ in range(number):
        service = ServiceFactory()
        CatalogueRowFactory(edition=edition, service=service)
        CoverageRowFactory(report=rollout, service=service, footnote=RolloutFootnoteFactory(report=rollout))
        footnote = ProjectFootnoteFactory(report=projects)
        ProjectRowFactory(report=projects, project=ProjectFactory(service=service), footnote=footnote)
        article = ArticleFactory(edition=edition)
        article.services.add(service)
        BlockFactory(rubric=RubricFactory(edition=edition), article=article)
    publish(rollout)
    publish(projects)
    return publish(edition)


def correct(thing, note="Zahlendreher.", **values):
    """Publish a Berichtigung that gives a published row these values."""
    Correction.declare(note)
    type(thing).objects.filter(pk=thing.pk).update(**values)


def title_of(response) -> str:
    return re.search("<title>(.*?)</title>", response.content.decode())[1]


def headings_of(response) -> list[tuple[int, str]]:
    """Level and words of the headings in the page's main part."""
    main = response.content.decode().partition("<main")[2]
    found = re.findall(r"<h([1-6])[^>]*>(.*?)</h\1>", main, re.DOTALL)
    return [(int(level), re.sub("<[^>]+>", "", words)) for level, words in found]


def ids_of(response) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', response.content.decode())


# --- the archive


def test_the_archive_lists_editions_newest_first_with_their_dates(client):
    rollout, projects = RolloutReportFactory(date="2022-10-05"), ProjectReportFactory(date="2022-10-14")
    old = EditionFactory(month=OCTOBER)
    rubric = RubricFactory(edition=old)
    BlockFactory(rubric=rubric, rollout_report=rollout)
    BlockFactory(rubric=rubric, project_report=projects)
    for _ in range(2):
        BlockFactory(rubric=rubric, article=ArticleFactory(edition=old))
    publish(old)
    published(month=datetime.date(2023, 9, 1), label="Ausgabe IX / 2023")
    EditionFactory(month=datetime.date(2023, 10, 1))

    page = client.get("/ausgaben/")

    assert rows_of(page)[1:] == [
        ["Ausgabe IX / 2023, September 2023", "–", "–", "0", "–"],
        ["Ausgabe Oktober 2022", "05.10.2022", "14.10.2022", "2", "–"],
    ]
    assert [link for link in links_of(page) if not link.startswith("/daten/")] == [
        "/abonnement/",
        "/ausgaben/2023-09/",
        "/ausgaben/2022-10/",
        "/ausgaben/vergleich/",
    ]


def test_the_archive_lists_examples_apart_and_marked(client):
    published(month=OCTOBER)
    published(month=datetime.date(2022, 12, 1), illustrative=True)
    page = client.get("/ausgaben/")
    assert [link for link in links_of(page) if not link.startswith("/daten/")] == [
        "/abonnement/",
        "/ausgaben/2022-10/",
        "/ausgaben/2022-12/",
    ]
    assert headings_of(page) == [(1, "Ausgaben"), (2, "Beispieldaten")]
    assert [row[0] for row in rows_of(page) if row[0] != "Ausgabe"] == [
        "Ausgabe Oktober 2022",
        "Ausgabe Dezember 2022 (Beispieldaten)",
    ]


def publish_months(number: int) -> list[str]:
    """As many editions, one of each month up to October 2022; their addresses, the newest first."""
    months = [2022 * 12 + 9 - place for place in range(number)]
    editions = [published(month=datetime.date(month // 12, month % 12 + 1, 1)) for month in months]
    return [edition.get_absolute_url() for edition in editions]


def editions_in(page) -> list[str]:
    return [link for link in links_of(page) if re.fullmatch(r"/ausgaben/\d{4}-\d\d/", link)]


def test_as_many_editions_as_are_listed_at_once_are_no_matter_of_years(client):
    addresses = publish_months(MOST_AT_ONCE)
    for address in ("/ausgaben/", "/ausgaben/?jahr=2022"):
        page = client.get(address)
        assert editions_in(page) == addresses
        assert "jahr=2022#ausgabe-2022-10" in page.content.decode()  # a row is cited for good
        assert not [link for link in links_of(page) if link.startswith("?")]


def test_of_more_editions_the_newest_are_listed_and_each_year_by_itself(client):
    addresses = publish_months(MOST_AT_ONCE + 12)
    published(month=datetime.date(2022, 12, 1), illustrative=True)
    page = client.get("/ausgaben/")
    assert editions_in(page) == [*addresses[:MOST_AT_ONCE], "/ausgaben/2022-12/"]
    assert [link for link in links_of(page) if link.startswith("?")] == [
        "?jahr=2022",
        "?jahr=2021",
        "?jahr=2020",
    ]
    assert 'href="#ausgabe-2022-12"' in page.content.decode()  # an example is listed nowhere else
    older = client.get("/ausgaben/", {"jahr": "2021"})
    assert editions_in(older) == [address for address in addresses if "/2021-" in address]
    assert (headings_of(older), title_of(older)) == ([(1, "Ausgaben 2021")], "Ausgaben 2021 – OZG-Status")
    assert '<link rel="canonical" href="https://ozgstatus.example.org/ausgaben/?jahr=2021">' in (
        older.content.decode()
    )
    assert "/ausgaben/" in links_of(older)  # back to the newest
    assert {"/ausgaben/vergleich/", "/daten/ausgaben/alle.csv"} < set(links_of(older))


@pytest.mark.parametrize("year", ["1999", "x", "20211", "%25", ""])
def test_a_year_without_editions_is_passed_over(client, year):
    addresses = publish_months(MOST_AT_ONCE + 1)
    assert editions_in(client.get(f"/ausgaben/?jahr={year}")) == addresses[:MOST_AT_ONCE]


def test_of_many_editions_all_can_be_compared_by_year(client):
    addresses = publish_months(MOST_AT_ONCE + 1)
    html = client.get("/ausgaben/vergleich/").content.decode()
    options = [f"/ausgaben/{month}/" for month in re.findall(r'<option value="([^"]+)"', html)]
    assert options == addresses * 2
    assert re.findall(r'<optgroup label="(\d+)">', html) == ["2022", "2021"] * 2


def test_few_editions_to_compare_are_one_list(client):
    publish_months(2)
    published(month=datetime.date(2022, 12, 1), label="<b>Ausgabe</b> 12", illustrative=True)
    html = client.get("/ausgaben/vergleich/?von=2022-10").content.decode()
    assert re.search(r'<select id="von" name="von">(.*?)</select>', html)[1] == (
        '<option value="2022-12">&lt;b&gt;Ausgabe&lt;/b&gt; 12 (Beispieldaten)</option>'
        '<option value="2022-10" selected>Ausgabe Oktober 2022</option>'
        '<option value="2022-09">Ausgabe September 2022</option>'
    )


def test_an_archive_without_editions_says_so(client):
    EditionFactory()
    page = client.get("/ausgaben/")
    assert "Es ist noch keine Ausgabe erschienen." in text_of(page)
    assert links_of(page) == ["/abonnement/", "/leistungen/"]


# --- an edition


def test_the_contents_lead_to_every_block_in_print_order(client):
    with_everything(1)
    page = client.get("/ausgaben/2022-10/")
    contents = [link[1:] for link in links_of(page) if link.startswith("#")][:4]
    assert contents == ["produktiv", "rollout", "projekte", "beitrag-1"]
    assert [name for name in ids_of(page) if name in contents] == contents


def test_every_link_within_an_edition_has_its_target_and_every_id_is_unique(client):
    edition = EditionFactory(month=OCTOBER)
    rubric = RubricFactory(edition=edition)
    for number in range(2):
        rollout, projects = RolloutReportFactory(), ProjectReportFactory()
        note, remark = RolloutFootnoteFactory(report=rollout), ProjectFootnoteFactory(report=projects)
        CoverageRowFactory(report=rollout, position=1, footnote=note)
        ProjectRowFactory(report=projects, position=1, footnote=remark)
        BlockFactory(rubric=rubric, position=10 * number, rollout_report=rollout)
        BlockFactory(rubric=rubric, position=10 * number + 1, project_report=projects)
    publish(edition)

    page = client.get("/ausgaben/2022-10/")

    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    ids, targets = ids_of(page), re.findall(r'<a [^>]*href="#([^"]+)"', main)
    assert len(ids) == len(set(ids))
    assert len(targets) == 4 + 3 * 4  # the contents; per table a mark, a way back and the address of the row
    assert set(targets) <= set(ids)


def test_headings_inside_texts_never_skip_or_repeat_a_level(client):
    body = "<p>Vorab</p><h3>Förderung</h3><p>Was</p><h4>Ausnahmen</h4><p>Wer nicht</p>"
    with_articles("Beitrag", body=body, opening="<h4>Sehr geehrte Damen</h4>", hints="<h3>Kontakt</h3>")

    page = client.get("/ausgaben/2022-10/")
    assert headings_of(page) == [
        (1, "Ausgabe Oktober 2022"),
        (2, "Inhalt"),
        (2, "Sehr geehrte Damen"),
        (2, "Aktuelles"),
        (3, "Beitrag"),
        (4, "Förderung"),
        (5, "Ausnahmen"),
        (2, "Hinweise"),
        (3, "Kontakt"),
    ]
    assert headings_of(client.get("/ausgaben/2022-10/beitrag/")) == [
        (1, "Beitrag"),
        (2, "Förderung"),
        (3, "Ausnahmen"),
    ]


def test_an_edition_with_all_its_parts_has_an_outline_without_gaps(client):
    with_everything(1)
    levels = [level for level, _ in headings_of(client.get("/ausgaben/2022-10/"))]
    assert levels == [1, 2, 2, 3, 3, 3, 4, 2, 3]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_text_that_looks_like_a_heading_stays_text():
    assert prose_below("<p>&lt;h3&gt; ist ein Element</p>", 3) == "<p>&lt;h3&gt; ist ein Element</p>"


def test_what_a_text_may_not_hold_is_removed():
    assert prose_below('<h3>Ja</h3><script>alert(1)</script><p style="x">Text</p>', 1) == (
        "<h2>Ja</h2><p>Text</p>"
    )


def test_the_catalogue_shows_months_parts_and_addresses_as_printed(client):
    edition = EditionFactory(month=OCTOBER)
    row = {"edition": edition, "level": "landkreise"}
    CatalogueRowFactory(
        **row,
        label="Bestattungswesen",
        parts=["Leichenpass"],
        parts_open=True,
        service=ServiceFactory(name="B"),
    )
    CatalogueRowFactory(**row, label="BAföG", month=None, address="https://www.bafoeg-digital.de")
    CatalogueRowFactory(
        **row | {"level": "gemeinden"}, label="Jagdschein", kind="planned", month="2022-11-01"
    )
    rubric = RubricFactory(edition=edition)
    BlockFactory(rubric=rubric)
    BlockFactory(rubric=rubric, kind="planned")
    publish(edition)

    page = client.get("/ausgaben/2022-10/")

    assert rows_of(page) == [
        ["Leistung", "verfügbar seit"],
        ["Bestattungswesen, u.a.Leichenpass", "09/2022"],
        ["BAföGhttps://www.bafoeg-digital.de", "keine Angabe"],
        ["Leistung", "Fertigstellung geplant in"],
        ["Jagdschein", "11/2022"],
    ]
    assert "im Vollzug der Landkreise (Landkreise und Kreisfreie Städte)" in text_of(page)
    assert {"/leistungen/b/", "https://www.bafoeg-digital.de"} <= set(links_of(page))


def test_a_list_that_names_authorities_is_a_numbered_table_with_one_cell_per_authority(client):
    edition = EditionFactory(month=OCTOBER)
    for label, authority in [
        ("Ummeldung", "Zulassung"),
        ("Plakette", "Zulassung"),
        ("Wohngeld", "Sozialamt"),
    ]:
        CatalogueRowFactory(edition=edition, label=label, authority_label=authority)
    BlockFactory(rubric__edition=edition)
    publish(edition)

    page = client.get("/ausgaben/2022-10/")

    assert rows_of(page) == [
        ["Nr.", "zuständige Behörde", "Leistung", "verfügbar seit"],
        ["1", "Zulassung", "Ummeldung", "09/2022"],
        ["2", "Plakette", "09/2022"],
        ["3", "Sozialamt", "Wohngeld", "09/2022"],
    ]
    spans = re.findall(r'rowspan="(\d+)">([^<]+)<', page.content.decode())
    assert spans == [("2", "Zulassung"), ("1", "Sozialamt")]


def test_a_list_without_rows_says_so(client):
    edition = EditionFactory(month=OCTOBER)
    BlockFactory(rubric__edition=edition)
    publish(edition)
    assert "Diese Liste hat keine Einträge." in text_of(client.get("/ausgaben/2022-10/"))


def test_the_tables_of_both_reports_stand_in_the_edition_with_their_stand(client):
    rollout = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    projects = ProjectReportFactory(date=datetime.date(2022, 10, 14))
    row = {"report": rollout, "label": "Wahlschein", "share_authorities": 16}
    CoverageRowFactory(**row, count=48, share_population=None)
    CoverageRowFactory(
        report=rollout,
        label="Berechnet",
        origin="computed",
        denominator=309,
        register_date=datetime.date(2021, 12, 31),
    )
    ProjectRowFactory(report=projects, label="Verkehrswert", lb="13", phase_la="done")
    rubric = RubricFactory(edition__month=OCTOBER)
    BlockFactory(rubric=rubric, title="Roll-out", rollout_report=rollout)
    BlockFactory(rubric=rubric, title="Projekte", project_report=projects)
    publish(rubric.edition)

    page = client.get("/ausgaben/2022-10/")

    unknown = ["keine Angabe"] * 5
    rows = [row for row in rows_of(page) if row[0] in ("Wahlschein", "Berechnet", "13")]
    assert rows == [
        ["Wahlschein", "48", "16 %", "keine Angabe"],
        ["Berechnet", "48 von 309", "16 %", "59 %"],
        ["13", "Verkehrswert", "abgeschlossen", *unknown, ""],
    ]
    assert "Roll-out: Stand 05.10.2022 Projekte: Stand 14.10.2022" in text_of(page)
    assert {"/rollout/2022-10-05/", "/projekte/2022-10-14/"} <= set(links_of(page))


def test_an_article_stands_in_the_edition_and_leads_to_its_page(client):
    with_articles("Neu", body="<p>Der Text.</p>", services=[ServiceFactory(name="Sozialpass")])
    page = client.get("/ausgaben/2022-10/")
    assert "Neu Der Text." in text_of(page)
    assert "/ausgaben/2022-10/neu/" in links_of(page)


def test_the_end_of_the_edition_shows_what_was_printed_there(client):
    SiteFactory(cofinancing="Mitfinanziert heute.")
    published(
        month=OCTOBER,
        next_edition_text="<p>Der nächste erscheint im Dezember.</p>",
        cofinancing="Mitfinanziert damals.",
        hints="<p>Schreiben Sie uns.</p>",
        imprint="<p>Herausgeberin</p>",
        liability="<p>Haftungshinweis: keine.</p>",
        privacy="<p>Zur Erklärung</p>",
    )
    end = text_of(client.get("/ausgaben/2022-10/")).partition("Nächster OZG-Newsletter ")[2]
    assert end.startswith(
        "Der nächste erscheint im Dezember. Mitfinanziert damals. Hinweise Schreiben Sie uns. "
        "Impressum Herausgeberin Haftungshinweis: keine. Zur Erklärung"
    )


def test_the_cofinancing_sentence_is_not_repeated_where_the_foot_of_the_page_has_it(client):
    SiteFactory(cofinancing="Mitfinanziert.")
    published(month=OCTOBER, cofinancing="Mitfinanziert.")
    assert client.get("/ausgaben/2022-10/").content.decode().count("Mitfinanziert.") == 1


def test_the_next_edition_is_announced_by_its_date_where_there_is_no_text(client):
    published(month=OCTOBER, next_edition_on=datetime.date(2022, 12, 5))
    assert "Die nächste Ausgabe erscheint am 5. Dezember 2022." in text_of(client.get("/ausgaben/2022-10/"))


def test_what_an_edition_does_not_have_gets_no_heading(client):
    published(month=OCTOBER)
    assert headings_of(client.get("/ausgaben/2022-10/")) == [(1, "Ausgabe Oktober 2022"), (2, "Inhalt")]


def test_label_month_and_day_of_publication_stand_on_top(client):
    edition = EditionFactory(month=datetime.date(2023, 9, 1), label="Ausgabe IX / 2023")
    EditionPublication.objects.create(edition=edition, published_on=datetime.date(2023, 9, 4))
    page = client.get("/ausgaben/2023-09/")
    assert text_of(page).startswith(
        "Alle Ausgaben Ausgabe IX / 2023 September 2023 Veröffentlicht am 04.09.2023"
    )


def test_an_edition_leads_to_the_real_ones_around_it(client):
    for month in (9, 10, 11):
        published(month=datetime.date(2022, month, 1))
    for month in (8, 12):
        published(month=datetime.date(2022, month, 1), illustrative=True)
    EditionFactory(month=datetime.date(2023, 1, 1))

    def around(month):
        page = client.get(f"/ausgaben/2022-{month:02}/")
        return [
            link for link in links_of(page) if link.startswith("/ausgaben/2022") and "vergleich" not in link
        ]

    assert around(10) == ["/ausgaben/2022-09/", "/ausgaben/2022-11/"]
    assert around(9) == ["/ausgaben/2022-10/"]
    assert around(11) == ["/ausgaben/2022-10/"]
    assert around(12) == ["/ausgaben/2022-11/"]


def test_paper_says_where_it_comes_from_and_of_when_the_figures_are(client, settings):
    SiteFactory(name="OZG-Status", notice="Nur eine Demonstration")
    edition = EditionFactory(month=OCTOBER)
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    BlockFactory(rubric__edition=edition, title="Stand des Roll-Outs", rollout_report=report)
    publish(edition)
    address = f"{settings.SITE_URL}/ausgaben/2022-10/"
    printed = (
        f"Gedruckt aus OZG-Status, {address}, Stand des Roll-Outs: Stand 05.10.2022. Nur eine Demonstration"
    )
    assert printed in client.get("/ausgaben/2022-10/").content.decode()


def test_a_way_back_to_the_contents_stands_before_every_rubric_but_the_first(client):
    edition = EditionFactory(month=OCTOBER)
    for position in range(3):
        rubric = RubricFactory(edition=edition, position=position, title=f"Rubrik {position}")
        BlockFactory(rubric=rubric, article=ArticleFactory(edition=edition, title=f"Beitrag {position}"))
    publish(edition)
    page = client.get("/ausgaben/2022-10/")
    text = text_of(page)
    assert text.count("Zum Inhaltsverzeichnis") == 2
    assert "Zum Inhaltsverzeichnis Rubrik 1" in text
    assert "Zum Inhaltsverzeichnis Rubrik 2" in text
    assert "contents-heading" in ids_of(page)


def test_corrections_of_an_edition_and_of_its_reports_are_shown(client):
    edition = EditionFactory(month=OCTOBER)
    report = RolloutReportFactory()
    row = CoverageRowFactory(report=report, count=48)
    elsewhere = CoverageRowFactory()
    publish(elsewhere.report)
    BlockFactory(rubric__edition=edition, rollout_report=report)
    publish(report)
    publish(edition)
    assert "Berichtig" not in text_of(client.get("/ausgaben/2022-10/"))
    correct(row, note="Zahlendreher in der Zeile.", count=84)
    correct(elsewhere, note="Andere Tabelle.", count=1)
    correct(edition, note="Neuer Termin.", next_edition_on="2022-12-12")

    page = client.get("/ausgaben/2022-10/")

    assert (2, "Berichtigungen") in headings_of(page)
    text = text_of(page)
    assert f"Zahlendreher in der Zeile. Zeile „{row.label}“, Anzahl: bisher 48, neu 84" in text
    assert "Neuer Termin. Ausgabe, nächste Ausgabe am: bisher leer, neu 12.12.2022" in text
    assert "Andere Tabelle." not in text
    assert "#corrections-heading" in links_of(page)


# --- an article


def test_an_article_has_a_page_with_its_edition_rubric_and_services(client):
    with_articles("Vorher", "Neu", body="<p>Der Text.</p>", services=[ServiceFactory(name="Sozialpass")])
    page = client.get("/ausgaben/2022-10/neu/")
    assert text_of(page).startswith("Ausgabe Oktober 2022 Neu Aktuelles, Oktober 2022 Der Text.")
    assert text_of(page).endswith("Leistungen in diesem Beitrag Sozialpass")
    assert links_of(page) == [
        "/ausgaben/2022-10/#beitrag-2",
        "/ausgaben/2022-10/vorher/",
        "/leistungen/sozialpass/",
    ]
    assert 'id="beitrag-2"' in client.get("/ausgaben/2022-10/").content.decode()


def test_an_article_leads_to_those_before_and_after_it_in_print(client):
    edition = EditionFactory(month=OCTOBER)
    later, earlier = RubricFactory(edition=edition, position=2), RubricFactory(edition=edition, position=1)
    for title, rubric, position in [("Drei", later, 1), ("Zwei", earlier, 2), ("Eins", earlier, 1)]:
        BlockFactory(rubric=rubric, position=position, article=ArticleFactory(edition=edition, title=title))
    BlockFactory(rubric=earlier, position=3)
    publish(edition)

    def around(slug):
        return links_of(client.get(f"/ausgaben/2022-10/{slug}/"))[1:]

    assert around("eins") == ["/ausgaben/2022-10/zwei/"]
    assert around("zwei") == ["/ausgaben/2022-10/eins/", "/ausgaben/2022-10/drei/"]
    assert around("drei") == ["/ausgaben/2022-10/zwei/"]


def test_an_article_shows_its_own_corrections_only(client):
    edition = with_articles("Eins", "Zwei")
    correct(edition.articles.get(slug="eins"), note="Namen ergänzt.", body="<p>Neu.</p>")
    assert "Namen ergänzt." in text_of(client.get("/ausgaben/2022-10/eins/"))
    assert "Berichtig" not in text_of(client.get("/ausgaben/2022-10/zwei/"))


# --- examples and drafts


def test_examples_are_marked_on_every_page_and_in_its_title(client):
    with_articles("Neu", month=datetime.date(2022, 12, 1), illustrative=True)
    for address in ("/ausgaben/2022-12/", "/ausgaben/2022-12/neu/"):
        page = client.get(address)
        assert EXAMPLE in text_of(page)
        assert title_of(page).startswith("Beispieldaten: ")


def test_real_editions_carry_no_mark_of_examples(client):
    with_articles("Neu")
    for address in ("/ausgaben/2022-10/", "/ausgaben/2022-10/neu/"):
        assert "Beispieldaten" not in client.get(address).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        *("/ausgaben/2022-11/", "/ausgaben/2022-11/entwurf/", "/ausgaben/2022-13/", "/ausgaben/0000-01/"),
        *("/ausgaben/2021-01/", "/ausgaben/2022-10/unbekannt/", "/ausgaben/2022-10/entwurf/"),
        *("/ausgaben/2022-10/ohne-platz/", "/ausgaben/22-10/", "/ausgaben/oktober/"),
    ],
)
def test_drafts_and_what_never_was_are_404(client, address):
    public = EditionFactory(month=OCTOBER)
    ArticleFactory(edition=public, title="ohne Platz")
    publish(public)
    draft = EditionFactory(month=datetime.date(2022, 11, 1))
    BlockFactory(rubric__edition=draft, article=ArticleFactory(edition=draft, title="Entwurf"))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/ausgaben/", "/ausgaben/2022-10/", "/ausgaben/2022-10/neu/"])
def test_pages_only_answer_to_reading(client, address):
    with_articles("Neu")
    assert {method: getattr(client, method)(address).status_code for method in METHODS} == METHODS


METHODS = {"get": 200, "head": 200, "post": 405, "put": 405, "patch": 405, "delete": 405}


# --- queries


@pytest.mark.parametrize("number", [1, 3])
def test_an_edition_makes_eight_queries_however_many_rows_it_has(client, django_assert_num_queries, number):
    SiteFactory()
    with_everything(number)
    with django_assert_num_queries(8):
        page = client.get("/ausgaben/2022-10/")
    assert page.content.decode().count("<tr id=") == 3 * number


@pytest.mark.parametrize("number", [1, 3])
def test_an_article_makes_five_queries_however_many_there_are(client, django_assert_num_queries, number):
    SiteFactory()
    services = [ServiceFactory(name=f"Leistung {n}") for n in range(number)]
    with_articles(*[f"Beitrag {n}" for n in range(number)], services=services)
    with django_assert_num_queries(5):
        page = client.get("/ausgaben/2022-10/beitrag-0/")
    assert sum(link.startswith("/leistungen/") for link in links_of(page)) == number


@pytest.mark.parametrize("number", [1, 3])
def test_the_archive_makes_three_queries_however_many_editions_there_are(
    client, django_assert_num_queries, number
):
    SiteFactory()
    for count in range(number):
        with_everything(1, month=datetime.date(2022, 1 + count, 1))
    with django_assert_num_queries(3):
        page = client.get("/ausgaben/")
    assert len(rows_of(page)) == 1 + number
