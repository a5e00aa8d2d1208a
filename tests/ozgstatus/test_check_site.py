"""What an operator is told before going live: each thing that is missing, and nothing once all is there."""

import datetime
import os
import threading
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from newsletter.mailing.outbox import hold_sender_lock, let_go_sender_lock
from ozgstatus import readiness
from ozgstatus.models import AccessibilityStatement, HousekeepingRun, Page
from tests.factories import (
    AccessibilityStatementFactory,
    EditionFactory,
    PageFactory,
    RegisterEditionFactory,
    SiteFactory,
    publish,
)
from tests.mail_sink import Sink, Taking

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 27)
LIVE = {
    "PLAIN_HTTP": False,
    "SITE_URL": "https://ozg.land.de",
    "ALLOWED_HOSTS": ["ozg.land.de"],
    "TRUSTED_PROXIES": 1,
    "SECOND_FACTOR": True,
    "SECRET_KEY": "a-key-of-fifty-characters-or-more-for-these-tests-0123456789",
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.land.de",
    "MAIL_FROM": "ozg@land.de",
    "IMAP_URL": "imaps://ozg:secret@mail.land.de/INBOX",
    "SECURITY_CONTACT": ["mailto:sicherheit@land.de"],
    "SECURITY_EXPIRES": timezone.localdate() + datetime.timedelta(days=365),
}


def found(level: str | None = None, **options) -> list[str]:
    """ "subject: text" of all findings of a level."""
    return [
        f"{one.subject}: {one.text}"
        for one in readiness.findings(**options)
        if level in (None, one.level.value)
    ]


def problems(subject: str, **changes) -> list[str]:
    with override_settings(**changes):
        return [text for text in found("PROBLEM") if text.startswith(f"{subject}: ")]


@pytest.fixture
def live(tmp_path):
    """A site to which nothing is missing."""
    SiteFactory(operator="Anstalt des Landes", contact_email="ozg@land.de", data_licence="dl-de/by-2-0")
    for slug in Page.Slug.values:
        PageFactory(slug=slug, body="<p>Ein Satz.</p>")
    today = timezone.localdate()
    AccessibilityStatementFactory(
        law="BfWebVO",
        conformity="partial",
        prepared_on=today,
        reviewed_on=today,
        method="self",
        contact_email="barrierefrei@land.de",
        enforcement_name="Stelle",
        enforcement_website="https://stelle.land.de/",
    )
    HousekeepingRun.record(timezone.now(), "")
    User.objects.create_superuser("admin", "admin@land.de")
    for group in ("Redaktion", "Freigabe"):
        user = User.objects.create_user(group.lower(), f"{group.lower()}@land.de", is_staff=True)
        user.groups.set(Group.objects.filter(name=group))
    RegisterEditionFactory()
    publish(EditionFactory())
    backup = tmp_path / "ozgstatus.dump"
    backup.write_bytes(b"PGDMP and the rest")
    hold_sender_lock(7)
    with override_settings(**LIVE):
        yield backup
    let_go_sender_lock(7)


# --- the command -----------------------------------------------------------------------------------


def test_a_site_that_lacks_nothing_is_let_go_live(live):
    out = StringIO()
    call_command("check_site", backup=live, connect=False, stdout=out)
    levels = {line[:7].strip() for line in out.getvalue().splitlines()}
    assert levels == {"ok", "note"}
    assert "ok       housekeeping   It ran at" in out.getvalue()


def test_problems_are_counted_and_told_by_the_exit_code(live):
    HousekeepingRun.objects.all().delete()
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 problem\.$") as refused:
        call_command("check_site", backup=live, stdout=out)
    assert refused.value.returncode == 1
    assert "PROBLEM  housekeeping   It has never run" in out.getvalue()


def test_an_empty_site_is_told_everything_at_once():
    subjects = {line.partition(":")[0] for line in found("PROBLEM")}
    assert subjects == {
        *("settings", "mail", "housekeeping", "texts", "accessibility", "security.txt", "accounts"),
        *("content", "backup"),
    }


def test_it_writes_nothing(live, django_assert_max_num_queries):
    with django_assert_max_num_queries(30) as queries:
        found()
    assert [query["sql"] for query in queries if not query["sql"].lstrip("( ").startswith("SELECT")] == []


# --- subject by subject ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "changes", "words"),
    [
        ("settings", {"PLAIN_HTTP": True}, "HTTP must not be plain"),
        ("settings", {"ALLOWED_HOSTS": ["*"]}, "admits every name"),
        ("settings", {"ALLOWED_HOSTS": ["other.de"]}, "does not admit ozg.land.de"),
        ("settings", {"TRUSTED_PROXIES": 0}, "redirected for ever"),
        ("settings", {"SECOND_FACTOR": False}, "a password alone"),
        ("settings", {"SECURE_HSTS_SECONDS": 0}, "SECURE_HSTS_SECONDS"),
        ("mail", {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}, "no SMTP server"),
        ("mail", {"MAIL_FROM": "ozg@example.org"}, "MAIL_FROM is ozg@example.org"),
        ("security.txt", {"SECURITY_CONTACT": []}, "nobody knows where"),
        ("security.txt", {"SECURITY_EXPIRES": TODAY - datetime.timedelta(days=9999)}, "is not valid"),
        (
            "security.txt",
            {"SECURITY_EXPIRES": timezone.localdate() + datetime.timedelta(29)},
            "in less than 30 days",
        ),
    ],
)
def test_a_setting_that_is_not_for_a_live_site_is_named(live, subject, changes, words):
    assert problems(subject) == []
    [line] = problems(subject, **changes)
    assert words in line


