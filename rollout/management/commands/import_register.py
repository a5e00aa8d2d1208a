"""manage.py import_register FILE"""

import datetime
from argparse import ArgumentTypeError
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rollout.models import CompetenceSet, RegisterEdition
from rollout.register import RegisterFault, parse
from rollout.register_import import plan, take_over, with_population_date


def _day(text: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(text, "%d.%m.%Y" if "." in text else "%Y-%m-%d").date()
    except ValueError:
        raise ArgumentTypeError(f"„{text}“ ist kein Tag, zum Beispiel 31.12.2022") from None


class Command(BaseCommand):
    help = "Liest das Gemeindeverzeichnis von Destatis ein (Auszug als XLSX oder GV100AD) und zeigt die Unterschiede."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, was sich ändern würde")
        parser.add_argument(
            "--population-date",
            type=_day,
            metavar="TT.MM.JJJJ",
            help="Tag der Einwohnerzahlen, wo die Datei ihn nicht nennt (GV100AD)",
        )
        land = settings.STATE_KEY
        parser.add_argument("--land", default=land, help=f"Land, das gelesen wird; sonst {land}")

    def handle(self, *args, file, dry_run, population_date, land, verbosity, **options):
        try:
            register = with_population_date(parse(file.read_bytes(), land), population_date)
            found = plan(register) if dry_run else take_over(register, file.name)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        except RegisterFault as fault:
            raise CommandError(str(fault)) from None
        if verbosity:
            self._report(found, dry_run, verbosity)

    def _report(self, found, dry_run, verbosity):
        register, difference = found.register, found.difference
        self.stdout.write(
            f"Register vom {register.territory_date:%d.%m.%Y}, "
            f"Einwohner vom {register.population_date:%d.%m.%Y}: {difference.population_after} "
            f"(bisher {difference.population_before})"
        )
        for section in found.sections:
            self.stdout.write(f"{section.title}: {len(section.lines)}")
            if not section.long or verbosity > 1:
                self.stdout.writelines(f"  {line}\n" for line in section.lines)
        if found.again and not difference:
            self.stdout.write("Dieses Register ist schon eingelesen; es ändert sich nichts.")
        else:
            self.stdout.write("Nichts wurde geschrieben." if dry_run else "Eingelesen.")
        if not dry_run:
            edition = RegisterEdition.objects.newest()
            self.stdout.writelines(
                f"{kept.gap_in_words}\n" for kept in CompetenceSet.objects.with_gaps(edition)
            )
