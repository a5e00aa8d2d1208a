"""The mail of the two editions of the fixtures, read with the standard library as a mail program reads it."""

import datetime
import re
import tracemalloc
from email.utils import parsedate_to_datetime
from itertools import pairwise

import pytest
from django.conf import settings
from django.test import override_settings

from newsletter.mailing.message import EditionMail
from newsletter.models import Edition, Subscriber
from newsletter.subscription.links import leave_address, manage_address
from tests.test_html import html_validate

from .mails import Elements, html_of, parsed, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_edition")]

OCTOBER, EXAMPLE = datetime.date(2022, 10, 1), datetime.date(2022, 12, 1)
BOTH = pytest.mark.parametrize("month", [OCTOBER, EXAMPLE])
MAILS: dict[datetime.date, EditionMail] = {}
ANNA = Subscriber(pk=1, address="anna@example.org", token="A" * 43)
BERT = Subscriber(pk=2, address="bert@example.org", token="B" * 43)


def mail_of(month) -> EditionMail:
    if month not in MAILS:
        MAILS[month] = EditionMail.of(Edition.objects.get(month=month))
    return MAILS[month]


def received(month, subscriber=ANNA):
    return parsed(mail_of(month).bytes_for(subscriber))


# --- the HTML part ---------------------------------------------------------------------------


def test_it_is_valid_html_but_for_the_styles_in_attributes_that_mail_programs_need(tmp_path):
    for month in (OCTOBER, EXAMPLE):
        (tmp_path / f"{month}.html").write_text(html_of(received(month)))
    found = html_validate(tmp_path, "--rule", "no-inline-style:off")
    assert (found.stdout, found.returncode) == ("", 0)


# --- both parts ------------------------------------------------------------------------------


@BOTH
def test_it_has_a_text_and_an_html_part_and_nothing_else(month):
    mail = received(month)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@BOTH
def test_both_parts_have_every_article_in_full(month):
    mail = received(month)
    shown = Elements(html_of(mail)).words, " ".join(text_of(mail).split())
    articles = Edition.objects.get(month=month).articles.filter(block__isnull=False)
    assert articles
    for article in articles:
        # sentences without a link, which each part writes in its own way
        paragraphs = re.findall("<p>([^<]+)</p>", article.body)
        for expected in [article.title, *paragraphs]:
            words = " ".join(expected.replace("&amp;", "&").split())
            assert [words in part for part in shown] == [True, True], words


@BOTH
def test_both_parts_have_cofinancing_imprint_links_to_leave_and_to_change(month):
    mail = received(month)
    html, text = Elements(html_of(mail)), text_of(mail)
    shown = html.words, " ".join(text.split())
    for sentence in (
        "Diese Maßnahme wird mitfinanziert durch Steuermittel",
        "Sächsische Anstalt für kommunale Datenverarbeitung (SAKD)",
        "Newsletter abbestellen",
        "Angaben ansehen oder ändern",
        "Demonstration, kein Angebot der SAKD",
    ):
        assert [sentence in part for part in shown] == [True, True], sentence
    for address in (leave_address(ANNA), manage_address(ANNA)):
        assert html.attributes("href").count(address) == 1
        assert f"\n{address}\n" in text


def test_the_disclaimer_of_the_edition_is_there():
    for part in (Elements(html_of(received(OCTOBER))).words, " ".join(text_of(received(OCTOBER)).split())):
        assert (
            "Haftungshinweis: Trotz sorgfältiger inhaltlicher Kontrolle übernehmen wir keine Haftung" in part
        )


def test_an_example_says_so_in_the_subject_and_before_anything_but_the_notice():
    mail = received(EXAMPLE)
    assert mail["Subject"] == "Beispieldaten: Beispielausgabe – OZG-Status Sachsen"
    assert text_of(mail).splitlines()[:3] == [
        "Demonstration, kein Angebot der SAKD",
        "",
        "Beispieldaten. Alle Zahlen, Zustände und Beiträge dieser Ausgabe sind",
    ]
    words = Elements(html_of(mail)).words
    assert words.index("Beispieldaten.") < words.index("OZG-Status Sachsen")


def test_what_is_real_is_not_called_an_example():
    mail = received(OCTOBER)
    assert mail["Subject"] == "Ausgabe Oktober 2022 – OZG-Status Sachsen"
    assert "Beispieldaten" not in html_of(mail) + text_of(mail)


# --- tables ----------------------------------------------------------------------------------


def test_the_first_edition_has_in_short_what_its_tables_hold():
    text = text_of(received(OCTOBER))
    lines = text.splitlines()
    assert "44 Einträge, im Vollzug der Landkreise 15, der Landkreise & Gemeinden 5," in lines
    place = lines.index("Zuletzt verfügbar (4)")
    assert lines[place + 2 : place + 7] == [
        "- Finanzielle Zuwendungen für Neugeborene: Gemeinden, verfügbar seit",
        "  10/2022",
        "- Sozialpass: Gemeinden, verfügbar seit 09/2022",
        "- Erstattung Verdienstausschuss für Katastrophenschutzseinheiten:",
        "  Landkreise, verfügbar seit 08/2022",
    ]
    assert "Geplant (3)" in lines
    assert "Über der Hälfte der Einwohner (4)" in lines
    assert "51 Einträge laufender OZG-Projekte in 19 LP." in lines
    assert "bisher" not in text.split("Produktiv nutzbare")[2].split("Amt24-Online-Antrag")[0]


