"""What differs between two editions of the register. Pure: two snapshots in, one plain structure out.

A merger is proposed where the areas prove it: what is gone in a Landkreis adds up to a new municipality there, or to
what a remaining one has grown by. Whatever has no or more than one explanation is left to the editors.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, combinations

from .register import Register, UnitKind

# GV100AD cuts names there.
CUT_AT = 50
# Land surveys move the area of a municipality by some hectares from year to year.
LEAST_TOLERANCE_HA = 5
# 2 to this power are the combinations that are tried per municipality.
MOST_GONE_IN_A_DISTRICT = 12

DISTRICT, URBAN_DISTRICT, MUNICIPALITY = "landkreis", "kreisfreie-stadt", "gemeinde"


@dataclass(frozen=True)
class Entry:
    """An authority as one edition has it; what only municipalities have is empty for the others.

    `district_key` and `unit_key` are keys of authorities: its own where it is a Kreisfreie Stadt or a free
    municipality.
    """

    key: str
    kind: str
    designation: str
    district_key: str = ""
    unit_key: str = ""
    regional_key: str = ""
    population: int = 0
    area_ha: int = 0

    @property
    def is_municipality(self) -> bool:
        return self.kind in (URBAN_DISTRICT, MUNICIPALITY)

    @property
    def is_urban(self) -> bool:
        return self.kind == URBAN_DISTRICT

    @property
    def name(self) -> str:
        """Without what stands behind the comma in the name of a municipality, such as "Stadt"."""
        short = self.designation.partition(", ")[0] if self.is_municipality else ""
        return short or self.designation

    def __str__(self):
        return f"{self.designation if self.is_municipality else self.in_full} ({self.key})"

    @property
    def in_full(self) -> str:
        return f"{self.kind.capitalize()} {self.designation}"


Snapshot = dict[str, Entry]


def snapshot_of(register: Register) -> Snapshot:
    """The authorities that a file yields, by key."""
    urban = {district.key for district in register.districts if district.urban}
    free = {unit.key for unit in register.units if unit.kind is UnitKind.FREE}
    districts = (Entry(row.key, DISTRICT, row.designation) for row in register.districts if not row.urban)
    units = (Entry(row.key, row.kind.value, row.designation) for row in register.units if row.key not in free)
    municipalities = (
        Entry(
            key=row.key,
            kind=URBAN_DISTRICT if row.district_key in urban else MUNICIPALITY,
            designation=row.designation,
            district_key=row.key if row.district_key in urban else row.district_key,
            unit_key=row.key if row.unit_key in free else row.unit_key,
            regional_key=row.regional_key,
            population=row.population,
            area_ha=row.area_ha,
        )
        for row in register.municipalities
    )
    return {entry.key: entry for entry in chain(districts, units, municipalities)}


@dataclass(frozen=True)
class Change:
    """One property of an authority that both editions have."""

    entry: Entry
    label: str
    before: object
    after: object

    def __str__(self):
        return f"{self.entry}, {self.label}: bisher {self.before}, neu {self.after}"


@dataclass(frozen=True)
class Merger:
    """That `successor` took the place of all `predecessors`."""

    predecessors: tuple[Entry, ...]
    successor: Entry

    def __str__(self):
        return f"{' und '.join(map(str, self.predecessors))} → {self.successor}"


@dataclass(frozen=True)
class Difference:
    added: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    mergers: tuple[Merger, ...]
    changes: tuple[Change, ...]
    population_changes: tuple[Change, ...]
    population_before: int
    population_after: int
    # What else is worth saying, such as another date of the population.
    remarks: tuple[str, ...] = ()

    @property
    def undecided(self) -> tuple[Entry, ...]:
        """What is gone without a merger that explains it."""
        settled = {entry.key for merger in self.mergers for entry in merger.predecessors}
        return tuple(entry for entry in self.gone if entry.key not in settled)

    def __bool__(self):
        return any((self.added, self.gone, self.changes, self.population_changes, self.remarks))


def compare(before: Snapshot, after: Snapshot) -> Difference:
    gone = tuple(entry for key, entry in before.items() if key not in after)
    added = tuple(entry for key, entry in after.items() if key not in before)
    both = [(before[key], entry) for key, entry in after.items() if key in before]
    found = [change for pair in both for change in _changes(*pair, before, after)]
    mergers = _mergers(before, after, gone, added)
    return Difference(
        added=added,
        gone=gone,
        mergers=(*mergers, *_unit_mergers(before, after, gone, mergers)),
        changes=tuple(change for change in found if change.label != "Einwohner"),
        population_changes=tuple(change for change in found if change.label == "Einwohner"),
        population_before=sum(entry.population for entry in before.values()),
        population_after=sum(entry.population for entry in after.values()),
    )


def with_whole_names(snapshot: Snapshot, known: Snapshot) -> Snapshot:
    """A name that is cut where the known one goes on is no other name."""
    return {
        key: replace(entry, designation=known[key].designation)
        if key in known
        and len(entry.designation) == CUT_AT
        and known[key].designation.startswith(entry.designation)
        else entry
        for key, entry in snapshot.items()
    }


def _changes(old: Entry, new: Entry, before: Snapshot, after: Snapshot):
    for label, was, now in (
        ("Bezeichnung", old.designation, new.designation),
        ("Art", old.kind.capitalize(), new.kind.capitalize()),
        ("Landkreis", before.get(old.district_key), after.get(new.district_key)),
        ("Verwaltungseinheit", before.get(old.unit_key), after.get(new.unit_key)),
        ("Regionalschlüssel", old.regional_key, new.regional_key),
        ("Fläche in Hektar", old.area_ha, new.area_ha),
        ("Einwohner", old.population, new.population),
    ):
        same = was.key == now.key if isinstance(was, Entry) and isinstance(now, Entry) else was == now
        if not same:
            yield Change(new, label, was, now)


# --- mergers -----------------------------------------------------------------------------------


def _tolerance(entry: Entry) -> int:
    return max(LEAST_TOLERANCE_HA, entry.area_ha // 1000)


def _mergers(before, after, gone, added) -> tuple[Merger, ...]:
    """Of municipalities."""
    gone_in, targets_in = defaultdict(list), defaultdict(list)
    for entry in gone:
        if entry.is_municipality:
            gone_in[entry.district_key].append(entry)
    for entry in after.values():
        known = before.get(entry.key)
        grown = entry.area_ha - (known.area_ha if known else 0)
        if entry.is_municipality and grown > _tolerance(entry):
            targets_in[entry.district_key].append((entry, grown))
    return tuple(
        merger
        for district, entries in gone_in.items()
        if len(entries) <= MOST_GONE_IN_A_DISTRICT
        for merger in _proven(entries, targets_in[district])
    )


def _proven(gone, targets) -> list[Merger]:
    """Where one combination alone explains what a municipality has gained, and no other claims any part of it."""
    sums = [
        (parts, sum(part.area_ha for part in parts))
        for size in range(1, len(gone) + 1)
        for parts in combinations(gone, size)
    ]
    explained = [
        (target, [parts for parts, area in sums if abs(area - grown) <= _tolerance(target)])
        for target, grown in targets
    ]
    claims: dict[str, int] = defaultdict(int)
    for _, fitting in explained:
        for key in {part.key for parts in fitting for part in parts}:
            claims[key] += 1
    return [
        Merger(fitting[0], target)
        for target, fitting in explained
        if len(fitting) == 1 and all(claims[part.key] == 1 for part in fitting[0])
    ]


def _unit_mergers(before, after, gone, mergers) -> list[Merger]:
    """Of Verwaltungsgemeinschaften and -verbände: where all members are in one and the same unit now."""
    successor_of = {part.key: merger.successor for merger in mergers for part in merger.predecessors}
    found = []
    for unit in gone:
        members = [entry for entry in before.values() if entry.unit_key == unit.key]
        if unit.is_municipality or not members:
            continue
        now = [after.get(member.key) or successor_of.get(member.key) for member in members]
        units = {entry.unit_key if entry else None for entry in now}
        if len(units) == 1 and (key := units.pop()):
            found.append(Merger((unit,), after[key]))
    return found


# --- in words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """A heading with its lines; `long` ones are folded away at first."""

    title: str
    lines: tuple[str, ...]
    long: bool = False


# A first edition adds everything: then numbers say more than names.
MOST_NAMED = 60


def in_sections(difference: Difference) -> list[Section]:
    """For a person to read; what has no lines is left out."""
    many = len(difference.added) > MOST_NAMED
    renamed = [change for change in difference.changes if change.label == "Bezeichnung"]
    moved = [
        change for change in difference.changes if change.label not in ("Bezeichnung", "Fläche in Hektar")
    ]
    areas = [change for change in difference.changes if change.label == "Fläche in Hektar"]
    sections = [
        Section("Neu", _texts(difference.added), many),
        Section("Nicht mehr im Register", _texts(difference.gone)),
        Section("Zusammengeschlossen (nach den Flächen)", _texts(difference.mergers)),
        Section("Zu entscheiden: Rechtsnachfolge nicht erkennbar", _texts(difference.undecided)),
        Section("Umbenannt", _texts(renamed)),
        Section("Anders zugeordnet", _texts(moved)),
        Section("Außerdem", difference.remarks),
        Section("Fläche geändert", _texts(areas), long=True),
        Section("Einwohner je Gemeinde", _texts(difference.population_changes), long=True),
    ]
    return [section for section in sections if section.lines]


def _texts(things) -> tuple[str, ...]:
    return tuple(map(str, things))
