"""How many services were available in each month."""

import datetime

from catalogue.development import compose_availability
from catalogue.models import Level, Service, State


def service(level: Level, month: str, state: State = State.AVAILABLE) -> Service:
    since = datetime.date.fromisoformat(f"{month}-01") if month else None
    found = Service(name=month or "ohne Monat", level=level, available_since=since)
    found.state = state
    return found


def test_each_month_counts_what_was_available_by_level():
    found = compose_availability(
        [
            service(Level.DISTRICTS, "2020-04"),
            service(Level.DISTRICTS, "2022-06"),
            service(Level.BOTH, "2022-06"),
            service(Level.MUNICIPALITIES, "2022-09"),
        ]
    )
    assert [(f"{month:%Y-%m}", count.levels, count.total) for month, count in found.months] == [
        ("2020-04", (1, 0, 0), 1),
        ("2022-06", (2, 1, 0), 3),
        ("2022-09", (2, 1, 1), 4),
    ]
    assert (found.undated, found.all.levels) == ((), (2, 1, 1))


def test_what_has_no_month_counts_in_none_of_them_but_in_all():
    bafoeg = service(Level.DISTRICTS, "")
    found = compose_availability([bafoeg, service(Level.MUNICIPALITIES, "2022-09")])
    assert [count.levels for _, count in found.months] == [(0, 0, 1)]
    assert found.undated == (bafoeg,)
    assert (found.undated_count.levels, found.all.levels) == ((1, 0, 0), (1, 0, 1))


def test_each_level_that_has_entries_is_a_line_to_the_end_of_the_last_month():
    found = compose_availability(
        [service(Level.DISTRICTS, "2022-04"), service(Level.MUNICIPALITIES, "2022-09")]
    )
    end = found.chart.time.place(datetime.date(2022, 10, 1))
    assert [(line.name, line.end, line.x) for line in found.chart.lines] == [
        ("Landkreise", "1", end),
        ("Gemeinden", "1", end),
    ]


def test_nothing_is_drawn_where_no_month_is_known():
    assert compose_availability([]).chart is None
    assert compose_availability([service(Level.BOTH, "")]).chart is None


def test_the_last_month_of_the_calendar_is_drawn_too():
    assert compose_availability([service(Level.BOTH, "9999-12")]).chart is not None
