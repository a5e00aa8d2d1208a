"""Who has one service in use, and since when: a plain structure for its page. Pure."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter


@dataclass(frozen=True)
class Count:
    """How many authorities had it in use in the month of a day."""

    date: datetime.date
    authorities: int


@dataclass(frozen=True)
class Adopters:
    """What is recorded of a service: who has it now, who has it not, and how many had it at the ends of years.

    Of `counts` only those that differ from the one before are there, oldest first.

    `is_recorded` says whether anything was ever recorded of it.
    """

    used: tuple
    not_used: tuple
    counts: tuple[Count, ...]
    is_recorded: bool

    @property
    def is_empty(self) -> bool:
        return not (self.used or self.not_used or self.counts)


def compose_adopters(adoptions: Iterable, on: datetime.date) -> Adopters:
    """`adoptions` are all of one service over time, with `begin` and authority."""
    adoptions = list(adoptions)
    used = [adoption for adoption in adoptions if adoption.is_used]
    now = [adoption for adoption in adoptions if _holds(adoption, on) and not adoption.authority.closed_on]
    first = min((adoption.begin.year for adoption in used), default=on.year)
    days = [*(datetime.date(year, 12, 31) for year in range(first, on.year)), on]
    counted = [Count(day, len({one.authority_id for one in used if _holds(one, day)})) for day in days]
    counts = [next(same) for _, same in groupby(counted, key=attrgetter("authorities"))] if used else []
    return Adopters(
        used=tuple(adoption for adoption in now if adoption.is_used),
        not_used=tuple(adoption for adoption in now if not adoption.is_used),
        counts=tuple(counts),
        is_recorded=bool(adoptions),
    )


def _holds(adoption, day: datetime.date) -> bool:
    month = day.replace(day=1)
    return adoption.begin <= month and (adoption.until is None or adoption.until >= month)
