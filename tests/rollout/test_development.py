"""The coverage of a service over the Stände, on its page: drawings, what is said of them, and the table."""

import datetime
import re

import pytest

from stand.querysets import MOST_ROWS
from stand.years import MOST_AT_ONCE
from tests.factories import CoverageRowFactory, RolloutReportFactory, ServiceFactory, publish
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
ADDRESS = "/leistungen/wohngeld/"
ONE_STAND = "Es gibt erst einen Stand. Ein einzelner Stand ist keine Entwicklung"
INTERRUPTED = "Wo die Linie sonst unterbrochen ist"


@pytest.fixture
def service():
    return ServiceFactory(name="Wohngeld")


def stand(date: str, service, *, illustrative=False, **figures):
    """A published Stand with a row of the service, or without one."""
    report = RolloutReportFactory(date=date, illustrative=illustrative)
    if service:
        CoverageRowFactory(report=report, service=service, label="Wohngeld", **figures)
    return publish(report)


def computed(denominator: int, register: str, **values) -> dict:
    return {"origin": "computed", "denominator": denominator, "register_date": register, **values}


def table(page) -> list[list[str]]:
    return [row for row in rows_of(page) if len(row) == 5 and row[0] != "Stand"]


def paths(page, line: int) -> list[str]:
    """Of the first drawing, the strokes of a line."""
    first = re.search('<svg class="chart-drawing".*?</figure>', page.content.decode(), re.DOTALL)[0]
    return re.findall(f'class="chart-line chart-{line}" d="([^"]+)"', first)


def test_one_stand_is_no_development_and_shows_its_value(client, service):
    stand("2022-10-05", service)
    page = client.get(ADDRESS)
    assert ONE_STAND in text_of(page)
    assert "chart-drawing" not in page.content.decode()
    assert table(page) == [["05.10.2022", "48", "16 %", "59 %", "von der SAKD erhoben"]]


def test_two_stands_are_drawn_and_told_in_a_table(client, service):
    stand("2022-10-05", service, count=11, share_authorities=32, share_population=33)
    stand("2022-12-01", service, count=15, share_authorities=44, share_population=50)
    page = client.get(ADDRESS)
    assert ONE_STAND not in text_of(page)
    assert re.findall("<figcaption>(.*?)</figcaption>", page.content.decode()) == [
        "Verbreitung in Prozent",
        "Anzahl der Kommunen, die sie einsetzen",
    ]
    assert [len(paths(page, line)) for line in (1, 2)] == [1, 1]
    summary = (
        "2 Stände. 05.10.2022: 11, 32 % der Behörden, 33 % der Einwohner. "
        "01.12.2022: 15, 44 % der Behörden, 50 % der Einwohner."
    )
    assert page.content.decode().count(summary) == 2
    assert table(page) == [
        ["01.12.2022", "15", "44 %", "50 %", "von der SAKD erhoben"],
        ["05.10.2022", "11", "32 %", "33 %", "von der SAKD erhoben"],
    ]


def test_every_drawing_is_an_image_with_a_name_of_its_own(client, service):
    for date in ("2022-10-05", "2022-12-01"):
        stand(date, service)
    html = client.get(ADDRESS).content.decode()
    drawings = re.findall(r'<svg class="chart-drawing" role="img" aria-labelledby="(\S+) (\S+)">', html)
    named = re.findall(r'<(?:title|desc) id="([^"]+)"', html)
    assert [name for pair in drawings for name in pair] == named
    assert len(set(named)) == 4


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            {},
            computed(34, "2021-12-31", count=11),
            "aus dem Register berechnet (Register vom 31.12.2021), 34 zuständige Behörden",
        ),
        (
            computed(34, "2021-12-31", count=11),
            computed(33, "2021-12-31", count=11),
            "aus dem Register berechnet (Register vom 31.12.2021), 33 zuständige Behörden",
        ),
        (
            computed(34, "2021-12-31", count=11),
            computed(34, "2022-12-31", count=11),
            "aus dem Register berechnet (Register vom 31.12.2022), 34 zuständige Behörden",
        ),
        (computed(34, "2021-12-31", count=11), {}, "von der SAKD erhoben"),
    ],
    ids=["now computed", "another denominator", "another register", "surveyed again"],
)
def test_another_base_interrupts_the_line_and_is_told(client, service, before, after, words):
    stand("2022-10-05", service, **before)
    stand("2022-12-01", service, **after)
    page = client.get(ADDRESS)
    assert f"die Linie ist dort unterbrochen: Stand 01.12.2022: {words}" in text_of(page)
    assert paths(page, 1) == []
    assert page.content.decode().count('class="chart-rule"') == 2
    newest, oldest = table(page)
    assert newest[-1].endswith(", neue Grundlage") and "neue Grundlage" not in oldest[-1]
    assert INTERRUPTED not in text_of(page)


def test_a_stand_between_without_the_service_interrupts_the_line(client, service):
    stand("2022-10-05", service)
    stand("2022-11-05", None)
    stand("2022-12-01", service)
    page = client.get(ADDRESS)
    assert paths(page, 1) == []
    assert INTERRUPTED in text_of(page)


def test_drafts_and_examples_between_interrupt_nothing(client, service):
    stand("2022-10-05", service)
    stand("2022-11-05", None, illustrative=True)
    RolloutReportFactory(date="2022-11-06")
    stand("2022-12-01", service)
    page = client.get(ADDRESS)
    assert len(paths(page, 1)) == 1
    assert INTERRUPTED not in text_of(page)


