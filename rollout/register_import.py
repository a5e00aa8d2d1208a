"""Takes the official register over into the database: what would change, and all of it or nothing.

Editions come in the order of their dates. The newest may be read again, for instance corrected; an older one is
refused, as names and closures of today cannot be told from it.
"""

import datetime
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.utils import timezone

from .competence import Outlook, competence_sections, fill, outlooks
from .difference import (
    Difference,
    Entry,
    Section,
    Snapshot,
    compare,
    in_sections,
    snapshot_of,
    with_whole_names,
)
from .models import Authority, AuthorityKind, Competence, RegisterEdition, RegisterMunicipality, Succession
from .register import Register, RegisterFault


@dataclass(frozen=True)
class Plan:
    """What taking a register over would do, and the state of the database that this was found out against."""

    register: Register
    base: RegisterEdition | None
    difference: Difference
    entries: Snapshot
    outlooks: list[Outlook]

    @property
    def sections(self) -> list[Section]:
        """What differs and what becomes of the competences, for a person to read; nothing where nothing is done."""
        if self.again and not self.difference:
            return []
        return [*in_sections(self.difference), *competence_sections(self.outlooks)]

    @property
    def again(self) -> bool:
        """Whether this very edition is there already."""
        return self.base is not None and self.base.territory_date == self.register.territory_date

    @property
    def state(self) -> str:
        return f"{self.base.pk} {self.base.imported_at.isoformat()}" if self.base else ""


def with_population_date(register: Register, date: datetime.date | None) -> Register:
    """The register with the date of its population, from the file or, where that is silent, as given."""
    known = register.population_date or date
    if known is None:
        raise RegisterFault(
            "Die Datei nennt nicht, von welchem Tag die Einwohnerzahlen sind. Bitte geben Sie ihn an; "
            "bei GV100AD steht er in der Beschreibung, zum Beispiel 31.12.2022."
        )
    if register.population_date and date and register.population_date != date:
        raise RegisterFault(
            f"Die Einwohnerzahlen sind laut Datei vom {register.population_date:%d.%m.%Y}, "
            f"nicht vom {date:%d.%m.%Y}."
        )
    if known > register.territory_date:
        raise RegisterFault(
            f"Die Einwohnerzahlen vom {known:%d.%m.%Y} können nicht jünger sein als der "
            f"Gebietsstand vom {register.territory_date:%d.%m.%Y}."
        )
    return replace(register, population_date=known)


def plan(register: Register) -> Plan:
    """What `take_over` would change; writes nothing. Raises RegisterFault for an edition older than the newest."""
    base = RegisterEdition.objects.newest()
    if base and base.territory_date > register.territory_date:
        raise RegisterFault(
            f"Das Register vom {register.territory_date:%d.%m.%Y} ist älter als das neueste "
            f"vom {base.territory_date:%d.%m.%Y}. Register werden in der Reihenfolge ihrer Tage eingelesen."
        )
    known = _snapshot_of_edition(base) if base else {}
    entries = with_whole_names(snapshot_of(register), known)
    difference = compare(known, entries)
    remarks = (*_own_changes(base, register), *_returns(difference))
    found = outlooks(entries, register.territory_date)
    return Plan(register, base, replace(difference, remarks=remarks), entries, found)


