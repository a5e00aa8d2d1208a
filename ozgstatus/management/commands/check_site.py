"""What is missing before going live; also for monitoring, by its exit code."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from ozgstatus.readiness import Level, findings


class Command(BaseCommand):
    help = "Says what an operator wants to know before going live. Exits with 1 while there is a problem."

    def add_arguments(self, parser):
        parser.add_argument(
            "--connect", action="store_true", help="try whether mail server and mailbox let us in"
        )
        parser.add_argument(
            "--backup", type=Path, metavar="PATH", help="the newest dump, or the folder of all dumps"
        )

    def handle(self, *args, connect, backup, **options):
        problems = 0
        for level, subject, text in findings(connect, backup):
            problems += level is Level.PROBLEM
            self.stdout.write(f"{level.value:8} {subject:14} {text}")
        if problems:
            raise CommandError(f"{problems} {'problem' if problems == 1 else 'problems'}.")
