"""Two people at one page; A and B open it at the same time, and one of them sends first."""

import datetime
from concurrent.futures import ThreadPoolExecutor, TimeoutError

import pytest
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.urls import reverse

from catalogue.models import Service
from newsletter.models import Article, Rubric
from ozgstatus.models import Page, Site
from rollout.models import CoverageRow, RolloutReport
from stand.conflicts import conflicts
from stand.models import Correction, CorrectionChange
from tests.admin import add_row, client_of, errors, filled, page_of, row_errors, two_editors
from tests.factories import (
    ArticleFactory,
    CoverageRowFactory,
    EditionFactory,
    FundingFactory,
    LegendEntryFactory,
    PageFactory,
    ProjectFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    ServicePartFactory,
    SiteFactory,
    publish,
)

pytestmark = pytest.mark.django_db
ROWS = 1  # the place of the table of rows on a report's page


def address(obj):
    return page_of(obj, "change")


@pytest.fixture
def pair():
    return two_editors()


def both_open(pair, obj):
    """What each of the two has on the screen."""
    return [filled(client.get(address(obj))) for client in pair]


def table_messages(response, place):
    return list(response.context["inline_admin_formsets"][place].formset.non_form_errors())


def report_of_two():
    """A report with two rows."""
    report = RolloutReportFactory(note="alt")
    rows = [
        CoverageRowFactory(report=report, label=label, position=position, count=48)
        for position, label in enumerate("AB", start=1)
    ]
    return report, rows


def test_a_conflict_is_what_both_changed_to_different_values():
    seen = {"a": 1, "b": 1, "c": 1, "d": 1}
    sent = {"a": 2, "b": 2, "c": 1, "d": 2}
    now = {"a": 3, "b": 2, "c": 3, "d": 1}
    assert conflicts(seen, sent, now) == {"a": (3, 2)}


# --- fields of the form; pairwise with the other ways of writing a row: test_crossed_edits.py ---


@pytest.mark.parametrize("first", [0, 1], ids=["A-first", "B-first"])
def test_the_same_field_with_different_values_comes_back_with_both(pair, first):
    report, _ = report_of_two()
    typed = ["Text von A", "Text von B"]
    pages = both_open(pair, report)
    second = 1 - first
    assert pair[first].post(address(report), pages[first] | {"note": typed[first]}).status_code == 302

    response = pair[second].post(address(report), pages[second] | {"note": typed[second]})

    assert response.status_code == 200
    assert RolloutReport.objects.get().note == typed[first]
    [message] = errors(response)["note"]
    assert message.startswith(f"Inzwischen geändert: „{typed[first]}“ ({['Redaktion', 'Berta'][first]}, ")
    assert f"Uhr). Ihre Eingabe: „{typed[second]}“. Bitte entscheiden Sie" in message
    assert filled(response)["note"] == [typed[second]]

    assert pair[second].post(address(report), filled(response)).status_code == 302
    assert RolloutReport.objects.get().note == typed[second]


def test_the_same_field_with_the_same_value_is_saved_without_a_word(pair):
    report, _ = report_of_two()
    for client, page in zip(pair, both_open(pair, report), strict=True):
        assert client.post(address(report), page | {"note": "neu"}).status_code == 302
    assert RolloutReport.objects.get().note == "neu"


def test_a_field_that_nobody_touched_is_kept_also_when_the_form_came_back(pair):
    """A's page shows B's field as it was; sending it again after an error must not put the old value back."""
    report, _ = report_of_two()
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"note": "von B", "rows-1-count": "51"})
    response = pair[0].post(address(report), mine | {"rows-0-count": "keine Zahl"})
    assert list(row_errors(response, ROWS)[0]) == ["count"]
    assert pair[0].post(address(report), filled(response) | {"rows-0-count": "50"}).status_code == 302
    report.refresh_from_db()
    assert report.note == "von B"
    assert list(report.rows.values_list("count", flat=True)) == [50, 51]


def test_a_third_change_after_a_conflict_is_a_conflict_again(pair):
    report, _ = report_of_two()
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"note": "eins"})
    response = pair[0].post(address(report), mine | {"note": "meins"})
    pair[1].post(address(report), filled(pair[1].get(address(report))) | {"note": "zwei"})
    [message] = errors(pair[0].post(address(report), filled(response)))["note"]
    assert message.startswith("Inzwischen geändert: „zwei“ (Berta, ")


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_wait_for_each_other():
    report, _ = report_of_two()
    client = client_of("admin", is_superuser=True)
    page = filled(client.get(address(report))) | {"note": "meins"}

    def send():
        try:
            return client.post(address(report), page)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            RolloutReport.objects.filter(pk=report.pk).update(note="ihres")
            answer = pool.submit(send)
            with pytest.raises(TimeoutError):
                answer.result(timeout=1)
        response = answer.result(timeout=10)
    assert errors(response)["note"][0].startswith("Inzwischen geändert: „ihres“ (ohne Konto, ")
    assert RolloutReport.objects.get().note == "ihres"


