"""Everything that the site does by the clock; meant for cron, every few minutes. A late or second run does no harm."""

import logging

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from newsletter.models import Delivery, Edition
from newsletter.publishing import NotPublishable, publish

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Veröffentlicht die Ausgaben, deren Zeit gekommen ist, und sieht nach dem Versand."

    def handle(self, *args, **options):
        due = list(Edition.objects.due(timezone.now()))
        if not due:
            self.stdout.write("Es ist nichts zu tun.")
        failed = [edition for edition in due if not self._publish(edition)]
        Delivery.objects.tidy()
        problems = self._read_returns()
        if failed:
            problems.append(f"Nicht veröffentlicht, weiter Entwurf: {', '.join(map(str, failed))}.")
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
