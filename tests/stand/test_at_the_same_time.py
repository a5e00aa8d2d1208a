"""Two requests truly at the same moment, each on a connection of its own.

The first one is stopped inside its transaction until the second one waits for it in the database.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from unittest import mock

import pytest
from django.contrib.messages import get_messages
from django.db import connection, connections

from newsletter import publishing
from newsletter.models import Edition
from stand import exchange, grids
from stand.admin import GuardedAdmin
from stand.models import Correction
from tests.admin import client_of, filled, page_of, two_editors
from tests.factories import ServiceFactory, month
from tests.html import text_of, without_time

from .ways import FILE, GRID, INLINE, KINDS, cells, in_an_edition, saved, send, told

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30
ROLLOUT = KINDS["rollout"]
# A call that each way makes inside its transaction, after it has locked what it is going to change.
INSIDE = {
    GRID: (grids, "save_rows"),
    INLINE: (GuardedAdmin, "save_related"),
    FILE: (exchange, "run_import"),
}
PUBLISHING = (publishing, "take_catalogue")


@pytest.fixture
def pool():
    with ThreadPoolExecutor() as threads:
        yield threads


def elsewhere(pool, call: Callable, *args) -> Future:
    """Run in a thread, which gives its connection back."""

    def run():
        try:
            return call(*args)
        finally:
            connections.close_all()

    return pool.submit(run)


@contextmanager
def stopped_at(owner, name: str) -> Iterator[tuple[Event, Event]]:
    """The first call of this function sets one event and waits for the other."""
    reached, go_on = Event(), Event()
    real = getattr(owner, name)

    def stop(*args, **kwargs):
        if not reached.is_set():
            reached.set()
            assert go_on.wait(PATIENCE)
        return real(*args, **kwargs)

    with mock.patch.object(owner, name, stop):
        try:
            yield reached, go_on
        finally:
            go_on.set()


def waits_in_the_database(request: Future) -> bool:
    """Once some connection waits for a lock; False if the request ends before."""
    pause = Event()
    while not request.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() == (1,):
                return True
        pause.wait(0.01)
    return False


def overlapping(pool, inside: tuple, first: Callable, second: Callable):
    """The answers of two requests, of which the second begins while the first is in its transaction."""
    with stopped_at(*inside) as (reached, go_on):
        one = elsewhere(pool, first)
        assert reached.wait(PATIENCE)
        two = elsewhere(pool, second)
        assert waits_in_the_database(two)
        go_on.set()
        return one.result(PATIENCE), two.result(PATIENCE)


def opened_by_two(people, first, second, report):
    """How Berta and Redaktion send different values of one cell, which both have typed already."""
    redaktion, berta = people
    theirs = first.opened(berta, report, ("A", ROLLOUT.cell, ROLLOUT.one))
    mine = second.opened(redaktion, report, ("A", ROLLOUT.cell, ROLLOUT.two))
    return (lambda: send(first, berta, report, theirs)), (lambda: send(second, redaktion, report, mine))


PAIRS = {
    f"{one}-{two}": (ways[one], ways[two])
    for ways in [{"grid": GRID, "inline": INLINE, "import": FILE}]
    for one in ways
    for two in ways
    if one != two
}


@pytest.mark.parametrize(("first", "second"), PAIRS.values(), ids=PAIRS)
def test_the_later_one_waits_and_is_told_what_the_earlier_one_wrote(pool, first, second):
    report = ROLLOUT.make()
    requests = opened_by_two(two_editors(), first, second, report)
    earlier, later = overlapping(pool, INSIDE[first], *requests)
    assert first.is_done(earlier)
    assert told(later) == [second.conflict(ROLLOUT, ROLLOUT.one, ROLLOUT.two)]
    assert cells(report, ROLLOUT.cell)["A"] == (ROLLOUT.one,)


@pytest.mark.parametrize(("first", "second"), [(GRID, INLINE), (GRID, FILE)], ids=["inline", "import"])
def test_of_two_that_start_together_one_saves_and_one_is_told(pool, first, second):
    people = two_editors()
    values = [ROLLOUT.one, ROLLOUT.two]
    for _ in range(3):
        report = ROLLOUT.make()
        start = Barrier(2)

        def at_once(request, start=start):
            start.wait(PATIENCE)
            return request()

        sent = [elsewhere(pool, at_once, request) for request in opened_by_two(people, first, second, report)]
        answers = [request.result(PATIENCE) for request in sent]
        [winner] = [place for place, answer in enumerate(answers) if answer.status_code == 302]
        assert len(told(answers[1 - winner])) == 1
        assert cells(report, ROLLOUT.cell)["A"] == (values[winner],)


# --- a publication at the same moment --------------------------------------------------------------


def publishing_of(edition):
    """How Freigabe sends the page of publishing, which is open already."""
    client = client_of("Freigabe")
    values = filled(client.get(page_of(edition, "publish"))) | {"_publish": ["x"]}
    return lambda: client.post(page_of(edition, "publish"), values)


def importing_into(report):
    redaktion, _ = two_editors()
    values = FILE.opened(redaktion, report, ("A", ROLLOUT.cell, ROLLOUT.one))
    return lambda: send(FILE, redaktion, report, values)


def test_an_import_that_began_first_is_not_published_unseen(pool):
    report = ROLLOUT.make()
    edition = in_an_edition(report)
    imported, published = overlapping(pool, INSIDE[FILE], importing_into(report), publishing_of(edition))
    assert FILE.is_done(imported)
    assert published.status_code == 200
    [message] = get_messages(published.wsgi_request)
    assert str(message).startswith("Nicht veröffentlicht: Die Ausgabe wurde geändert, seit Sie diese Seite")
    assert not Edition.objects.get().is_published
    assert cells(report, ROLLOUT.cell)["A"] == (ROLLOUT.one,)


def test_an_import_that_began_later_finds_it_published_and_asks_for_a_note(pool):
    report = ROLLOUT.make()
    edition = in_an_edition(report)
    published, imported = overlapping(pool, PUBLISHING, publishing_of(edition), importing_into(report))
    assert published.status_code == 302
    assert Edition.objects.get().is_published
    assert imported.status_code == 200
    assert "Dies wurde inzwischen veröffentlicht (Freigabe)" in without_time(text_of(imported))
    assert cells(report, ROLLOUT.cell)["A"] == (ROLLOUT.old,)
    values = filled(imported) | {"correction_note": ["Zeile A."]}
    assert saved(send(FILE, client_of("Redaktion"), report, values)) == ["Übernommen: 1 Zelle geändert."]
    assert cells(report, ROLLOUT.cell)["A"] == (ROLLOUT.one,)
    assert Correction.objects.get().note == "Zeile A."


# --- a monthly report at the same moment -------------------------------------------------------------


def test_a_service_is_reported_while_a_row_takes_it(pool):
    """The one holds the service and wants to add a row, the other one holds the report and names the service."""
    report = ROLLOUT.make()
    service = ServiceFactory(available_since=None, planned_for=month(11))
    redaktion, berta = two_editors()
    row = INLINE.opened(berta, report, ("A", "service", service.pk))
    answer = filled(redaktion.get(page_of(service, "report_available"))) | {"coverage": ["on"]}
    saved_row, reported = overlapping(
        pool,
        INSIDE[INLINE],
        lambda: send(INLINE, berta, report, row),
        lambda: redaktion.post(page_of(service, "report_available"), answer),
    )
    assert INLINE.is_done(saved_row)
    assert reported.status_code == 302
    assert list(report.rows.filter(service=service).values_list("label", flat=True)) == ["A", service.name]
