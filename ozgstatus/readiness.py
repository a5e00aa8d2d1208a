"""What an operator wants to know before going live, and now and then afterwards: `manage.py check_site`.

Each function looks at one subject and yields findings. Nothing is written, and only with `connect` is anybody asked.
"""

import datetime
import re
import smtplib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import WARNING, run_checks
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone
from django.utils.html import strip_tags

from newsletter.mailing.outbox import count_living_senders
from newsletter.mailing.returns import MailboxFault, look_into
from newsletter.models import Edition, Subscriber
from projects.models import ProjectReport
from rollout.models import Adoption, RegisterEdition, RolloutReport

from .models import AccessibilityStatement, HousekeepingRun, Page, Site

POSTGRESQL = 18
OLDEST_HOUSEKEEPING = datetime.timedelta(minutes=15)
OLDEST_BACKUP = datetime.timedelta(hours=26)  # one a day, and a little
WARNED_BEFORE = datetime.timedelta(days=30)
# What stands in a text until an operator has looked at it: marks to fill in, the demonstration, names that are none.
PLACEHOLDER = re.compile(
    r"\[(?:Bitte|bitte|Hier|hier) [^\]]*\]|Demonstration|kein Angebot de[rs]|\bexample\.(?:org|com|net)\b|\bTODO\b"
)
SECONDS_TO_CONNECT = 10
# As ozgstatus/demo.py makes them, which is no part of the image.
DEMO_ACCOUNTS = {name: f"{name}@example.org" for name in ("redaktion", "freigabe")}


class Level(Enum):
    OK = "ok"
    NOTE = "note"
    PROBLEM = "PROBLEM"


class Finding(NamedTuple):
    level: Level
    subject: str
    text: str


def ok(subject: str, text: str) -> Finding:
    return Finding(Level.OK, subject, text)


def note(subject: str, text: str) -> Finding:
    return Finding(Level.NOTE, subject, text)


def problem(subject: str, text: str) -> Finding:
    return Finding(Level.PROBLEM, subject, text)


def findings(connect: bool = False, backup: Path | None = None) -> Iterator[Finding]:
    """Everything, subject by subject."""
    for found in (
        check_settings(),
        check_database(),
        check_mail(connect),
        check_clock(),
        check_texts(),
        check_accessibility(),
        check_security_contact(),
        check_accounts(),
        check_content(),
        check_backup(backup),
    ):
        yield from found


