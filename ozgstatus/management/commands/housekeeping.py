"""Everything that the site does by the clock; meant for cron, every few minutes. A late or second run does no harm."""

import logging

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from newsletter.models import Delivery, Edition, RequestCount, SubscriptionRequest
from newsletter.pdf import PdfUnavailable, make_missing
from newsletter.publishing import NotPublishable, publish
from newsletter.subscription.limits import HOUR
from ozgstatus import lockout, security_txt
from ozgstatus.models import HousekeepingRun

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = """Veröffentlicht die Ausgaben, deren Zeit gekommen ist, erstellt fehlende PDF, sieht nach dem Versand,
    löscht Anforderungen, die niemand bestätigt hat, und Fehlversuche der Anmeldung von gestern, und warnt vor dem
    Ablauf der security.txt."""

    def handle(self, *args, **options):
        self._forget(timezone.now())
        self._warn()
        due = list(Edition.objects.due(timezone.now()))
        failed = [edition for edition in due if not self._publish(edition)]
        if not self._make_pdfs() and not due:
            self.stdout.write("Es ist nichts zu tun.")
        Delivery.objects.tidy()
        problems = self._read_returns()
        if failed:
            problems.append(f"Nicht veröffentlicht, weiter Entwurf: {', '.join(map(str, failed))}.")
        HousekeepingRun.record(timezone.now(), " ".join(problems))
        if problems:
            raise CommandError(" ".join(problems))

    def _read_returns(self) -> list[str]:
        """What went wrong with the mailbox, where there is one."""
        if not settings.IMAP_URL:
            return []
        try:
            call_command("read_returns", stdout=self.stdout)
        except CommandError as fault:
            return [str(fault)]
        return []

    def _forget(self, now):
        """What visitors have asked for and not confirmed, how often they asked, and who has failed to log in."""
        SubscriptionRequest.objects.forget_expired(now)
        RequestCount.objects.forget(now - HOUR)
        lockout.forget(now)

    def _warn(self):
        """Of what an operator has to do before long; nothing has failed yet."""
        if warning := security_txt.warning(timezone.localdate()):
            self.stderr.write(warning)

    def _publish(self, edition) -> bool:
        """Whether it is public now; what fails with one edition keeps none of the others from it."""
        try:
            published = publish(edition, timezone.localdate())
        except (NotPublishable, DatabaseError) as reason:
            logger.warning(
                "An edition was not published: %s", edition, exc_info=isinstance(reason, DatabaseError)
            )
            self.stderr.write(f"{edition}: {reason}")
            return False
        self.stdout.write(f"{edition}: {'veröffentlicht' if published else 'war schon veröffentlicht'}.")
        return True

    def _make_pdfs(self) -> bool:
        """Whether there was anything to say; without what WeasyPrint needs of the machine, only the PDF is missing."""
        try:
            made = make_missing()
        except PdfUnavailable as reason:
            self.stderr.write(f"Kein PDF erstellt: {reason}")
            return True
        for edition in made:
            self.stdout.write(f"{edition}: PDF erstellt.")
        return bool(made)
