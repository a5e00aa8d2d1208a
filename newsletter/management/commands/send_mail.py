"""The mail sender; several may run at once. A SIGTERM ends it after the mail that is being handed over."""

import signal

from django.core.management.base import BaseCommand, CommandError

from newsletter.mailing.sender import Sender
from newsletter.mailing.smtp import NotNow


class Command(BaseCommand):
    help = "Verschickt, was im Postausgang steht."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="den Postausgang leeren und enden")

    def handle(self, *args, once, **options):
        sender = Sender(once=once)
        before = {number: signal.signal(number, sender.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            sender.run()
        except NotNow as fault:
            raise CommandError(f"Der Versand wartet: {fault}.") from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if once or sender.sent:
            self.stdout.write(f"{sender.sent} {'E-Mail' if sender.sent == 1 else 'E-Mails'} gesendet.")