# --- every kind of page ---


def edition_with_rubric():
    return RubricFactory(title="alt").edition


def article():
    return ArticleFactory(title="alt", slug="bleibt")


PAGES = {
    "service": (lambda: ServiceFactory(name="alt"), "name", "platform", "amt24"),
    "part": (lambda: ServicePartFactory(name="alt").service, "parts-0-name", "name", "anders"),
    "funding": (lambda: FundingFactory(title="alt"), "title", "exclusions", "anders"),
    "project": (lambda: ProjectFactory(name="alt"), "name", "slug", "anders"),
    "matrix": (lambda: ProjectRowFactory(label="alt").report, "rows-0-label", "rows-0-phase_la", "done"),
    "legend": (lambda: LegendEntryFactory(text="alt").report, "legend-0-text", "note", "anders"),
    "footnote": (lambda: RolloutFootnoteFactory(text="alt").report, "footnotes-0-text", "note", "anders"),
    "edition": (lambda: EditionFactory(label="alt"), "label", "liability", "<p>anders</p>"),
    "rubric-row": (edition_with_rubric, "rubrics-0-title", "label", "anders"),
    "rubric": (lambda: RubricFactory(title="alt"), "title", "introduction", "<p>anders</p>"),
    "article": (article, "title", "body", "<p>anders</p>"),
    "site": (lambda: SiteFactory(lead="alt"), "lead", "notice", "anders"),
    "page": (lambda: PageFactory(title="alt"), "title", "body", "<p>anders</p>"),
}


@pytest.mark.parametrize("kind", PAGES)
def test_no_page_overwrites_silently_and_every_page_keeps_both(kind):
    make, name, other, value = PAGES[kind]
    obj = make()
    pair = [client_of("eins", is_superuser=True), client_of("zwei", is_superuser=True)]
    mine, theirs = both_open(pair, obj)
    assert pair[1].post(address(obj), theirs | {name: "von B"}).status_code == 302
    if name != "rubrics-0-title":
        response = pair[0].post(address(obj), mine | {name: "von A"})
        assert response.status_code == 200
        assert "Inzwischen geändert: „von B“ (zwei, " in response.content.decode()
    assert filled(pair[0].get(address(obj)))[name] == ["von B"]

    assert pair[0].post(address(obj), mine | {other: value}).status_code == 302
    page = filled(pair[0].get(address(obj)))
    assert (page[name], page[other]) == (["von B"], [value])


def test_choices_of_several_are_compared_as_one_value(pair):
    obj = article()
    one, two = ServiceFactory(name="Eins"), ServiceFactory(name="Zwei")
    mine, theirs = both_open(pair, obj)
    pair[1].post(address(obj), theirs | {"services": [two.pk]})
    response = pair[0].post(address(obj), mine | {"services": [one.pk]})
    [message] = errors(response)["services"]
    assert message.startswith("Inzwischen geändert: „Zwei“ (Berta, ") and "Ihre Eingabe: „Eins“" in message
    assert pair[0].post(address(obj), mine | {"title": "neu"}).status_code == 302
    assert list(Article.objects.get().services.all()) == [two]


def test_an_address_that_somebody_else_moved_stays_moved(pair):
    service = ServiceFactory(name="Sozialpass")
    mine, theirs = both_open(pair, service)
    pair[1].post(address(service), theirs | {"slug": "neu"})
    assert pair[0].post(address(service), mine | {"printed_name": "Paß"}).status_code == 302
    service.refresh_from_db()
    assert (service.slug, service.printed_name) == ("neu", "Paß")


# --- rows that come and go ---


def test_a_row_that_somebody_deleted_and_nobody_else_changed_stays_deleted(pair):
    report, rows = report_of_two()
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"rows-0-DELETE": "on"})
    assert pair[0].post(address(report), mine | {"rows-1-count": "50"}).status_code == 302
    assert list(report.rows.values_list("pk", "count")) == [(rows[1].pk, 50)]


def test_what_was_typed_into_a_deleted_row_comes_back_as_a_new_one(pair):
    report, _ = report_of_two()
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"rows-0-DELETE": "on"})
    response = pair[0].post(address(report), mine | {"rows-0-count": "50", "rows-1-count": "51"})
    assert response.status_code == 200
    assert list(report.rows.values_list("label", "count")) == [("B", 48)]
    [message] = row_errors(response, ROWS)[1]["__all__"]
    assert message.startswith("Diese Zeile wurde inzwischen gelöscht (Berta, ")
    page = filled(response)
    assert (page["rows-0-label"], page["rows-1-label"], page["rows-1-count"]) == (["B"], ["A"], ["50"])

    assert pair[0].post(address(report), page).status_code == 302
    assert list(report.rows.values_list("label", "count")) == [("B", 51), ("A", 50)]