def test_a_footnote_goes_with_the_figures_that_it_limits():
    for part in (Elements(html_of(received(OCTOBER))).words, " ".join(text_of(received(OCTOBER)).split())):
        row = part.split("48, 16 % der Behörden")[-1][:120]
        assert "Fußnote: Bisher wurden ausschließlich die Kreisfreien Städte" in row


def test_a_later_edition_has_what_changed_since_the_public_one_before():
    text = " ".join(text_of(received(EXAMPLE)).split())
    for expected in (
        "Fertiggestellt (1) - Flurstückverschmelzung: Gemeinden, verfügbar seit 11/2022",
        "Vorkaufsrecht bei Grundstücken: geplant in 02/2023 (bisher 10/2022)",
        "Stand: 01.12.2022 (bisher 05.10.2022) Änderungen gegenüber: Ausgabe Oktober 2022.",
        "Gestiegen (18)",
        "Gesunken (1)",
        "Gewerbeanzeige: Anzahl 71 (bisher 64), nach Behörden 18 % (bisher 16 %), "
        "nach Einwohnern 35 % (bisher 34 %)",
        "zuständige Behörden 13 (bisher keine Angabe)",
    ):
        assert expected in text, expected


@pytest.mark.parametrize(
    ("month", "addresses"),
    [
        (OCTOBER, ["/ausgaben/2022-10/#produktiv", "/ausgaben/2022-10/#geplant"]),
        (OCTOBER, ["/rollout/2022-10-05/", "/projekte/2022-10-14/", "/ausgaben/2022-10/"]),
        (EXAMPLE, ["/rollout/2022-12-01/", "/projekte/2022-12-02/", "/ausgaben/2022-12/"]),
    ],
)
def test_full_tables_and_articles_are_linked_on_the_site(month, addresses):
    mail = received(month)
    articles = Edition.objects.get(month=month).articles.filter(block__isnull=False)
    expected = {f"{settings.SITE_URL}{path}" for path in addresses}
    expected |= {f"{settings.SITE_URL}{article.get_absolute_url()}" for article in articles}
    assert expected <= set(Elements(html_of(mail)).attributes("href"))
    assert [address for address in expected if address not in text_of(mail)] == []


# --- HTML ------------------------------------------------------------------------------------


@BOTH
def test_it_asks_nobody_for_anything(month):
    html = html_of(received(month))
    elements = Elements(html)
    assert {name for name, _ in elements.found} & {
        "img",
        "link",
        "script",
        "iframe",
        "form",
        "object",
    } == set()
    assert [elements.attributes(name) for name in ("src", "srcset", "background", "poster")] == [
        [],
        [],
        [],
        [],
    ]
    assert re.findall(r"url\(|@import|@font-face|expression\(|javascript:", html) == []


@BOTH
def test_every_link_is_absolute(month):
    addresses = Elements(html_of(received(month))).attributes("href")
    assert len(addresses) > 20
    assert [address for address in addresses if not address.startswith(("https://", "mailto:"))] == []


@BOTH
def test_it_stays_below_100_kilobytes_also_as_it_is_sent(month):
    raw = mail_of(month).bytes_for(ANNA)
    assert len(html_of(parsed(raw)).encode()) < 100_000
    assert len(raw) < 100_000


@BOTH
def test_it_is_in_german_with_styles_in_attributes_and_rules_for_the_dark(month):
    html = html_of(received(month))
    elements = Elements(html)
    assert html.startswith("<!DOCTYPE html>")
    assert elements.attributes("lang") == ["de"]
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in elements.found
    assert re.findall("<style[^>]*>(.*)", html) == [":root { color-scheme: light dark; }"]
    assert "@media (prefers-color-scheme: dark)" in html
    assert all("style" in attributes for name, attributes in elements.found if name in ("p", "a", "h1", "h2"))


@BOTH
def test_tables_are_for_layout_only_and_headings_leave_no_level_out(month):
    elements = Elements(html_of(received(month)))
    tables = [attributes.get("role") for name, attributes in elements.found if name == "table"]
    levels = [int(name[1]) for name, _ in elements.found if re.fullmatch("h[1-6]", name)]
    assert set(tables) == {"presentation"}
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@BOTH
def test_a_mailbox_shows_the_first_headings_beside_the_subject(month):
    html = html_of(received(month))
    preheader = re.search(
        r'<div class="preheader" aria-hidden="true" style="display: none;[^>]*>([^&<]+)', html
    )[1]
    first = Edition.objects.get(month=month).blocks.filter(kind="article").in_print_order()[0]
    assert preheader.startswith(first.article.title[:60])
    assert preheader.strip("\u034f\u200c\u00a0 ") not in text_of(received(month))


