"""Long lists of what is dated: whole while they are short, else the newest and one year at a time."""

import datetime

import pytest

from stand.years import MOST_AT_ONCE, choose, links_to_stands

DAY = datetime.date(2022, 10, 5)


def days(number: int) -> list[datetime.date]:
    """As many, one in each month, the newest first."""
    months = (DAY.year * 12 + DAY.month - 1 - place for place in range(number))
    return [DAY.replace(year=month // 12, month=month % 12 + 1) for month in months]


def chosen(number: int, asked: str = ""):
    return choose(days(number), lambda day: str(day.year), asked)


def linked(stands: list[tuple[datetime.date, bool]], shown: datetime.date | None):
    """What is said of the Stände and of the other years, with their addresses."""
    found = links_to_stands(stands, shown, lambda day: f"/{day}/")
    return [[(link.words, link.address) for link in links] for links in (found.stands, found.years)]


@pytest.mark.parametrize("asked", ["", "2022", "2021", "x"])
def test_a_short_list_is_shown_whole_whatever_is_asked_for(asked):
    found = chosen(MOST_AT_ONCE, asked)
    assert (list(found.shown), found.years, found.year) == (days(MOST_AT_ONCE), (), "")


def test_of_a_long_one_the_newest_are_shown_and_every_year_can_be_chosen():
    found = chosen(MOST_AT_ONCE + 20)
    assert found.shown == days(MOST_AT_ONCE)
    assert (found.years, found.year) == (("2022", "2021", "2020"), "")


def test_a_year_shows_all_that_is_of_it():
    found = chosen(30, "2021")
    assert [day.year for day in found.shown] == [2021] * 12
    assert found.year == "2021"


def test_every_thing_is_of_one_of_the_years():
    years = chosen(100).years
    assert [day for year in years for day in chosen(100, year).shown] == days(100)


@pytest.mark.parametrize("asked", ["1999", "2022 ", "x", "２０２２", "2022-10"])
def test_what_is_no_such_year_is_passed_over(asked):
    assert chosen(30, asked) == chosen(30)


def test_of_nothing_nothing_is_shown():
    assert (list(chosen(0).shown), chosen(0).years) == ([], ())
    assert linked([], None) == [[], []]
    assert not links_to_stands([], None, str).lead_on


def test_few_stands_are_all_linked_but_the_one_that_is_shown():
    stands = [(datetime.date(2022, 10, 5), False), (datetime.date(2021, 10, 5), False)]
    assert linked(stands, stands[0][0]) == [[("05.10.2022", ""), ("05.10.2021", "/2021-10-05/")], []]


def test_of_many_those_of_the_year_are_linked_and_the_newest_of_other_years():
    found, others = linked([(day, False) for day in days(40)], datetime.date(2021, 3, 5))
    assert [words for words, _ in found] == [f"05.{month:02}.2021" for month in range(12, 0, -1)]
    assert [address for _, address in found].count("") == 1
    assert others == [("2022", "/2022-10-05/"), ("2020", "/2020-12-05/"), ("2019", "/2019-12-05/")]


def test_an_example_stands_for_its_year_only_where_nothing_real_does():
    stands = [(day, False) for day in days(20) if day.year == 2021] + [(day, False) for day in days(9)]
    stands += [(datetime.date(2021, 12, 31), True), (datetime.date(2023, 1, 5), True)]
    years = links_to_stands(stands, DAY, str).years
    assert [(link.words, link.address, link.illustrative) for link in years] == [
        ("2023", "2023-01-05", True),
        ("2021", "2021-12-05", False),
    ]


def test_a_draft_without_a_day_leads_to_the_newest_year():
    found, _ = linked([(day, False) for day in days(20)], None)
    assert [words[-4:] for words, _ in found] == ["2022"] * 10


def test_a_draft_of_a_new_year_leads_to_all_others():
    found, others = linked([(day, False) for day in days(20)], datetime.date(2023, 1, 5))
    assert (found, [words for words, _ in others]) == ([], ["2022", "2021"])
