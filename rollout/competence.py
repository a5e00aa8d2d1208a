"""Who is competent where, for an edition of the register: by rule from its rows, by hand from the edition before."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from .difference import MOST_NAMED, Entry, Section, Snapshot
from .models import (
    Authority,
    Competence,
    CompetenceSet,
    RegisterEdition,
    RegisterMunicipality,
    Rule,
    Succession,
    Territory,
)
from .models.competence import RULES

# The column of a row of the register that names the authority.
AUTHORITY_BY: dict[Rule, Callable[[RegisterMunicipality], int]] = {
    Rule.DISTRICTS: lambda row: row.district_id,
    Rule.RURAL_DISTRICTS: lambda row: row.district_id,
    Rule.MUNICIPALITIES: lambda row: row.authority_id,
    Rule.UNITS: lambda row: row.unit_id,
}


def fill(edition: RegisterEdition) -> None:
    """Give every set its rows for an edition: to be called in the transaction that writes the edition.

    What a set kept by hand cannot take over is left to the editors (`undecided`).
    """
    CompetenceSet.objects.bulk_create(_made_by_rule(), ignore_conflicts=True)
    rows = list(edition.municipalities.select_related("district"))
    wanted = {}
    for kept in CompetenceSet.objects.exclude(rule=Rule.BY_HAND):
        authority_of = AUTHORITY_BY[Rule(kept.rule)]
        for row in within(kept.territory, rows):
            wanted[kept.pk, row.authority_id] = authority_of(row)
    _write(edition, wanted | _kept_by_hand(edition, rows))


def _made_by_rule() -> list[CompetenceSet]:
    return [
        CompetenceSet(key=rule.value, name=rule.label, rule=rule, territory=rule.territory) for rule in RULES
    ]


class _Place(Protocol):
    @property
    def is_urban(self) -> bool: ...


P = TypeVar("P", bound=_Place)


def within(territory: str, rows: Iterable[P]) -> list[P]:
    """Those municipalities of an edition that a set has to cover; rows with their `district`, or entries of a file."""
    if territory == Territory.WHOLE:
        return list(rows)
    return [row for row in rows if row.is_urban == (territory == Territory.URBAN)]


def _kept_by_hand(edition, rows) -> dict[tuple[int, int], int]:
    """What was decided for this edition or else the one before, as far as both sides are still there."""
    by_hand = CompetenceSet.objects.by_hand()
    present = authorities_of(rows)
    places = {kept.pk: {row.authority_id for row in within(kept.territory, rows)} for kept in by_hand}
    return {
        (row.set_id, row.municipality_id): row.authority_id
        for row in _last_decided(edition.territory_date)
        if row.municipality_id in places[row.set_id] and row.authority_id in present
    }


def _last_decided(until: datetime.date) -> list[Competence]:
    """Of each set kept by hand, what its newest edition up to a day says; what only an earlier one has is past."""
    known = Competence.objects.filter(
        set__in=CompetenceSet.objects.by_hand(), edition__territory_date__lte=until
    ).select_related("municipality", "authority", "edition")
    rows = list(known)
    newest: dict[int, datetime.date] = {}
    for row in rows:
        day = row.edition.territory_date
        newest[row.set_id] = max(newest.get(row.set_id, day), day)
    return [row for row in rows if row.edition.territory_date == newest[row.set_id]]


def authorities_of(rows: Iterable[RegisterMunicipality]) -> set[int]:
    """Everybody in an edition: municipalities, Landkreise and units."""
    return {number for row in rows for number in (row.authority_id, row.district_id, row.unit_id)}


def _write(edition, wanted: dict[tuple[int, int], int]) -> None:
    """Make the rows of an edition what is wanted, touching only what differs."""
    known = {(row.set_id, row.municipality_id): row for row in edition.competences.all()}
    changed = [row for place, row in known.items() if wanted.get(place, row.authority_id) != row.authority_id]
    for row in changed:
        row.authority_id = wanted[row.set_id, row.municipality_id]
    Competence.objects.filter(pk__in=[row.pk for place, row in known.items() if place not in wanted]).delete()
    Competence.objects.bulk_update(changed, ["authority"])
    Competence.objects.bulk_create(
        Competence(edition=edition, set_id=place[0], municipality_id=place[1], authority_id=authority)
        for place, authority in wanted.items()
        if place not in known
    )


# --- what reading a register in would do -------------------------------------------------------

# The same as AUTHORITY_BY, for what a file has.
KEY_BY: dict[Rule, Callable[[Entry], str]] = {
    Rule.DISTRICTS: lambda entry: entry.district_key,
    Rule.RURAL_DISTRICTS: lambda entry: entry.district_key,
    Rule.MUNICIPALITIES: lambda entry: entry.key,
    Rule.UNITS: lambda entry: entry.unit_key,
}


@dataclass(frozen=True)
class Outlook:
    """What a set would have in an edition that is not read in yet; `undecided` are municipalities with the reason."""

    name: str
    by_hand: bool
    authority_count: int
    municipality_count: int
    undecided: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """ "Bauaufsicht: von Hand gepflegt, für 417 von 418 Gemeinden übernommen"."""
        total = self.municipality_count + len(self.undecided)
        if self.by_hand:
            return f"{self.name}: von Hand gepflegt, für {self.municipality_count} von {total} Gemeinden übernommen"
        return f"{self.name}: neu aus dem Register, {self.authority_count} Behörden für {total} Gemeinden"


def outlooks(entries: Snapshot, on: datetime.date) -> list[Outlook]:
    """Of all sets that have been begun, by name, for the entries of a register as of a day; two queries."""
    municipalities = [entry for entry in entries.values() if entry.is_municipality]
    decided: dict[int, dict[str, Authority]] = defaultdict(dict)
    for row in _last_decided(on):
        decided[row.set_id][row.municipality.key] = row.authority
    begun = list(CompetenceSet.objects.begun())
    rules = {kept.rule for kept in begun}
    first = [kept for kept in _made_by_rule() if kept.rule not in rules]
    found = []
    for kept in sorted([*begun, *first], key=lambda kept: kept.name):
        places = within(kept.territory, municipalities)
        if kept.is_by_hand:
            found.append(_outlook_by_hand(kept, places, decided[kept.pk], entries))
        else:
            competent = {KEY_BY[Rule(kept.rule)](entry) for entry in places}
            found.append(Outlook(kept.name, False, len(competent), len(places)))
    return found


def _outlook_by_hand(kept, places: list[Entry], decided: dict[str, Authority], entries: Snapshot) -> Outlook:
    taken, undecided = set(), []
    for entry in places:
        authority = decided.get(entry.key)
        if authority and authority.key in entries:
            taken.add((entry.key, authority.key))
        else:
            reason = f"{authority} gibt es nicht mehr" if authority else "noch nicht festgelegt"
            undecided.append(f"{kept.name}, {entry}: {reason}")
    return Outlook(kept.name, True, len({key for _, key in taken}), len(taken), tuple(undecided))


def competence_sections(found: Iterable[Outlook]) -> list[Section]:
    """For a person to read, after what differs in the register."""
    found = list(found)
    undecided = tuple(text for one in found for text in one.undecided)
    sections = [
        Section("Zuständigkeiten", tuple(one.in_words for one in found)),
        Section("Zuständigkeiten: danach zu entscheiden", undecided, len(undecided) > MOST_NAMED),
    ]
    return [section for section in sections if section.lines]


# --- what editors decide -----------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """A municipality that a set has to cover: who is competent, who was in the edition before, who may be proposed.

    `reason` says why nobody is, in German; "" where somebody is.
    """

    row: RegisterMunicipality
    competent: Authority | None
    before: Authority | None = None
    proposal: Authority | None = None
    reason: str = ""


def decisions(kept: CompetenceSet, edition: RegisterEdition) -> list[Decision]:
    """All municipalities of the territory by name; six queries."""
    rows = within(kept.territory, edition.municipalities.with_authorities())
    now = _by_municipality(kept, edition)
    earlier = RegisterEdition.objects.filter(
        territory_date__lt=edition.territory_date, competences__set=kept
    ).newest()
    before = _by_municipality(kept, earlier) if earlier else {}
    present = Authority.objects.in_bulk(authorities_of(rows))
    successors, predecessors = defaultdict(list), defaultdict(list)
    for succession in Succession.objects.select_related("predecessor", "successor"):
        successors[succession.predecessor_id].append(succession.successor)
        predecessors[succession.successor_id].append(succession.predecessor)

    def decision(row: RegisterMunicipality) -> Decision:
        if row.authority_id in now:
            return Decision(row, now[row.authority_id], before.get(row.authority_id))
        origins = [one for one in predecessors[row.authority_id] if one.pk in before]
        known = [before[one.pk] for one in origins] or [
            before[number] for number in [row.authority_id] if number in before
        ]
        heirs = {heir for one in known for heir in ([one] if one.pk in present else successors[one.pk])}
        proposal = heirs.pop() if len(heirs) == 1 else None
        return Decision(
            row, None, known[0] if len(set(known)) == 1 else None, proposal, _reason(origins, known)
        )

    return [decision(row) for row in rows]


def _reason(origins: list[Authority], known: list[Authority]) -> str:
    if origins:
        return f"entstanden aus {' und '.join(one.full_name for one in origins)}"
    if known:
        return f"{known[0].full_name} gibt es nicht mehr"
    return "noch nicht festgelegt"


def _by_municipality(kept, edition) -> dict[int, Authority]:
    rows = kept.competences.filter(edition=edition).select_related("authority")
    return {row.municipality_id: row.authority for row in rows}


def decide(kept: CompetenceSet, edition: RegisterEdition, competent: dict[int, int]) -> int:
    """Say who is competent in some municipalities of an edition; returns how many changed."""
    known = {row.municipality_id: row for row in kept.competences.filter(edition=edition)}
    changed = [
        known[place]
        for place, authority in competent.items()
        if place in known and known[place].authority_id != authority
    ]
    for row in changed:
        row.authority_id = competent[row.municipality_id]
    Competence.objects.bulk_update(changed, ["authority"])
    made = Competence.objects.bulk_create(
        Competence(set=kept, edition=edition, municipality_id=place, authority_id=authority)
        for place, authority in competent.items()
        if place not in known
    )
    return len(changed) + len(made)