# --- text ------------------------------------------------------------------------------------


@BOTH
def test_its_lines_are_short_but_for_addresses(month):
    lines = text_of(received(month)).splitlines()
    long = [line for line in lines if len(line) > 72 and not re.search(r"https?://\S{20,}", line)]
    assert long == []


@BOTH
def test_the_text_has_no_markup_left(month):
    text = text_of(received(month))
    assert re.findall(r"</?\w+[^>]*>|&\w+;|\u200c|\u034f", text) == []


# --- on the line -----------------------------------------------------------------------------


@BOTH
def test_every_line_is_ascii_shorter_than_998_and_ends_with_crlf(month):
    raw = mail_of(month).bytes_for(ANNA)
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    header, body = raw.split(b"\r\n\r\n", 1)
    assert max(map(len, header.split(b"\r\n"))) <= 200
    assert max(map(len, body.split(b"\r\n"))) <= 76


def test_its_headers_are_those_of_a_newsletter():
    mail = received(OCTOBER)
    host = "ozgstatus.example.org"
    moment = parsedate_to_datetime(mail["Date"])
    assert abs(moment - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=5)
    assert re.fullmatch(rf"<2022-10\.[0-9a-f]{{32}}@{host}>", mail["Message-ID"])
    assert {name: str(value) for name, value in mail.items() if name not in ("Date", "Message-ID")} == {
        "From": "ozgstatus@example.org",
        "To": "anna@example.org",
        "Subject": "Ausgabe Oktober 2022 – OZG-Status Sachsen",
        "List-Id": f"<newsletter.{host}>",
        "List-Unsubscribe": f"<{leave_address(ANNA)}>, <mailto:ozgstatus@example.org?subject={ANNA.token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "Content-Language": "de",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }


def test_the_message_id_is_one_per_edition_and_subscriber_and_names_nobody():
    again = EditionMail.of(Edition.objects.get(month=OCTOBER))
    one = mail_of(OCTOBER).message_id(ANNA)
    assert one == again.message_id(ANNA) == again.message_id(Subscriber(pk=1, address="new@example.org"))
    assert len({one, again.message_id(BERT), mail_of(EXAMPLE).message_id(ANNA)}) == 3
    assert "anna" not in one
    with override_settings(SECRET_KEY="another-key-another-key-another-key"):
        assert again.message_id(ANNA) != one


def test_somebody_who_is_not_stored_has_a_message_id_too():
    mail = mail_of(OCTOBER)
    ids = {mail.message_id(Subscriber(address=f"{name}@example.org")) for name in ("a", "a", "b")}
    assert len(ids) == 2


@BOTH
def test_django_makes_the_same_mail(month):
    ours, djangos = received(month), parsed(mail_of(month).message(ANNA).message().as_bytes())
    unlike = ("Date", "Content-Type")
    assert {name: value.strip() for name, value in ours.items() if name not in unlike} == {
        name: value.strip() for name, value in djangos.items() if name not in unlike
    }
    assert html_of(ours).strip() == html_of(djangos).strip()
    assert text_of(ours).strip() == text_of(djangos).strip()


# --- one subscriber after the other ----------------------------------------------------------


def test_each_subscriber_gets_the_own_links_and_those_of_nobody_else():
    for subscriber, other in ((ANNA, BERT), (BERT, ANNA)):
        mail = received(OCTOBER, subscriber)
        whole = f"{html_of(mail)}{text_of(mail)}{mail['List-Unsubscribe']}"
        assert whole.count(subscriber.token) == 6
        assert other.token not in whole
        assert ".invalid" not in whole


def test_a_subscriber_costs_no_query_and_no_rendering(django_assert_num_queries, monkeypatch):
    mail = mail_of(OCTOBER)
    monkeypatch.setattr("newsletter.mailing.message.render_to_string", None)
    monkeypatch.setattr("newsletter.mailing.message.INLINER", None)
    with django_assert_num_queries(0):
        mail.bytes_for(ANNA)
        mail.message(ANNA)


def test_a_thousand_mails_leave_nothing_in_memory():
    mail = mail_of(OCTOBER)

    def send(number):
        for _ in range(number):
            mail.bytes_for(ANNA)

    send(10)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    send(1000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000


def test_an_edition_is_composed_with_the_same_queries_whatever_it_holds(django_assert_num_queries):
    edition = Edition.objects.get(month=EXAMPLE)
    with django_assert_num_queries(15):
        EditionMail.of(edition)


def test_a_preview_is_the_mail_of_nobody():
    mail = mail_of(OCTOBER)
    html, text = mail.preview_html(), mail.preview_text()
    assert Elements(html).attributes("href").count(f"{settings.SITE_URL}/abonnement/") == 3
    assert text.count(f"\n{settings.SITE_URL}/abonnement/\n") == 2
    assert ".invalid" not in html + text