def take_over(register: Register, file_name: str = "", expected_state: str | None = None) -> Plan:
    """Make the register the newest edition, in one transaction; the same one again changes nothing.

    `expected_state` is the `state` of the plan that somebody has agreed to: RegisterFault if it is past.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE rollout_registeredition IN SHARE ROW EXCLUSIVE MODE")
        found = plan(register)
        if expected_state is not None and found.state != expected_state:
            raise RegisterFault(
                "Das Register wurde seit der Prüfung geändert. Bitte wählen Sie die Datei noch einmal "
                "und prüfen Sie die Unterschiede neu."
            )
        if found.difference or not found.again:
            _write(found, file_name[:200])
    return found


# --- reading -----------------------------------------------------------------------------------


def _snapshot_of_edition(edition: RegisterEdition) -> Snapshot:
    rows = edition.municipalities.select_related("authority", "district", "unit")
    entries: Snapshot = {}
    for row in rows:
        for authority in (row.district, row.unit):
            if not authority.is_municipality:
                entries[authority.key] = Entry(authority.key, authority.kind, authority.designation)
        entries[row.authority.key] = Entry(
            key=row.authority.key,
            kind=row.authority.kind,
            designation=row.authority.designation,
            district_key=row.district.key,
            unit_key=row.unit.key,
            regional_key=row.regional_key,
            population=row.population,
            area_ha=row.area_ha,
        )
    return entries


def _own_changes(base, register) -> tuple[str, ...]:
    """Only where the same edition is read again."""
    if base is None or base.territory_date != register.territory_date:
        return ()
    found = []
    if base.population_date != register.population_date:
        found.append(
            f"Einwohner vom: bisher {base.population_date:%d.%m.%Y}, neu {register.population_date:%d.%m.%Y}"
        )
    if base.source != register.source:
        found.append(f"Quelle: bisher {base.source}, neu {register.source}")
    return tuple(found)


def _returns(difference: Difference) -> list[str]:
    """Who was closed and is there again; what was said of successors may not hold any more."""
    closed = Authority.objects.closed().filter(key__in=[entry.key for entry in difference.added])
    return [f"{authority} ist wieder im Register: bitte die Rechtsnachfolge prüfen" for authority in closed]


# --- writing -----------------------------------------------------------------------------------


def _write(found: Plan, file_name: str) -> None:
    register, difference = found.register, found.difference
    authorities = _write_authorities(found.entries)
    Authority.objects.filter(key__in=[entry.key for entry in difference.gone], closed_on=None).update(
        closed_on=register.territory_date
    )
    _write_successions(difference)
    edition, _ = RegisterEdition.objects.update_or_create(
        territory_date=register.territory_date,
        defaults={
            "population_date": register.population_date,
            "layout": register.layout.value,
            "source": register.source,
            "file_name": file_name,
            "imported_at": timezone.now(),
        },
    )
    _write_rows(edition, found.entries, authorities)
    _tell_the_planner(Authority, RegisterMunicipality)
    fill(edition)
    _tell_the_planner(Competence)


def _write_authorities(entries: Snapshot) -> dict[str, Authority]:
    """All authorities of the edition by key: new ones made, changed ones changed, those that came back opened."""
    known = Authority.objects.in_bulk(list(entries), field_name="key")
    new, changed = [], []
    for entry in entries.values():
        authority = known.get(entry.key)
        if authority is None:
            authority = Authority(key=entry.key)
            new.append(authority)
        elif authority.closed_on or (authority.kind, authority.designation) != (
            entry.kind,
            entry.designation,
        ):
            changed.append(authority)
        authority.kind, authority.designation = entry.kind, entry.designation
        authority.take_name(entry.name)
        authority.is_grosse_kreisstadt &= entry.kind == AuthorityKind.MUNICIPALITY
        authority.closed_on = None
    Authority.objects.bulk_update(
        changed, ["kind", "name", "designation", "sort_name", "is_grosse_kreisstadt", "closed_on"]
    )
    return known | {authority.key: authority for authority in Authority.objects.bulk_create(new)}


def _write_successions(difference: Difference) -> None:
    pairs = [
        (part.key, merger.successor.key) for merger in difference.mergers for part in merger.predecessors
    ]
    ids = dict(
        Authority.objects.filter(key__in={key for pair in pairs for key in pair}).values_list("key", "pk")
    )
    Succession.objects.bulk_create(
        [Succession(predecessor_id=ids[old], successor_id=ids[new]) for old, new in pairs],
        ignore_conflicts=True,
    )


def _write_rows(edition, entries: Snapshot, authorities: dict[str, Authority]) -> None:
    rows = [
        RegisterMunicipality(
            edition=edition,
            authority=authorities[entry.key],
            district=authorities[entry.district_key],
            unit=authorities[entry.unit_key],
            designation=entry.designation,
            regional_key=entry.regional_key,
            population=entry.population,
            area_ha=entry.area_ha,
        )
        for entry in entries.values()
        if entry.is_municipality
    ]
    edition.municipalities.all().delete()
    RegisterMunicipality.objects.bulk_create(rows)


def _tell_the_planner(*models) -> None:
    """Count the tables anew now; until PostgreSQL does by itself, it may take them for empty and join row by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE " + ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
        )
