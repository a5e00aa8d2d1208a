"""What is held of subscribers: for themselves, and as files of editors, out and in."""

import csv
import datetime
import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from newsletter.models import ConsentBatch, Subscriber, SubscriptionRequest
from rollout.sheet_admin import Heading, SheetFault, check_headings, lines_of
from stand.uploads import Sheet, escape_formula

from .forms import tidy_address

# --- for a subscriber --------------------------------------------------------------------------


def held_data(subscriber) -> list[tuple[str, object]]:
    """Everything that is stored of a subscriber, but for the tokens of links; texts and moments, by a German label."""
    found: list[tuple[str, object]] = [("E-Mail-Adresse", subscriber.address)]
    if subscriber.requested_at:
        found.append(("angefordert am", subscriber.requested_at))
    if subscriber.confirmed_at:
        found.append(("bestätigt am", subscriber.confirmed_at))
    if subscriber.consent:
        found.append(("Einwilligung", subscriber.consent.text))
        found.append(("Fassung der Einwilligung", str(subscriber.consent)))
    if subscriber.batch:
        found.append(("übernommen mit", f"{subscriber.batch.name}, {in_words(subscriber.batch.made_at)}"))
        found.append(("Nachweis der Einwilligung", subscriber.batch.proof))
    if subscriber.suspended_at:
        found.append(("ausgesetzt am", subscriber.suspended_at))
    for number, request in enumerate(subscriber.requests.order_by("requested_at"), start=1):
        label = f"Anforderung {number}: {request.get_kind_display()}"
        found.append((label, request.requested_at))
        if request.kind == SubscriptionRequest.Kind.NEW_ADDRESS and not request.confirmed_at:
            found.append((f"Anforderung {number}: nicht bestätigte Adresse", request.address))
    deliveries = subscriber.deliveries.select_related("mailing__edition").order_by("pk")
    for delivery in deliveries:
        moment = f", {in_words(delivery.finished_at)}" if delivery.finished_at else ""
        found.append((f"{delivery.mailing.edition} per E-Mail", f"{delivery.get_state_display()}{moment}"))
    return found


def in_words(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return f"{timezone.localtime(value):%d.%m.%Y, %H:%M} Uhr"
    return str(value)


# --- a file of all -----------------------------------------------------------------------------

ADDRESS, REQUESTED, CONFIRMED = "E-Mail-Adresse", "angefordert am", "bestätigt am"
HEADINGS = (
    Heading(ADDRESS, needed=True),
    Heading(REQUESTED),
    Heading(CONFIRMED),
    Heading("ausgesetzt am", read=False),
    Heading("Einwilligungstext", read=False),
    Heading("Übernahme", read=False),
    Heading("Nachweis", read=False),
)
MOMENTS = [
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
]
MAX_ROWS = 20_000


def csv_of(subscribers: Iterable[Subscriber]) -> bytes:
    """UTF-8 with the mark that Excel needs; no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(heading.label for heading in HEADINGS)
    for one in subscribers:
        row = [
            one.address,
            *map(_moment, (one.requested_at, one.confirmed_at, one.suspended_at)),
            one.consent.text if one.consent else "",
            one.batch.name if one.batch else "",
            one.batch.proof if one.batch else "",
        ]
        writer.writerow(map(escape_formula, row))
    return text.getvalue().encode("utf-8-sig")


def _moment(value) -> str:
    return f"{timezone.localtime(value):%d.%m.%Y %H:%M:%S}" if value else ""


# --- a file in ---------------------------------------------------------------------------------


@dataclass
class ImportPlan:
    """What a file would bring: those that are `new`, and how many it names twice, or are there already."""

    new: list[Subscriber] = field(default_factory=list)
    merged: int = 0
    known: int = 0

    @property
    def summary(self) -> str:
        new = "1 Abonnement ist neu" if len(self.new) == 1 else f"{len(self.new)} Abonnements sind neu"
        return f"{new}; schon eingetragen: {self.known}, in der Datei doppelt: {self.merged}"


def plan_import(sheet: Sheet) -> ImportPlan:
    """Compares a file with what is there; raises SheetFault with every line that is wrong."""
    check_headings(HEADINGS, sheet)
    found: dict[str, Subscriber] = {}
    errors: list[str] = []
    plan = ImportPlan()
    for number, texts in lines_of(sheet):
        try:
            one = _read(texts)
        except ValidationError as error:
            errors.append(f"Zeile {number} („{texts[ADDRESS][:80]}“): {' '.join(error.messages)}")
            continue
        same = found.setdefault(one.address.lower(), one)
        if same is not one:
            plan.merged += 1
            _merge(same, one)
    if errors:
        raise SheetFault(errors)
    known = {address.lower() for address in Subscriber.objects.values_list("address", flat=True)}
    plan.new = [one for address, one in found.items() if address not in known]
    plan.known = len(found) - len(plan.new)
    return plan


def _read(texts: dict[str, str]) -> Subscriber:
    if not texts[ADDRESS]:
        raise ValidationError("Die Adresse fehlt.")
    one = Subscriber(
        address=tidy_address(texts[ADDRESS]),
        requested_at=_read_moment(REQUESTED, texts.get(REQUESTED, "")),
        confirmed_at=_read_moment(CONFIRMED, texts.get(CONFIRMED, "")),
    )
    if one.requested_at and one.confirmed_at and one.confirmed_at < one.requested_at:
        raise ValidationError(f"„{CONFIRMED}“ liegt vor „{REQUESTED}“.")
    return one


def _read_moment(label: str, text: str):
    if not text:
        return None
    for form in MOMENTS:
        try:
            moment = timezone.make_aware(datetime.datetime.strptime(text, form))
        except (ValueError, OverflowError):
            continue
        if moment > timezone.now():
            raise ValidationError(f"„{label}“ liegt in der Zukunft.")
        return moment
    raise ValidationError(
        f"„{label}“ ist kein Zeitpunkt, wie 05.10.2022 oder 05.10.2022 14:30: „{text[:40]}“."
    )


def _merge(kept: Subscriber, other: Subscriber) -> None:
    """What the first line of an address leaves open is taken from another; a proof stays the one of a single line."""
    if kept.confirmed_at is None and other.confirmed_at:
        kept.requested_at, kept.confirmed_at = other.requested_at, other.confirmed_at


@transaction.atomic
def take_over(sheet: Sheet, name: str, proof: str) -> ImportPlan:
    """Brings what is new, with where its consent is proven; a second time nothing is."""
    plan = plan_import(sheet)
    if plan.new:
        batch, _ = ConsentBatch.objects.get_or_create(name=name, defaults={"proof": proof})
        for one in plan.new:
            one.batch = batch
        # Somebody may have subscribed a moment ago.
        Subscriber.objects.bulk_create(plan.new, batch_size=1000, ignore_conflicts=True)
    return plan