def test_without_a_sender_nothing_is_sent(live):
    let_go_sender_lock(7)
    assert problems("mail") == ["mail: No sender runs: manage.py send_mail."]
    hold_sender_lock(7)


@pytest.mark.parametrize(
    ("minutes", "problem", "words"),
    [(16, "", "it should every few minutes"), (1, "Nicht veröffentlicht.", "It complained at")],
)
def test_housekeeping_that_is_late_or_complains_is_named(live, minutes, problem, words):
    HousekeepingRun.record(timezone.now() - datetime.timedelta(minutes=minutes), problem)
    [line] = problems("housekeeping")
    assert words in line and problem in line


def test_housekeeping_says_when_it_ran():
    call_command("housekeeping", stdout=StringIO())
    run = HousekeepingRun.objects.get()
    assert timezone.now() - run.ended_at < datetime.timedelta(minutes=1) and run.problem == ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "missing or empty"),
        ("<p> </p>", "missing or empty"),
        ("<p>[Bitte ergänzen: Anschrift]</p>", 'still says "[Bitte ergänzen: Anschrift]"'),
        ("<p>Eine Demonstration.</p>", 'still says "Demonstration"'),
        ("<p>ozg@example.org</p>", 'still says "example.org"'),
    ],
)
def test_a_legal_text_that_nobody_has_written_is_named(live, body, words):
    Page.objects.filter(slug="impressum").update(body=body)
    [line] = problems("texts")
    assert line.startswith("texts: /impressum/") and words in line


def test_what_the_law_asks_of_the_statement_is_named_and_its_age(live):
    old = timezone.localdate() - datetime.timedelta(days=366)
    AccessibilityStatement.objects.update(method="", prepared_on=old, reviewed_on=old)
    lacks, aged = problems("accessibility")
    assert lacks == "accessibility: The statement lacks: Methode der Bewertung."
    assert "more than a year ago" in aged


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("admin", "no administrator"),
        ("redaktion", "nobody in the group Redaktion"),
        ("freigabe", "in the group Freigabe"),
    ],
)
def test_the_first_accounts_are_asked_for(live, name, words):
    User.objects.filter(username=name).update(is_active=False)
    [line] = problems("accounts")
    assert words in line


def test_accounts_of_the_demo_and_without_an_address_are_named(live):
    User.objects.filter(username="redaktion").update(email="redaktion@example.org")
    User.objects.filter(username="admin").update(email="")
    demo, unreachable = problems("accounts")
    assert demo.endswith("whose password may be known: redaktion.")
    assert unreachable.endswith("no new password: admin.")


def test_a_register_is_asked_for(live):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE rollout_registeredition CASCADE")
    assert problems("content") == [
        "content: No register of municipalities was read in: manage.py import_register."
    ]


def test_the_newest_dump_of_a_folder_is_looked_at(live, tmp_path):
    older = tmp_path / "older.dump"
    older.write_bytes(b"PGDMP")
    os.utime(older, (0, 0))
    assert [line for line in found("ok", backup=tmp_path) if "ozgstatus.dump is 0 hours old" in line]


@pytest.mark.parametrize(
    ("content", "hours", "words"),
    [(b"PGDMP", 27, "27 hours old"), (b"", 0, "no dump of pg_dump"), (None, 0, "cannot be read")],
)
def test_a_backup_that_is_old_broken_or_gone_is_named(live, content, hours, words):
    live.unlink()
    if content is not None:
        live.write_bytes(content)
        moment = timezone.now().timestamp() - hours * 3600 - 60
        os.utime(live, (moment, moment))
    [line] = [line for line in found("PROBLEM", backup=live) if line.startswith("backup: ")]
    assert words in line


def test_without_a_backup_named_it_is_not_taken_for_made(live):
    assert [line for line in found("PROBLEM") if line.startswith("backup")] == [
        "backup: Not known: --backup names the newest dump, or the folder of all."
    ]


# --- asking others ---------------------------------------------------------------------------------


def test_the_mail_server_is_asked_only_when_wanted(live):
    assert "mail: Not tried whether mail.land.de answers: --connect does." in found("note")


def test_a_mail_server_that_answers_is_told_from_one_that_does_not(live):
    with Sink(("127.0.0.1", 0), Taking) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        port = server.server_address[1]
        with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, IMAP_URL=""):
            answered = found("ok", connect=True)
        server.shutdown()
        serving.join()
    assert "mail: 127.0.0.1 answers and lets us in." in answered
    gone = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "IMAP_URL": "imap://x:y@127.0.0.1:1/INBOX"}
    with override_settings(**gone):
        said = found("PROBLEM", connect=True)
    assert "mail: 127.0.0.1 does not let us in: ConnectionRefusedError." in said
    assert "mail: IMAP_URL: the mailbox cannot be read: ConnectionRefusedError." in said


def test_no_finding_holds_a_password(live):
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=1, EMAIL_HOST_PASSWORD="hidden-word"):
        said = "\n".join(found(connect=True))
    assert "hidden-word" not in said and "secret" not in said and settings.SECRET_KEY not in said


# --- the demo: last, since its content stays for the rest of the module -------------------------------


def test_the_demo_is_no_site_to_go_live_with(every_edition):
    said = "\n".join(found("PROBLEM"))
    assert 'texts: "Hinweis auf jeder Seite" still says "Demonstration".' in said
    for slug in ("kontakt", "impressum", "datenschutz", "barrierefreiheit"):
        assert f'texts: /{slug}/ still says "' in said
    assert "accessibility: The statement lacks" not in said
    [examples] = [line for line in found("note") if "Invented examples" in line]
    assert "1 editions, 1 roll-out reports, 1 project reports" in examples
