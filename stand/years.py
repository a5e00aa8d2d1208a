"""Long lists of what is dated, in parts of a year: so no page grows with the years, and all is one click away. Pure."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

# As many are listed at once: a year of months.
MOST_AT_ONCE = 12

Dated = TypeVar("Dated")


# --- a list on a page of its own -----------------------------------------------------------------


@dataclass(frozen=True)
class Choice(Generic[Dated]):
    """What a page lists; `years` to choose from, the newest first, are there only where that is not everything.

    `year` is the chosen one; without one the newest are shown.
    """

    shown: Sequence[Dated]
    years: tuple[str, ...] = ()
    year: str = ""


def choose(things: Sequence[Dated], year_of: Callable[[Dated], str], asked: str) -> Choice[Dated]:
    """Of `things`, the newest first, those of the year that is `asked` for; what is no such year is passed over."""
    if len(things) <= MOST_AT_ONCE:
        return Choice(things)
    years = tuple(sorted({year_of(thing) for thing in things}, reverse=True))
    if asked not in years:
        return Choice(things[:MOST_AT_ONCE], years)
    return Choice([thing for thing in things if year_of(thing) == asked], years, asked)


# --- from one Stand to the others ----------------------------------------------------------------


@dataclass(frozen=True)
class StandLink:
    """The way to a Stand; without an address it is the one that the page shows."""

    words: str
    address: str
    illustrative: bool


@dataclass(frozen=True)
class StandLinks:
    """All Stände; of many those of the year that the page shows, and in `years` the newest one of every other year."""

    stands: Sequence[StandLink]
    years: Sequence[StandLink] = ()

    @property
    def lead_on(self) -> bool:
        return len(self.stands) > 1 or bool(self.years)


def links_to_stands(
    days: Sequence[tuple[datetime.date, bool]],
    shown: datetime.date | None,
    address_of: Callable[[datetime.date], str],
) -> StandLinks:
    """`days` of all Stände, each with whether it is an example, the newest first and examples last.

    `shown` is the one of the page; None of a draft that has none yet.
    """

    def link(words: str, day: datetime.date, is_example: bool) -> StandLink:
        return StandLink(words, "" if day == shown else address_of(day), is_example)

    year = (shown or days[0][0]).year if len(days) > MOST_AT_ONCE else None
    stands = [link(f"{day:%d.%m.%Y}", day, is_one) for day, is_one in days if year in (None, day.year)]
    newest = {day.year: (day, is_one) for day, is_one in reversed(days) if year not in (None, day.year)}
    return StandLinks(stands, [link(str(other), *newest[other]) for other in sorted(newest, reverse=True)])
