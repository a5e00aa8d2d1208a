"""Who is competent where, for an edition of the register: by rule from its rows, by hand from the edition before."""

from collections.abc import Callable, Iterable

from .models import Competence, CompetenceSet, RegisterEdition, RegisterMunicipality, Rule, Territory
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
