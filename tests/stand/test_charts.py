"""How numbers become places: axes true to time, ticks that fit, lines that do not connect what cannot be compared."""

import datetime

import pytest

from stand.charts import (
    LINE_OF_TYPE,
    MOST_MARKS,
    MOST_MONTHS,
    MOST_YEARS,
    Line,
    Point,
    count_axis,
    draw_lines,
    draw_rules,
    labels_apart,
    share_axis,
    steps_path,
    time_axis,
)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def axis(first: str, last: str):
    return time_axis("Tag", day(first), day(last))


def labels(axis, sparse=False) -> list[str]:
    return [tick.label for tick in axis.ticks if tick.sparse or not sparse]


# --- time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "expected", "on_a_phone"),
    [
        ("2022-10-05", "2022-10-05", ["10/2022", "11/2022"], ["10/2022", "11/2022"]),
        ("2022-10-05", "2022-12-01", ["10/2022", "11/2022", "12/2022", "01/2023"], ["10/2022", "12/2022"]),
        (
            "2022-10-05",
            "2024-02-05",
            ["10/2022", "01/2023", "04/2023", "07/2023", "10/2023", "01/2024", "04/2024"],
            ["10/2022", "07/2023", "04/2024"],
        ),
        ("2019-05-05", "2022-02-05", ["2019", "2020", "2021", "2022", "2023"], ["2019", "2021", "2023"]),
        (
            "2003-01-05",
            "2022-12-05",
            ["2000", "2005", "2010", "2015", "2020", "2025"],
            ["2000", "2010", "2020"],
        ),
    ],
)
def test_ticks_stand_where_months_or_years_begin_and_are_fewer_on_a_phone(first, last, expected, on_a_phone):
    found = axis(first, last)
    assert labels(found) == expected
    assert labels(found, sparse=True) == on_a_phone
    assert (found.ticks[0].place, found.ticks[-1].place) == (0, 100)


@pytest.mark.parametrize("months", [*range(60), 120, 240, 600, 2400, 24_000, 90_000])
def test_ticks_are_never_too_many(months):
    last = 12 * 1901 + 3 + months
    found = time_axis("Tag", datetime.date(1901, 3, 31), datetime.date(last // 12, last % 12 + 1, 1))
    most = MOST_MONTHS if "/" in found.ticks[0].label else MOST_YEARS
    assert 2 <= len(found.ticks) <= most + 1


def test_the_first_and_the_last_day_of_the_calendar_have_a_place():
    found = time_axis("Tag", datetime.date.min, datetime.date.max)
    assert 0 <= found.place(datetime.date.min) < 1
    assert 99 < found.place(datetime.date.max) <= 100


def test_unequal_distances_stay_unequal():
    found = axis("2022-01-01", "2022-12-31")
    january, february, december = (found.place(day(f"2022-{month}-01")) for month in ("01", "02", "12"))
    assert (december - january) / (february - january) == pytest.approx(334 / 31, rel=0.01)


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (5, ["0", "1", "2", "3", "4", "5"]),
        (6, ["0", "2", "4", "6"]),
        (23, ["0", "5", "10", "15", "20", "25"]),
        (398, ["0", "100", "200", "300", "400"]),
        (2_147_483_647, ["0", "500000000", "1000000000", "1500000000", "2000000000", "2500000000"]),
    ],
)
def test_counts_have_round_ticks_up_to_what_is_not_below_the_highest(highest, expected):
    found = count_axis("Anzahl", highest)
    assert labels(found) == expected
    assert found.place(highest) >= 0


def test_shares_always_go_from_0_to_100_per_cent():
    found = share_axis("Anteil")
    assert labels(found) == ["0\u00a0%", "25\u00a0%", "50\u00a0%", "75\u00a0%", "100\u00a0%"]
    assert [found.place(share) for share in (0, 25, 100)] == [100, 75, 0]


# --- lines -------------------------------------------------------------------------------------

STANDS = ["2022-01-01", "2022-04-01", "2022-07-01", "2022-10-01"]
YEAR = axis("2022-01-01", "2022-12-31")


