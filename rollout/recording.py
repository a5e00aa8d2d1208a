"""How it is recorded who has what in use: of whom it may be, and many at once. No requests, no pages."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction

from catalogue.models import Service
from stand.months import month_before

from .models import Adoption, Authority, Competence, RegisterEdition, ServiceCompetence

# As many are named; of more, how many they are.
MOST_NAMED = 3


class Refused(Exception):
    """Why nothing was recorded; `reasons` are German sentences."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


# --- of whom it may be -------------------------------------------------------------------------


class Duties:
    """Who is competent for some services; three queries for any number of authorities asked about."""

    def __init__(self, services: Iterable[Service]):
        self.links = {
            link.service_id: link
            for link in ServiceCompetence.objects.filter(service__in=services).select_related("set")
        }
        self.edition = RegisterEdition.objects.newest()
        of_sets = Competence.objects.filter(set__in={link.set_id for link in self.links.values()})
        self.ever = set(of_sets.values_list("set", "authority").distinct())
        self.now = set(of_sets.filter(edition=self.edition).values_list("set", "authority").distinct())

    def refusal(self, adoption: Adoption) -> str:
        """Why an authority cannot have a record of a service; "" where it is competent.

        What is over, or of somebody who has left the register, may be of an earlier competence.
        """
        link = self.links.get(adoption.service_id)
        if link is None:
            return (
                f"Wer für „{adoption.service}“ zuständig ist, steht noch nicht fest. Bitte wählen Sie zuerst "
                "bei der Leistung, welche Zuständigkeit gilt."
            )
        if link.illustrative and not adoption.illustrative:
            return (
                f"Wer für „{adoption.service}“ zuständig ist, ist bisher nur als Beispiel angenommen. "
                "Bitte klären Sie das zuerst bei der Leistung."
            )
        past = adoption.until is not None or adoption.authority.closed_on is not None
        if (link.set_id, adoption.authority_id) in (self.ever if past else self.now):
            return ""
        return f"{adoption.authority.full_name} ist für „{adoption.service}“ nicht zuständig{self._instead(adoption)}."

    def _instead(self, adoption) -> str:
        """ ", sondern Landkreis Meißen": who is competent in its place."""
        if self.edition is None:
            return ""
        rows = Competence.objects.filter(
            set=self.links[adoption.service_id].set_id,
            edition=self.edition,
            municipality__in=self.edition.municipalities.within(adoption.authority).values("authority"),
        )
        found = Authority.objects.filter(pk__in=rows.values("authority")).by_name()
        names = [f"{one.full_name} ({one.key})" for one in found]
        if not names:
            return ""
        more = len(names) - MOST_NAMED
        if more > 1:
            return f"; zuständig sind dort {', '.join(names[:MOST_NAMED])} und {more} weitere"
        return (
            f", sondern {', '.join(names)}"
            if len(names) == 1
            else f"; zuständig sind dort {', '.join(names)}"
        )


# --- what passes on ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Heirloom:
    """A service that predecessors had in use and that may pass on to who took their place.

    `had` are those who had it, `competent` all predecessors who were competent for it; what all had is proposed.
    `existing` is what is recorded of the successor already.
    """

    service: Service
    had: tuple[Adoption, ...]
    competent: tuple[Authority, ...]
    existing: Adoption | None

    @property
    def is_proposed(self) -> bool:
        return self.existing is None and len(self.had) == len(self.competent)

    @property
    def solution(self) -> str:
        """The one that all had, else unknown."""
        solutions = {adoption.solution for adoption in self.had}
        return solutions.pop() if len(solutions) == 1 else ""


def heirlooms(successor: Authority) -> list[Heirloom]:
    """What may pass on to an authority, by name of the service; only what it is competent for."""
    predecessors = list(Authority.objects.filter(successions__successor=successor).by_name())
    adoptions = Adoption.objects.real().filter(
        authority__in=predecessors, until=None, state=Adoption.State.USED
    )
    by_service = defaultdict(list)
    for adoption in adoptions.for_list():
        by_service[adoption.service].append(adoption)
    duties = Duties(by_service)
    records = records_of(successor.adoptions.real().filter(service__in=by_service))
    found = []
    for service, had in sorted(by_service.items(), key=lambda item: (item[0].name, item[0].level)):
        link = duties.links.get(service.pk)
        if link is None or link.illustrative or (link.set_id, successor.pk) not in duties.now:
            continue
        competent = tuple(one for one in predecessors if (link.set_id, one.pk) in duties.ever)
        existing = records.get((successor.pk, service.pk), [])
        found.append(Heirloom(service, tuple(had), competent, existing[-1] if existing else None))
    return found


