"""Adoptions as a file, out and in again. A file adds and changes; what it does not name stays as it is."""

from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from catalogue.models import Service
from stand.columns import Column, Table
from stand.exchange import Difference
from stand.uploads import Sheet

from .models import Adoption, Authority
from .recording import Duties, Recorded, lock, overlaps, write
from .sheet_admin import Heading, SheetFault, SheetPlan, lines_of

SERVICE, KEY, NOT_RECORDED = "Leistung", "Schlüssel", "nicht erfasst"

ADOPTIONS = Table(
    model=Adoption,
    columns=(
        Column("state", needed=True),
        Column("since"),
        Column("until"),
        Column("checked_on"),
        Column("solution"),
        Column("note"),
    ),
)
CELLS = {cells.name: cells for cells in ADOPTIONS.cells(None)}
HEADINGS = (
    Heading(SERVICE, needed=True),
    Heading("Bezeichnung", read=False),
    Heading(KEY, needed=True),
    Heading("Kommune", read=False),
    *(Heading(cells.label, needed=cells.column.needed) for cells in CELLS.values()),
)


def texts_of(adoption: Adoption) -> list[str]:
    """A line of the file."""
    return [
        adoption.service.slug,
        adoption.service.name,
        adoption.authority.key,
        adoption.authority.full_name,
        *(cells.words(adoption) for cells in CELLS.values()),
    ]


def plan_of_adoptions(sheet: Sheet) -> SheetPlan:
    """What a file would change; a record is recognised by service, authority and the month in which it begins."""
    lines = lines_of(sheet)
    services = Service.objects.in_bulk({texts[SERVICE] for _, texts in lines}, field_name="slug")
    authorities = Authority.objects.in_bulk({texts[KEY] for _, texts in lines}, field_name="key")
    lock(services.values())
    known = _known(services.values(), authorities.values())
    reader = _Reader(services, authorities, known)
    for number, texts in lines:
        reader.read(number, texts)
    errors = reader.errors or reader.broken_rules()
    if errors:
        raise SheetFault(errors)
    return SheetPlan(
        differences=reader.differences,
        state=[[one.pk, *texts_of(one)] for one in sorted(known.values(), key=lambda one: one.pk)],
        apply=lambda: write(reader.done),
    )


Identity = tuple[int, int, object]


def _identity(adoption: Adoption) -> Identity:
    return adoption.authority_id, adoption.service_id, adoption.begin_month


def _known(services: Iterable[Service], authorities: Iterable[Authority]) -> dict[Identity, Adoption]:
    adoptions = Adoption.objects.real().filter(service__in=services, authority__in=authorities)
    return {_identity(one): one for one in adoptions.select_related("service", "authority")}


class _Reader:
    """Reads line after line into what is to be done, and notes what is wrong."""

    def __init__(self, services: dict[str, Service], authorities: dict[str, Authority], known):
        self.services, self.authorities, self.known = services, authorities, known
        self.done = Recorded([], [], [])
        self.differences: list[Difference] = []
        self.errors: list[str] = []
        self.lines: dict[Identity, int] = {}

    def read(self, number: int, texts: dict[str, str]) -> None:
        service, authority = self.services.get(texts[SERVICE]), self.authorities.get(texts[KEY])
        if service is None:
            self._error(
                number,
                SERVICE,
                f"„{texts[SERVICE]}“ gibt es nicht. Hier steht die Adresse der Leistung, zum Beispiel „wohngeld“.",
            )
        if authority is None:
            self._error(number, KEY, f"„{texts[KEY]}“ gibt es nicht. Zum Beispiel 14522 oder 14627210.")
        if service is None or authority is None:
            return
        new = Adoption(service=service, authority=authority)
        removes = texts[CELLS["state"].label].casefold() == NOT_RECORDED
        if not self._fill(new, number, texts, set(CELLS) - ({"state"} if removes else set())):
            return
        if new.begin_month is None:
            self._error(
                number, "seit", "Bitte angeben, seit wann das gilt oder an welchem Tag es geprüft wurde."
            )
            return
        identity = _identity(new)
        if identity in self.lines:
            self._error(number, KEY, f"Dasselbe steht schon in Zeile {self.lines[identity]}.")
            return
        self.lines[identity] = number
        old = self.known.get(identity)
        if removes:
            self._remove(number, old)
        elif old is None:
            self._add(number, new)
        else:
            self._change(number, old, new, texts)

    def _error(self, number: int, heading: str, text: str) -> None:
        self.errors.append(f"Zeile {number}, {heading}: {text}")

    def _fill(self, adoption, number, texts, names) -> bool:
        """Put what a line says into a record; False where something is no value of its column."""
        before = len(self.errors)
        for name, cells in CELLS.items():
            if name not in names or cells.label not in texts:
                continue
            try:
                cells.put(adoption, cells.from_words(texts[cells.label]))
            except ValidationError as error:
                self._error(number, cells.label, " ".join(error.messages))
        return len(self.errors) == before

    def _remove(self, number, old) -> None:
        if old:
            self.done.removed.append(old)
            self._tell("entfällt", number, old, [(CELLS["state"].label, old.in_words, NOT_RECORDED)])

    def _add(self, number, new) -> None:
        self.done.made.append(new)
        cells = [(cells.label, "", words) for cells in CELLS.values() if (words := cells.words(new))]
        self._tell("neu", number, new, cells)

    def _change(self, number, old, new, texts) -> None:
        named = [cells for cells in CELLS.values() if cells.label in texts]
        changed = [
            (cells.label, cells.words(old), cells.words(new))
            for cells in named
            if cells.value(old) != cells.value(new)
        ]
        if not changed:
            return
        self._tell("geändert", number, old, changed)
        fields = [field.attname for field in Adoption._meta.concrete_fields if not field.generated]
        after = Adoption(**{name: getattr(old, name) for name in fields})
        after.service, after.authority = old.service, old.authority
        for cells in named:
            cells.put(after, cells.value(new))
        self.done.changed.append(after)

    def _tell(self, kind, number, adoption, cells) -> None:
        label = f"{adoption.authority.full_name}, {adoption.service}"
        self.differences.append(Difference(kind, number, label, cells))

    def broken_rules(self) -> list[str]:
        """What the database would refuse, and records of those who are not competent, by line."""
        duties = Duties(self.services.values())
        errors = []
        for one in [*self.done.made, *self.done.changed]:
            place = f"Zeile {self.lines[_identity(one)]}"
            if one.until and one.until < one.begin_month:
                errors.append(f"{place}, bis: Das Ende liegt vor dem Beginn.")
            elif refusal := duties.refusal(one):
                errors.append(f"{place}, {KEY}: {refusal}")
        return errors or [text for records in self._after().values() for text in self._overlapping(records)]

    def _after(self) -> dict[tuple[int, int], list[Adoption]]:
        """What is there once this is done, by authority and service."""
        touched = {one.pk for one in [*self.done.changed, *self.done.removed]}
        kept = [one for one in self.known.values() if one.pk not in touched]
        found = defaultdict(list)
        for one in [*kept, *self.done.changed, *self.done.made]:
            found[one.authority_id, one.service_id].append(one)
        return found

    def _overlapping(self, records) -> list[str]:
        return [
            f"Zeile {self.lines.get(_identity(later)) or self.lines[_identity(earlier)]}, seit: "
            f"„{earlier.in_words}“ und „{later.in_words}“ überschneiden sich."
            for earlier, later in overlaps(records)
        ]
