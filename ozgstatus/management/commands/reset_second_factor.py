"""For whoever has lost the device while no other administrator can get into the admin."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from ozgstatus import second_factor


class Command(BaseCommand):
    help = "Setzt den zweiten Faktor eines Kontos zurück; bei der nächsten Anmeldung wird ein neuer eingerichtet."

    def add_arguments(self, parser):
        parser.add_argument("name", help="Anmeldename des Kontos")

    def handle(self, *args, name, **options):
        account = User.objects.filter(username__iexact=name).first()
        if account is None:
            raise CommandError(f"Ein Konto „{name}“ gibt es nicht.")
        if not second_factor.reset(account):
            raise CommandError(f"Das Konto „{account}“ hat keinen zweiten Faktor.")
        LogEntry.objects.log_actions(
            account.pk,
            [account],
            CHANGE,
            f"{second_factor.RESET} Durch einen Befehl auf dem Server.",
            single_object=True,
        )
        self.stdout.write(f"Zurückgesetzt: {account}.")
