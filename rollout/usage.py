"""What an authority has in use and what others around it have: one plain structure for its page.

Pure: reads what the view has fetched.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from catalogue.models import Service
from stand.sorting import din_5007_key

from .boundaries import Pair
from .models import Adoption, Authority, ServiceCompetence, SizeClass
from .querysets.competence import Duty


@dataclass(frozen=True)
class Entry:
    """A service with who is competent for it, the authority itself or its unit, and what is recorded, if anything."""

    service: Service
    authority: Authority
    adoption: Adoption | None


@dataclass(frozen=True)
class Elsewhere:
    """A service that the authority has not, as far as is known, with those around it who have.

    `of_size` are those of its size class who have it, of `size_count` with the same duty.
    """

    entry: Entry
    neighbours: tuple[Authority, ...]
    of_size: tuple[Authority, ...]
    size_count: int


@dataclass(frozen=True)
class Usage:
    """All services an authority or its unit is competent for, each in one of four lists, by name.

    `classes` says of which size class the competent ones are.
    """

    used: tuple[Entry, ...]
    not_used: tuple[Entry, ...]
    not_recorded: tuple[Entry, ...]
    planned: tuple[Entry, ...]
    elsewhere: tuple[Elsewhere, ...]
    classes: tuple[tuple[Authority, SizeClass], ...]

    @property
    def is_empty(self) -> bool:
        return not (self.used or self.not_used or self.not_recorded or self.planned)


@dataclass(frozen=True)
class Surroundings:
    """Within one set: who is competent, the authority itself or its unit, who borders on it, and who is of its size."""

    authority: Authority
    size: SizeClass
    neighbours: frozenset[int]
    of_size: frozenset[int]


class Circle:
    """The sets in which an authority or its unit is competent, with everybody else in them."""

    def __init__(self, authority: Authority, duties: Iterable[Duty], pairs: Iterable[Pair]):
        """`pairs` are the keys of municipalities with a border in common."""
        self.authority = authority
        self._sets: dict[int, list[Duty]] = defaultdict(list)
        self._duties: dict[int, Duty] = {}  # one of everybody in the sets, by number
        for duty in duties:
            self._sets[duty.set_id].append(duty)
            self._duties[duty.authority_id] = duty
        self._beside: dict[str, set[str]] = defaultdict(set)
        for one, other in pairs:
            self._beside[one].add(other)
            self._beside[other].add(one)

    @cached_property
    def sets(self) -> dict[int, Surroundings]:
        return {number: self._surroundings(duties) for number, duties in self._sets.items()}

    def authority_of(self, number: int) -> Authority:
        """Somebody in the sets; made when asked for, as a page names few of them."""
        duty = self._duties[number]
        return Authority(
            pk=number, key=duty.key, name=duty.name, kind=duty.kind, sort_name=din_5007_key(duty.name)
        )

    @property
    def competent(self) -> set[int]:
        """The numbers of the authority and its unit, as far as they are competent."""
        return {around.authority.pk for around in self.sets.values()}

    @property
    def everybody(self) -> set[int]:
        """The numbers of all whose use matters."""
        return {
            number
            for around in self.sets.values()
            for number in (around.authority.pk, *around.neighbours, *around.of_size)
        }

    def _surroundings(self, duties: list[Duty]) -> Surroundings:
        own = self._competent(duties)
        competent = {duty.municipality: duty.authority_id for duty in duties}
        people: dict[int, int] = defaultdict(int)
        for duty in duties:
            people[duty.authority_id] += duty.population
        beside = {
            competent[other]
            for place, number in competent.items()
            if number == own
            for other in self._beside[place] & competent.keys()
        }
        size = SizeClass.of(people[own])
        least, below = size.bounds
        of_size = {
            number
            for number, population in people.items()
            if least <= population and (below is None or population < below)
        }
        return Surroundings(
            self.authority_of(own), size, frozenset(beside - {own}), frozenset(of_size - {own})
        )

    def _competent(self, duties: list[Duty]) -> int:
        """The authority itself where it is competent anywhere, else who is competent in it."""
        numbers = {duty.authority_id for duty in duties}
        if self.authority.pk in numbers:
            return self.authority.pk
        return next(duty.authority_id for duty in duties if duty.municipality == self.authority.key)


def compose_usage(circle: Circle, links: Iterable[ServiceCompetence], adoptions: Iterable[Mapping]) -> Usage:
    """`links` are those of the services to show; `adoptions` what holds, as `Adoption.objects.concerning` gives it."""
    known = {(row["service_id"], row["authority_id"]): Adoption(**row) for row in adoptions}
    users = defaultdict(set)
    for (service, number), adoption in known.items():
        if adoption.state == Adoption.State.USED:
            users[service].add(number)
    links = sorted(links, key=lambda link: (din_5007_key(link.service.name), link.service.slug))
    entries = [(_entry(circle.sets[link.set_id], link, known), circle.sets[link.set_id]) for link in links]
    state = Adoption.State
    return Usage(
        used=_those(entries, lambda entry: _state(entry) == state.USED),
        not_used=_those(entries, lambda entry: _state(entry) == state.NOT_USED),
        not_recorded=_those(entries, lambda entry: not _state(entry) and not entry.service.is_planned),
        planned=_those(entries, lambda entry: not _state(entry) and entry.service.is_planned),
        elsewhere=_elsewhere(circle, entries, users),
        classes=tuple(
            {around.authority.pk: (around.authority, around.size) for _, around in entries}.values()
        ),
    )


def _entry(around: Surroundings, link: ServiceCompetence, known: Mapping) -> Entry:
    return Entry(link.service, around.authority, known.get((link.service_id, around.authority.pk)))


def _state(entry: Entry) -> str:
    return entry.adoption.state if entry.adoption else ""


def _those(entries, wanted: Callable[[Entry], bool]) -> tuple[Entry, ...]:
    return tuple(entry for entry, _ in entries if wanted(entry))


def _elsewhere(circle: Circle, entries, users: Mapping[int, set[int]]) -> tuple[Elsewhere, ...]:
    """What most neighbours have comes first, then what most of the same size have."""
    rows = [
        Elsewhere(
            entry,
            _by_name(circle, around.neighbours & users[entry.service.pk]),
            _by_name(circle, around.of_size & users[entry.service.pk]),
            len(around.of_size),
        )
        for entry, around in entries
        if _state(entry) != Adoption.State.USED
    ]
    rows = [row for row in rows if row.neighbours or row.of_size]
    return tuple(sorted(rows, key=lambda row: (-len(row.neighbours), -len(row.of_size))))


def _by_name(circle: Circle, numbers: Iterable[int]) -> tuple[Authority, ...]:
    found = map(circle.authority_of, numbers)
    return tuple(sorted(found, key=lambda authority: (authority.sort_name, authority.key)))
