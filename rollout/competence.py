"""Who is competent where, for an edition of the register: by rule from its rows, by hand from the edition before."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
    CompetenceSet.objects.bulk_create(
        [
            CompetenceSet(key=rule.value, name=rule.label, rule=rule, territory=rule.territory)
            for rule in RULES
        ],
        ignore_conflicts=True,
    )
    rows = list(edition.municipalities.select_related("district"))
    wanted = {}
    for kept in CompetenceSet.objects.exclude(rule=Rule.BY_HAND):
        authority_of = AUTHORITY_BY[Rule(kept.rule)]
        for row in within(kept.territory, rows):
            wanted[kept.pk, row.authority_id] = authority_of(row)
    _write(edition, wanted | _kept_by_hand(edition, rows))


def within(territory: str, rows: Iterable[RegisterMunicipality]) -> list[RegisterMunicipality]:
    """Those rows of an edition that a set has to cover; with their `district`."""
    if territory == Territory.WHOLE:
        return list(rows)
    return [row for row in rows if row.is_urban == (territory == Territory.URBAN)]


def _kept_by_hand(edition, rows) -> dict[tuple[int, int], int]:
    """What was decided for this edition or else the one before, as far as both sides are still there."""
    by_hand = {kept.pk: kept for kept in CompetenceSet.objects.by_hand()}
    known = Competence.objects.filter(
        set__in=by_hand, edition__territory_date__lte=edition.territory_date
    ).order_by("edition__territory_date")
    # Later editions overwrite earlier ones; what only an earlier one has is no longer decided.
    newest: dict[int, dict[int, int]] = {}
    of_edition: dict[int, int] = {}
    for row in known:
        if of_edition.get(row.set_id) != row.edition_id:
            newest[row.set_id], of_edition[row.set_id] = {}, row.edition_id
        newest[row.set_id][row.municipality_id] = row.authority_id
    present = authorities_of(rows)
    places = {pk: {row.authority_id for row in within(kept.territory, rows)} for pk, kept in by_hand.items()}
    return {
        (pk, municipality): authority
        for pk, decided in newest.items()
        for municipality, authority in decided.items()
        if municipality in places[pk] and authority in present
    }


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