def pass_on(
    successor: Authority,
    chosen: Iterable[Heirloom],
    since: datetime.date | None,
    checked_on: datetime.date | None,
) -> int:
    """Record what an editor has decided to pass on; returns how many. Refused where something is recorded already."""
    chosen = list(chosen)
    taken = [f"{one.service}: Erfasst ist schon „{one.existing.in_words}“." for one in chosen if one.existing]
    if taken:
        raise Refused(taken)
    made = [
        Adoption(
            authority=successor,
            service=one.service,
            state=Adoption.State.USED,
            since=since,
            checked_on=checked_on,
            solution=one.solution,
            note=f"übernommen von {', '.join(adoption.authority.full_name for adoption in one.had)}",
        )
        for one in chosen
    ]
    write(Recorded(made, [], []))
    return len(made)


# --- many at once ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """What is to be recorded of several; None leaves what is there. Without a state, what is recorded goes."""

    state: str
    since: datetime.date | None = None
    checked_on: datetime.date | None = None
    solution: str | None = None
    note: str | None = None


@dataclass
class Recorded:
    """What recording did."""

    made: list[Adoption]
    changed: list[Adoption]
    removed: list[Adoption]

    def __len__(self):
        return len(self.made) + len(self.changed) + len(self.removed)


Place = tuple[int, int]


def place_of(adoption: Adoption) -> Place:
    return adoption.authority_id, adoption.service_id


def records_of(adoptions: Iterable[Adoption]) -> dict[Place, list[Adoption]]:
    """By authority and service, oldest first."""
    found = defaultdict(list)
    for adoption in sorted(adoptions, key=lambda adoption: adoption.begin_month):
        found[place_of(adoption)].append(adoption)
    return found


@transaction.atomic
def record(places: Iterable[tuple[Authority, Service]], entry: Entry) -> Recorded:
    """Record the same of several, or nothing at all: Refused with what stands against it, by name.

    The same state again changes what is recorded; another one ends it in the month before it begins. Examples are left
    alone.
    """
    places = list(places)
    known = _locked(places)
    done = Recorded([], [], [])
    reasons = []
    for authority, service in places:
        records = known.get((authority.pk, service.pk), [])
        try:
            _record_one(authority, service, records, entry, done)
        except Refused as refused:
            reasons += [f"{authority.full_name}, {service}: {reason}" for reason in refused.reasons]
    duties = Duties([service for _, service in places])
    reasons += [reason for adoption in done.made if (reason := duties.refusal(adoption))]
    if reasons:
        raise Refused(reasons)
    write(done)
    return done


def write(done: Recorded) -> None:
    """What goes first, so that nothing overlaps on the way."""
    Adoption.objects.filter(pk__in=[adoption.pk for adoption in done.removed]).delete()
    Adoption.objects.bulk_update(done.changed, ["state", "since", "until", "checked_on", "solution", "note"])
    Adoption.objects.bulk_create(done.made)


def lock(services: Iterable[Service]) -> None:
    """Nobody else records anything of these services in this way before the transaction ends."""
    numbers = {service.pk for service in services}
    list(
        Service.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk").values_list("pk")
    )


def _locked(places) -> dict[Place, list[Adoption]]:
    """What is recorded of these, which nobody else changes meanwhile; always locked in the same order."""
    lock([service for _, service in places])
    authorities = {authority.pk for authority, _ in places}
    services = {service.pk for _, service in places}
    adoptions = Adoption.objects.real().filter(authority__in=authorities, service__in=services)
    return records_of(adoptions.select_for_update().order_by("pk"))


def _record_one(authority, service, records: list[Adoption], entry: Entry, done: Recorded) -> None:
    last = records[-1] if records else None
    if not entry.state:
        done.removed += records[-1:]
        return
    new = Adoption(
        authority=authority,
        service=service,
        state=entry.state,
        since=entry.since,
        checked_on=entry.checked_on,
        solution=entry.solution or "",
        note=entry.note or "",
    )
    if last and last.state == entry.state and last.until is None:
        _take_over(last, entry)
        _refuse_overlap(records)
        done.changed.append(last)
        return
    if new.begin_month is None:
        raise Refused(["Bitte angeben, seit wann das gilt oder wann es geprüft wurde."])
    if last and last.until is None:
        if new.begin_month <= last.begin_month:
            raise Refused(
                [f"Dort steht „{last.in_words}“. Was jetzt gilt, muss in einem späteren Monat beginnen."]
            )
        last.until = month_before(new.begin_month)
        done.changed.append(last)
    _refuse_overlap([*records, new])
    done.made.append(new)


def _take_over(adoption: Adoption, entry: Entry) -> None:
    for name in ("since", "checked_on", "solution", "note"):
        if getattr(entry, name) is not None:
            setattr(adoption, name, getattr(entry, name))


def _refuse_overlap(records: list[Adoption]) -> None:
    for earlier, later in overlaps(records):
        raise Refused([f"„{earlier.in_words}“ und „{later.in_words}“ überschneiden sich."])


def overlaps(records: Iterable[Adoption]) -> list[tuple[Adoption, Adoption]]:
    """Neighbours in time that claim the same month; records of one authority and service."""
    ordered = sorted(records, key=lambda adoption: adoption.begin_month)
    return [
        (earlier, later)
        for earlier, later in pairwise(ordered)
        if earlier.until is None or earlier.until >= later.begin_month
    ]