def check_settings() -> Iterator[Finding]:
    subject = "settings"
    address = urlsplit(settings.SITE_URL)
    if settings.PLAIN_HTTP or address.scheme != "https":
        yield problem(
            subject, f"Not everything goes over TLS: SITE_URL is {settings.SITE_URL}, HTTP must not be plain."
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield problem(subject, "ALLOWED_HOSTS admits every name.")
    elif address.hostname not in settings.ALLOWED_HOSTS:
        yield problem(subject, f"ALLOWED_HOSTS does not admit {address.hostname}, the host of SITE_URL.")
    if PLACEHOLDER.search(settings.SITE_URL):
        yield problem(subject, f"SITE_URL is {settings.SITE_URL}, which is no address of a site.")
    if not settings.TRUSTED_PROXIES:
        yield problem(
            subject, "TRUSTED_PROXIES is 0: behind a front that ends TLS all are redirected for ever."
        )
    if not getattr(settings, "SECOND_FACTOR", True):
        yield problem(subject, "SECOND_FACTOR is off: a password alone opens the admin.")
    deploy = [
        str(found.msg)
        for found in run_checks(include_deployment_checks=True)
        if found.level >= WARNING and not found.is_silenced()
    ]
    yield from (problem(subject, message) for message in deploy)
    if not deploy:
        yield ok(subject, "manage.py check --deploy has nothing to say.")


def check_database() -> Iterator[Finding]:
    subject = "database"
    version = connection.pg_version // 10_000  # type: ignore[attr-defined]
    if version < POSTGRESQL:
        yield problem(subject, f"PostgreSQL is {version}; {POSTGRESQL} or newer is needed.")
    else:
        yield ok(subject, f"PostgreSQL {version}.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider FROM pg_database WHERE datname = current_database()"
        )
        encoding, provider = cursor.fetchone()
    if encoding != "UTF8":
        yield problem(subject, f"The encoding is {encoding} and must be UTF8.")
    if provider == "c":
        yield note(
            subject,
            "The locale is the system's; compose.yaml sets the built-in one, which no upgrade changes.",
        )


def check_mail(connect: bool) -> Iterator[Finding]:
    subject = "mail"
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield problem(subject, "EMAIL_URL sends no mail: it names no SMTP server.")
    elif connect:
        yield _smtp_answer(subject)
    else:
        yield note(subject, f"Not tried whether {settings.EMAIL_HOST} answers: --connect does.")
    if PLACEHOLDER.search(settings.MAIL_FROM):
        yield problem(subject, f"MAIL_FROM is {settings.MAIL_FROM}.")
    if not settings.IMAP_URL:
        yield note(subject, "IMAP_URL is not set: nobody reads the mails that return.")
    elif connect:
        try:
            look_into(settings.IMAP_URL)
            yield ok(subject, "The mailbox of IMAP_URL can be opened.")
        except MailboxFault as fault:
            yield problem(subject, f"IMAP_URL: {fault}.")
    senders = count_living_senders()
    if senders:
        yield ok(subject, f"Senders that run: {senders}.")
    else:
        yield problem(subject, "No sender runs: manage.py send_mail.")


def _smtp_answer(subject: str) -> Finding:
    try:
        with get_connection(timeout=SECONDS_TO_CONNECT):
            return ok(subject, f"{settings.EMAIL_HOST} answers and lets us in.")
    except (OSError, smtplib.SMTPException) as fault:  # what it says may hold addresses
        return problem(subject, f"{settings.EMAIL_HOST} does not let us in: {type(fault).__name__}.")


def check_clock() -> Iterator[Finding]:
    subject = "housekeeping"
    last = HousekeepingRun.objects.first()
    if last is None:
        yield problem(subject, "It has never run: nothing is published at its time and nothing is forgotten.")
        return
    moment = f"{timezone.localtime(last.ended_at):%Y-%m-%d %H:%M}"
    if timezone.now() - last.ended_at > OLDEST_HOUSEKEEPING:
        yield problem(subject, f"It ran last at {moment}; it should every few minutes.")
    elif last.problem:
        yield problem(subject, f"It complained at {moment}: {last.problem}")
    else:
        yield ok(subject, f"It ran at {moment}.")


def check_texts() -> Iterator[Finding]:
    subject = "texts"
    site = Site.objects.first()
    if site is None:
        yield problem(subject, 'There are no "Angaben zur Website": name, operator, state, contact.')
    else:
        for field in Site._meta.fields:
            if found := PLACEHOLDER.search(str(getattr(site, field.name))):
                yield problem(subject, f'"{field.verbose_name}" still says "{found[0]}".')
        if not site.data_licence:
            yield note(subject, 'No licence of the data is stated; the site says "keine Angabe".')
    bodies = dict(Page.objects.values_list("slug", "body"))
    for slug in Page.Slug.values:
        text = strip_tags(bodies.get(slug, "")).strip()
        if not text:
            yield problem(subject, f"/{slug}/ is missing or empty.")
        elif found := PLACEHOLDER.search(text):
            yield problem(subject, f'/{slug}/ still says "{found[0]}".')
        else:
            yield ok(subject, f"/{slug}/ is there.")


def check_accessibility() -> Iterator[Finding]:
    subject = "accessibility"
    statement = AccessibilityStatement.objects.first()
    missing = (statement or AccessibilityStatement()).missing()
    if missing:
        yield problem(subject, f"The statement lacks: {', '.join(missing)}.")
    else:
        yield ok(subject, "The statement has what the law asks for; whether it is true, people know.")
    reviewed = statement and (statement.reviewed_on or statement.prepared_on)
    if reviewed and timezone.localdate() - reviewed > datetime.timedelta(days=365):
        yield problem(subject, f"The statement was reviewed last on {reviewed}, more than a year ago.")


def check_security_contact() -> Iterator[Finding]:
    subject = "security.txt"
    contact, expires = (getattr(settings, name, None) for name in ("SECURITY_CONTACT", "SECURITY_EXPIRES"))
    if not contact:
        yield problem(subject, "SECURITY_CONTACT is not set: nobody knows where to report a weakness.")
    elif not expires or expires < timezone.localdate():
        yield problem(subject, f"SECURITY_EXPIRES is {expires}: the file is not valid.")
    elif expires - timezone.localdate() < WARNED_BEFORE:
        yield problem(subject, f"SECURITY_EXPIRES is {expires}: in less than {WARNED_BEFORE.days} days.")
    else:
        yield ok(subject, f"Valid until {expires}.")


def check_accounts() -> Iterator[Finding]:
    subject = "accounts"
    staff = list(
        User.objects.filter(is_active=True, is_staff=True).prefetch_related("groups").order_by("username")
    )
    for found, missing in (
        ([user for user in staff if user.is_superuser], "no administrator: manage.py createsuperuser"),
        ([user for user in staff if _in(user, "Redaktion")], "nobody in the group Redaktion, who writes"),
        ([user for user in staff if _in(user, "Freigabe")], "nobody in the group Freigabe, who publishes"),
    ):
        if not found:
            yield problem(subject, f"There is {missing}.")
    if demo := [user.username for user in staff if DEMO_ACCOUNTS.get(user.username) == user.email]:
        yield problem(subject, f"Accounts of the demo, whose password may be known: {', '.join(demo)}.")
    if unreachable := [user.username for user in staff if not user.email]:
        yield problem(subject, f"Without an e-mail address no new password: {', '.join(unreachable)}.")
    if apps.is_installed("allauth.mfa") and (without := _without_second_factor(staff)):
        yield note(subject, f"No second factor yet, asked for at the next login: {', '.join(without)}.")
    yield ok(subject, f"{len(staff)} active.")


def _in(user: User, group: str) -> bool:
    return any(one.name == group for one in user.groups.all())


def _without_second_factor(staff: list[User]) -> list[str]:
    authenticators = apps.get_model("mfa", "Authenticator").objects
    equipped = set(authenticators.filter(type="totp").values_list("user_id", flat=True))
    return [user.username for user in staff if user.pk not in equipped]


def check_content() -> Iterator[Finding]:
    subject = "content"
    register = RegisterEdition.objects.order_by("-territory_date").first()
    if register is None:
        yield problem(subject, "No register of municipalities was read in: manage.py import_register.")
    else:
        yield ok(subject, f"Register of {register.territory_date}.")
    examples = {
        "editions": Edition.objects.filter(illustrative=True),
        "roll-out reports": RolloutReport.objects.filter(illustrative=True),
        "project reports": ProjectReport.objects.filter(illustrative=True),
        "adoptions": Adoption.objects.filter(illustrative=True),
    }
    counts = {name: found.count() for name, found in examples.items()}
    if any(counts.values()):
        listed = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        yield note(subject, f"Invented examples are there, marked as such: {listed}.")
    if not Edition.objects.public().exists():
        yield note(subject, "No edition is published yet.")
    yield ok(subject, f"Subscribers: {Subscriber.objects.count()}.")


def check_backup(place: Path | None) -> Iterator[Finding]:
    """Of a dump by `pg_dump --format=custom`; of a folder, the newest."""
    subject = "backup"
    if place is None:
        yield problem(subject, "Not known: --backup names the newest dump, or the folder of all.")
        return
    try:
        files = [file for file in place.iterdir() if file.is_file()] if place.is_dir() else [place]
        newest = max(files, key=lambda file: file.stat().st_mtime, default=None)
        if newest is None:
            yield problem(subject, f"{place} is empty.")
            return
        age = timezone.now().timestamp() - newest.stat().st_mtime
        with newest.open("rb") as dump:
            whole = dump.read(5) == b"PGDMP"
    except OSError as error:
        yield problem(subject, f"{place} cannot be read: {error.strerror}.")
        return
    if not whole:
        yield problem(subject, f"{newest} is no dump of pg_dump --format=custom.")
    elif age > OLDEST_BACKUP.total_seconds():
        yield problem(subject, f"{newest} is {age / 3600:.0f} hours old.")
    else:
        yield ok(
            subject,
            f"{newest} is {age / 3600:.0f} hours old. Whether it can be restored, a drill tells: README.",
        )
