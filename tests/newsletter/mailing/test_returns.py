"""What comes back to the mailbox of MAIL_FROM."""

from email.message import EmailMessage

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.mailing import returns
from newsletter.models import Delivery, Subscriber

from .mailbox import MailboxServer
from .mailings import mailing_to, only, send

pytestmark = pytest.mark.django_db
A = "a@example.org"


@pytest.fixture
def box(settings):
    with MailboxServer() as running:
        settings.IMAP_URL = running.address
        yield running


@pytest.fixture
def delivery(settings):
    """One that has been sent."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    mailing = mailing_to(A)
    send()
    return only(mailing)


def notification(message_id, *, action="failed", status="5.1.1", whole=True) -> bytes:
    """A delivery status notification as RFC 3464 has it."""
    original = f"Message-ID: {message_id}\r\nTo: {A}\r\nSubject: Ausgabe\r\n\r\n{'Text' if whole else ''}\r\n"
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    lines = [
        "From: MAILER-DAEMON@mx.example.org",
        "To: ozgstatus@example.org",
        "Subject: Undelivered Mail Returned to Sender",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
        "",
        "--x",
        "Content-Type: text/plain",
        "",
        f"<{A}>: user unknown",
        "--x",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.org",
        "",
        f"Final-Recipient: rfc822; {A}",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; 550 {status} <{A}> unknown",
        "",
        "--x",
        f"Content-Type: {kind}",
        "",
        original,
        "--x--",
        "",
    ]
    return "\r\n".join(lines).encode()


def mail(subject, body="") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = A, "ozgstatus@example.org", subject
    message.set_content(body)
    return message.as_bytes()


def read(capsys) -> str:
    call_command("read_returns")
    return capsys.readouterr().out


@pytest.mark.parametrize("whole", [True, False])
def test_a_returned_mail_makes_its_delivery_a_failed_one_and_is_deleted(box, delivery, capsys, whole):
    box.put(notification(delivery.message_id, whole=whole))
    assert read(capsys) == "1 zurückgekommen, 0 abgemeldet, 0 übergangen.\n"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code, delivery.status) == ("failed", None, "5.1.1")
    assert delivery.reason == "Die E-Mail kam zurück: 5.1.1"
    assert box.left == []


def test_a_delayed_mail_is_still_on_its_way(box, delivery, capsys):
    box.put(notification(delivery.message_id, action="delayed", status="4.4.1"))
    assert read(capsys) == "0 zurückgekommen, 0 abgemeldet, 1 übergangen.\n"
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_returned_three_editions_in_a_row_suspends(box, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    for number in range(3):
        assert Subscriber.objects.filter(suspended_at=None).count() == (number > 0)
        mailing = mailing_to(*([] if number else [A]))
        send()
        box.put(notification(only(mailing).message_id))
        read(capsys)
    assert Subscriber.objects.get().suspended_at is not None


def test_a_foreign_return_and_one_of_a_deleted_subscriber_change_nothing(box, delivery, capsys):
    box.put(notification("<somebody@elsewhere.example>"))
    number = delivery.message_id
    Subscriber.objects.all().delete()
    box.put(notification(number))
    assert read(capsys) == "0 zurückgekommen, 0 abgemeldet, 2 übergangen.\n"
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize(
    "subject", ["{}", "abmelden {}", "Re: unsubscribe {} bitte", "Abmeldung für Döbeln: {}"]
)
def test_a_mail_with_the_token_in_its_subject_deletes_the_subscriber(box, capsys, subject):
    Subscriber.objects.create(address="b@example.org")
    token = Subscriber.objects.create(address=A).token
    box.put(mail(subject.format(token)))
    assert read(capsys) == "0 zurückgekommen, 1 abgemeldet, 0 übergangen.\n"
    assert [subscriber.address for subscriber in Subscriber.objects.all()] == ["b@example.org"]
    assert box.left == []


def test_a_token_elsewhere_and_half_a_token_delete_nobody(box, capsys):
    token = Subscriber.objects.create(address=A, confirmed_at=timezone.now()).token
    box.put(mail("bitte abmelden", body=token), mail(token[:42]), mail(token + "x"), mail("x" * 43))
    assert read(capsys) == "0 zurückgekommen, 0 abgemeldet, 4 übergangen.\n"
    assert Subscriber.objects.count() == 1


MALFORMED = {
    "nothing": b"",
    "no mail": b"\x00\xff\xfe" * 100,
    "a broken subject": b"Subject: =?utf-8?b?!!!?= =?x-unknown?q?=ff?=\r\n\r\n",
    "a report that is none": notification("<x@y>").replace(
        b"message/delivery-status", b"message/delivery-statu"
    ),
    "a report without an original": notification("<x@y>").replace(b"message/rfc822", b"text/plain"),
    "a report without its end": notification("<x@y>")[:-300],
    "a report as text": b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\nx",
    "a nest": b"".join(b"Content-Type: message/rfc822\r\n\r\n" for _ in range(3000)),
    "an unknown transfer encoding": notification("<x@y>", whole=False).replace(
        b"text/rfc822-headers", b"text/rfc822-headers\r\nContent-Transfer-Encoding: rot13"
    ),
}


def test_malformed_mails_are_skipped_and_left_and_the_others_are_read(box, delivery, capsys):
    box.put(*MALFORMED.values(), notification(delivery.message_id))
    assert read(capsys) == f"1 zurückgekommen, 0 abgemeldet, {len(MALFORMED)} übergangen.\n"
    assert box.left == list(MALFORMED.values())
    assert read(capsys) == "0 zurückgekommen, 0 abgemeldet, 0 übergangen.\n", "they are not read again"


def test_a_mailbox_that_is_not_there_is_told_without_its_password(settings):
    settings.IMAP_URL = "imap://user:secret@127.0.0.1:1/INBOX"
    with pytest.raises(
        CommandError, match=r"^Postfach: the mailbox cannot be read: ConnectionRefusedError\.$"
    ):
        call_command("read_returns")


def test_a_wrong_password_and_a_wrong_folder_are_told(box, settings):
    for address in (box.address.replace("secret", "wrong"), box.address.replace("INBOX", "Nirgends")):
        settings.IMAP_URL = address
        with pytest.raises(CommandError, match="the mailbox cannot be read: error"):
            call_command("read_returns")


def test_without_a_mailbox_the_command_says_so(settings):
    settings.IMAP_URL = ""
    with pytest.raises(CommandError, match="IMAP_URL ist nicht gesetzt"):
        call_command("read_returns")


def test_housekeeping_reads_the_mailbox_and_its_faults_stop_nothing(box, delivery, settings, capsys):
    box.put(notification(delivery.message_id))
    call_command("housekeeping")
    assert "1 zurückgekommen" in capsys.readouterr().out
    settings.IMAP_URL = "imap://127.0.0.1:1"
    with pytest.raises(CommandError, match="Postfach"):
        call_command("housekeeping")


def test_only_what_fits_is_fetched(box, capsys, monkeypatch):
    monkeypatch.setattr(returns, "MOST_AT_ONCE", 2)
    box.put(mail("1"), mail("2"), mail("3"))
    assert read(capsys) == "0 zurückgekommen, 0 abgemeldet, 2 übergangen.\n"
    assert read(capsys) == "0 zurückgekommen, 0 abgemeldet, 1 übergangen.\n"
