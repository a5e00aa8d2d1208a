import psycopg
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


class Command(migrate.Command):
    """Django's own, which does not wait for a lock for long: whoever wants to read the table waits behind it."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout",
            type=float,
            default=3,
            metavar="SECONDS",
            help="how long to wait for a lock that the site holds; 0 waits for good (default: 3)",
        )

    def handle(self, *args, lock_timeout, **options):
        connection = connections[options["database"]]
        _wait_for_locks(connection, f"{lock_timeout * 1000:.0f}ms")
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            raise CommandError(
                f"Another session held a lock for more than {lock_timeout:g} seconds that this migration needs. It has "
                "changed nothing, and those before it are complete. Run migrate again, in a quieter moment or with a "
                "larger --lock-timeout.",
                returncode=TRY_AGAIN,
            ) from error
        _wait_for_locks(connection, "0")


def _wait_for_locks(connection, time):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [time])