def test_rows_that_both_added_are_both_there(pair):
    report, _ = report_of_two()
    for client, page, label in zip(pair, both_open(pair, report), ("neu von A", "neu von B"), strict=True):
        values = add_row(page, "rows", label=label, origin="surveyed", position=3)
        assert client.post(address(report), values).status_code == 302
    assert list(report.rows.values_list("label", flat=True)) == ["A", "B", "neu von B", "neu von A"]


def test_an_order_that_both_changed_is_asked_about(pair):
    report, _ = report_of_two()
    CoverageRowFactory(report=report, label="C", position=3)
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"rows-0-position": "2", "rows-1-position": "1"})
    response = pair[0].post(address(report), mine | {"rows-1-position": "3", "rows-2-position": "2"})
    [message] = table_messages(response, ROWS)
    assert message.startswith("Die Reihenfolge wurde inzwischen geändert (Berta, ")
    assert list(report.rows.values_list("label", flat=True)) == ["B", "A", "C"]
    assert pair[0].post(address(report), filled(response)).status_code == 302
    assert list(report.rows.values_list("label", flat=True)) == ["A", "C", "B"]


def test_an_order_that_somebody_else_changed_is_kept(pair):
    report, _ = report_of_two()
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"rows-0-position": "2", "rows-1-position": "1"})
    assert pair[0].post(address(report), mine | {"rows-0-count": "50"}).status_code == 302
    assert list(report.rows.values_list("label", "count")) == [("B", 48), ("A", 50)]


# --- published or deleted meanwhile ---


def test_an_article_whose_edition_was_published_meanwhile_keeps_what_was_typed(pair):
    obj = article()
    page = filled(pair[0].get(address(obj)))
    publish(obj.edition)
    response = pair[0].post(address(obj), page | {"title": "getippt"})
    assert "inzwischen veröffentlicht" in errors(response)["__all__"][0]
    assert filled(response)["title"] == ["getippt"]
    assert Article.objects.get().title == "alt"


def test_a_correction_names_only_what_its_author_changed(pair):
    report, _ = report_of_two()
    report = publish(report)
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs | {"note": "von B", "correction_note": "B"})
    assert pair[0].post(address(report), mine | {"correction_note": "A"}).status_code == 302
    assert list(CorrectionChange.objects.values_list("correction__note", "column_name")) == [("B", "note")]
    assert [correction.note for correction in Correction.objects.all()] == ["B"]


def test_what_was_deleted_meanwhile_is_said_to_be(pair):
    report, _ = report_of_two()
    page = filled(pair[0].get(address(report)))
    pair[1].post(reverse("admin:rollout_rolloutreport_delete", args=[report.pk]), {"post": "yes"})
    response = pair[0].post(address(report), page | {"note": "neu"})
    assert response.status_code == 302
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert told[0].startswith("Nicht gespeichert: Dies wurde inzwischen gelöscht (Berta, ")
    assert not RolloutReport.objects.exists()


# --- what the page carries ---


@pytest.mark.parametrize("seen", [None, "", "Unsinn", "a:b:c"])
def test_a_form_that_does_not_say_what_was_seen_is_not_saved_at_once(pair, seen):
    report, _ = report_of_two()
    page = filled(pair[0].get(address(report))) | {"note": "neu", "seen": seen}
    response = pair[0].post(
        address(report), {name: value for name, value in page.items() if value is not None}
    )
    assert "welche Werte Sie gesehen haben" in errors(response)["__all__"][0]
    assert RolloutReport.objects.get().note == "alt"
    assert pair[0].post(address(report), filled(response)).status_code == 302
    assert RolloutReport.objects.get().note == "neu"


def test_what_was_seen_of_one_thing_does_not_count_for_another(pair):
    one, other = ServiceFactory(), ServiceFactory()
    page = filled(pair[0].get(address(one))) | {"seen": filled(pair[0].get(address(other)))["seen"]}
    assert "welche Werte Sie gesehen haben" in errors(pair[0].post(address(one), page))["__all__"][0]


def test_a_form_sent_untouched_changes_nothing(pair):
    report, _ = report_of_two()
    CoverageRow.objects.filter(label="A").update(
        parts=["eins", "zwei"], register_date=datetime.date(2021, 12, 31)
    )
    before = list(CoverageRow.objects.values())
    mine, theirs = both_open(pair, report)
    pair[1].post(address(report), theirs)
    assert pair[0].post(address(report), mine).status_code == 302
    assert list(CoverageRow.objects.values()) == before
    assert {Page.objects.count(), Site.objects.count(), Rubric.objects.count(), Service.objects.count()} == {
        0
    }
