"""Reads what came back to MAIL_FROM; `housekeeping` does so too where IMAP_URL is set."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsletter.mailing.returns import MailboxFault, read_returns


class Command(BaseCommand):
    help = "Liest im Postfach von IMAP_URL, welche E-Mails zurückkamen und wer sich abmelden will."

    def handle(self, *args, **options):
        if not settings.IMAP_URL:
            raise CommandError("IMAP_URL ist nicht gesetzt.")
        try:
            found = read_returns(settings.IMAP_URL)
        except MailboxFault as fault:
            raise CommandError(f"Postfach: {fault}.") from None
        self.stdout.write(
            f"{found['returned']} zurückgekommen, {found['left']} abgemeldet, {found['skipped']} übergangen."
        )