def test_an_unknown_figure_interrupts_its_own_line_only(client, service):
    stand("2022-10-05", service)
    stand("2022-12-01", service, share_authorities=None)
    page = client.get(ADDRESS)
    assert [len(paths(page, line)) for line in (1, 2)] == [0, 1]
    assert INTERRUPTED in text_of(page)
    assert table(page)[0][:4] == ["01.12.2022", "48", "keine Angabe", "59 %"]


def test_stands_without_any_figure_are_not_drawn(client, service):
    for date in ("2022-10-05", "2022-12-01"):
        stand(date, service, count=None, share_authorities=None, share_population=None)
    page = client.get(ADDRESS)
    assert "Zu keinem Stand sind Zahlen angegeben." in text_of(page)
    assert "chart-drawing" not in page.content.decode()


def test_a_minimum_is_explained_where_there_is_one(client, service):
    explained = "mindestens: nicht von allen ist erfasst, was sie einsetzen"
    stand("2022-10-05", service)
    stand("2022-12-01", service)
    assert explained not in text_of(client.get(ADDRESS))
    stand("2022-12-02", service, **computed(300, "2021-12-31", at_least=True))
    page = client.get(ADDRESS)
    assert explained in text_of(page)
    assert table(page)[0][1:4] == ["mindestens 48 von 300", "mindestens 16 %", "mindestens 59 %"]


def test_several_rows_of_a_stand_are_series_of_their_own(client, service):
    for date, labels in (("2022-10-05", ["Miete", "Lasten"]), ("2022-12-01", ["Miete"])):
        report = RolloutReportFactory(date=date)
        for label in labels:
            CoverageRowFactory(report=report, service=service, label=label)
        publish(report)
    page = client.get(ADDRESS)
    assert re.findall("<h3>(.*?)</h3>", page.content.decode()) == ["Miete", "Lasten"]
    assert [row[0] for row in table(page)] == ["01.12.2022", "05.10.2022", "05.10.2022"]
    assert text_of(page).count(ONE_STAND) == 1


def test_many_changes_of_base_are_folded_up(client, service):
    for number in range(7):
        stand(f"2022-10-0{number + 1}", service, **computed(300 + number, "2021-12-31"))
    html = client.get(ADDRESS).content.decode()
    assert "<summary>Alle 6 Änderungen der Grundlage</summary>" in html
    assert html.count("300 zuständige") == 0 and html.count("306 zuständige") == 1


ALL_STANDS, NEWEST_STANDS = ("?umfang=alle#coverage-caption-1", "?#coverage-caption-1")


def publish_stands(number: int, *services) -> list[str]:
    """As many, 30 days apart, each with a row of every service; their days as they are shown, the newest first."""
    days = [datetime.date(2022, 10, 5) - datetime.timedelta(days=30 * place) for place in range(number)]
    for day in days:
        report = RolloutReportFactory(date=day)
        for service in services:
            CoverageRowFactory(report=report, service=service)
        publish(report)
    return [f"{day:%d.%m.%Y}" for day in days]


def test_as_many_stands_as_are_shown_at_once_are_all(client, service):
    days = publish_stands(MOST_AT_ONCE, service)
    for address in (ADDRESS, f"{ADDRESS}?umfang=alle"):
        page = client.get(address)
        assert [row[0] for row in table(page)] == days
        assert "Gezeigt sind" not in text_of(page)


def test_of_more_the_newest_are_shown_and_a_link_shows_all(client, service):
    days = publish_stands(MOST_AT_ONCE + 1, service)
    page = client.get(ADDRESS)
    assert [row[0] for row in table(page)] == days[:MOST_AT_ONCE]
    assert f"Gezeigt sind die neuesten {MOST_AT_ONCE} Stände. Alle Stände" in text_of(page)
    assert ALL_STANDS in links_of(page)
    whole = client.get(f"{ADDRESS}?umfang=alle")
    assert [row[0] for row in table(whole)] == days
    assert "Gezeigt sind alle Stände. Nur die neuesten Stände" in text_of(whole)
    assert NEWEST_STANDS in links_of(whole)
    for answer in (page, whole):
        assert 'id="coverage-caption-1"' in answer.content.decode()
        assert f'<link rel="canonical" href="https://ozgstatus.example.org{ADDRESS}">' in (
            answer.content.decode()
        )


def test_a_stand_is_shown_with_all_its_rows_or_not_at_all(client, service):
    """Here every Stand has two rows."""
    days = publish_stands(MOST_AT_ONCE, service, service)
    page = client.get(ADDRESS)
    assert {row[0] for row in table(page)} == set(days[: MOST_AT_ONCE // 2])
    assert f"Gezeigt sind die neuesten {MOST_AT_ONCE // 2} Stände. Alle Stände" in text_of(page)
    assert len(table(client.get(f"{ADDRESS}?umfang=alle"))) == 2 * MOST_AT_ONCE


def test_a_stand_of_more_rows_than_are_shown_at_once_is_shown_all_the_same(client, service):
    publish_stands(1, *[service] * (MOST_AT_ONCE + 1))
    assert len(table(client.get(ADDRESS))) == MOST_AT_ONCE


def test_of_more_stands_than_fit_a_page_the_newest_are_shown(client, service):
    days = publish_stands(MOST_ROWS + 1, service)
    page = client.get(f"{ADDRESS}?umfang=alle")
    assert f"Gezeigt sind die neuesten {MOST_ROWS} Stände; es gibt ältere." in text_of(page)
    assert [row[0] for row in table(page)] == days[:MOST_ROWS]
    assert len(page.content) < 120_000