def points(*values, **changes) -> list[Point]:
    """`changes` are further arguments by name, each a set of places where they are True."""
    return [
        Point(day(stand), value, **{name: place in places for name, places in changes.items()})
        for place, (stand, value) in enumerate(zip(STANDS, values, strict=False))
    ]


def draw(found) -> Line:
    [line] = draw_lines(YEAR, share_axis("Anteil"), [("Behörden", found)])
    return line


def test_a_line_connects_its_values_and_ends_with_the_last_in_words():
    line = draw(points(0, 50, 75, 100))
    assert [stroke.path for stroke in line.strokes] == ["M0 100L24.66 50L49.59 25L74.79 0"]
    assert [(mark.x, mark.y) for mark in line.marks] == [(0, 100), (24.66, 50), (49.59, 25), (74.79, 0)]
    assert (line.name, line.end, line.x) == ("Behörden", "100\u00a0%", 74.79)


def test_a_line_is_interrupted_where_a_value_is_missing():
    line = draw(points(10, None, 20, 30))
    assert [stroke.path for stroke in line.strokes] == ["M49.59 80L74.79 70"]
    assert [mark.y for mark in line.marks] == [90, 80, 70]


def test_a_line_is_interrupted_where_it_breaks():
    line = draw(points(10, 20, 30, 40, breaks={2}))
    assert [stroke.path for stroke in line.strokes] == ["M0 90L24.66 80", "M49.59 70L74.79 60"]


def test_a_series_without_a_value_is_not_drawn():
    series = [("Behörden", points(None, None)), ("Einwohner", points(1, 2))]
    assert [(line.number, line.name) for line in draw_lines(YEAR, share_axis(""), series)] == [
        (2, "Einwohner")
    ]


def test_examples_go_on_from_the_last_real_value_in_a_line_of_their_own():
    line = draw(points(10, 20, 30, 40, illustrative={2, 3}))
    assert [(stroke.path, stroke.illustrative) for stroke in line.strokes] == [
        ("M0 90L24.66 80", False),
        ("M24.66 80L49.59 70L74.79 60", True),
    ]
    assert [mark.illustrative for mark in line.marks] == [False, False, True, True]


def test_an_example_before_what_is_real_is_not_connected_with_it():
    line = draw(points(10, 20, 30, illustrative={0}))
    assert [(stroke.path, stroke.illustrative) for stroke in line.strokes] == [("M24.66 80L49.59 70", False)]


def test_an_example_on_another_base_is_not_connected_with_what_is_real():
    line = draw(points(10, 20, illustrative={1}, breaks={1}))
    assert line.strokes == ()


def test_a_minimum_is_told_by_mark_and_label():
    line = draw(points(10, 20, at_least={1}))
    assert [mark.at_least for mark in line.marks] == [False, True]
    assert line.at_least


def test_of_many_values_only_those_are_marked_that_no_line_shows():
    first = datetime.date(2022, 1, 1)
    many = [
        Point(first + datetime.timedelta(days=number), 10, breaks=number in (5, 6))
        for number in range(MOST_MARKS + 1)
    ]
    marks = [mark.x for mark in draw(many).marks]
    assert marks == [YEAR.place(many[5].day), YEAR.place(many[-1].day)]


def test_labels_that_would_cover_each_other_move_apart_and_stay_on_the_plot():
    lines = [Line(number, "", "", 100, y, (), ()) for number, y in enumerate((99.0, 98.0, 10.0, 98.0))]
    found = [line.y for line in labels_apart(lines)]
    assert found == [100, 100 - 2 * LINE_OF_TYPE, 10, 100 - LINE_OF_TYPE]


def test_steps_rise_from_the_lower_edge_and_go_on_level():
    assert steps_path([(0, 80), (50, 60)], end=90) == "M0 100V80H50V60H90"


def test_numbers_of_rules_that_would_cover_each_other_are_left_out():
    rules = draw_rules(YEAR, [day("2022-03-01"), day("2022-03-15"), day("2022-06-01")])
    assert [rule.number for rule in rules] == ["1", "", "3"]
