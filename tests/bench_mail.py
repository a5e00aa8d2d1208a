"""What it costs to send an edition: memory of the sender, and its rate against a plain loop; part of make bench.

Both hand over to the same mail server, a process of its own on loopback that takes everything and keeps nothing.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from django.core.mail import get_connection
from django.db import connection

from newsletter.mailing.message import EditionMail
from newsletter.models import Edition, Mailing, Subscriber

# Issue 6, "Speed".
FEW, MANY, LOOP = 100, 10_000, 1_000
SENDERS = 4
MEGABYTES, TIMES = 20, 3

SENDER = """
import resource, sys, time
import django
django.setup()
from newsletter.mailing.sender import Sender
sender, start = Sender(once=True), time.perf_counter()
sender.run()
seconds = time.perf_counter() - start
print(sender.sent, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    edition = Edition.objects.current()
    with sink() as port:
        few = send(edition, FEW, port)
        many = send(edition, MANY, port)
        several = send(edition, MANY, port, senders=SENDERS)
        loop = rate_of_loop(edition, port)
    size = len(EditionMail.of(edition).bytes_for(Subscriber(address="a@example.org")))
    print(f"\n{'sending an edition':30}{'mails':>8}{'mails/s':>10}{'MB':>8}   a mail has {size:,} bytes")
    for name, mails, rate, megabytes in [
        ("sender", FEW, few[0], few[1]),
        ("sender", MANY, many[0], many[1]),
        (f"{SENDERS} senders at once", MANY, several[0], several[1]),
    ]:
        print(f"{name:30}{mails:8,}{rate:10.0f}{megabytes:8.1f}")
    print(f"{'a connection for each mail':30}{LOOP:8,}{loop:10.0f}")
    more = many[1] - few[1]
    print(f"{'more memory':62}{more:9.1f} of {MEGABYTES:7,} {'MB':9}{more / MEGABYTES:5.2f}")
    print(f"{'times the rate of the loop':62}{many[0] / loop:9.1f} of {TIMES:7,} {'at least':9}")


def send(edition, number: int, port: int, senders: int = 1) -> tuple[float, float]:
    """Mails a second, and the most memory in MB, of senders as processes of their own."""
    Mailing.objects.all().delete()
    Subscriber.objects.all().delete()
    Subscriber.objects.bulk_create(Subscriber(address=f"{n}@example.org") for n in range(number))
    Mailing.objects.start(edition, None)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SENDER], cwd=ROOT, env=environment(port), stdout=subprocess.PIPE
        )
        for _ in range(senders)
    ]
    answers = [map(float, process.communicate()[0].split()) for process in processes]
    sent, seconds, megabytes = zip(*answers, strict=True)
    if sum(sent) != number:
        sys.exit(f"{sum(sent):.0f} mails were sent, not {number}.")
    return number / max(seconds), max(megabytes)


def rate_of_loop(edition, port: int) -> float:
    """The same mails by Django's own means, as a loop without thought would send them."""
    mail = EditionMail.of(edition)
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    start = time.perf_counter()
    for subscriber in Subscriber.objects.all()[:LOOP]:
        message = mail.message(subscriber)
        message.connection = get_connection(smtp, host="127.0.0.1", port=port)
        message.send()
    return LOOP / (time.perf_counter() - start)


def environment(port: int) -> dict[str, str]:
    database = connection.settings_dict
    user, name, host, number = (database[key] for key in ("USER", "NAME", "HOST", "PORT"))
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}@{quote(host, safe='')}:{number}/{name}",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_RATE": "0",
    }


@contextlib.contextmanager
def sink():
    """The port of a mail server that keeps nothing."""
    command = [sys.executable, "-m", "tests.mail_sink"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()
