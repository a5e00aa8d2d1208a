"""Senders as processes of their own, on the database of the tests.

As a program (python -m tests.newsletter.mailing.processes) it sets Django up once and starts a sender for each line
that it reads, as a child that can be killed without anything in it noticing: it prints the number of each child and,
when that has ended, with what status.
"""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[3]


def environment(server) -> dict[str, str]:
    """Settings that lead to the database of the tests and to this mail server."""
    from django.db import connection

    database = connection.settings_dict
    user, name, host, port = (database[key] for key in ("USER", "NAME", "HOST", "PORT"))
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}@{quote(host, safe='')}:{port}/{name}",
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}?timeout=20",
        "MAIL_RATE": "0",
    }


@contextmanager
def running_sender(server, *arguments: str):
    """`manage.py send_mail`; it has ended at the end."""
    command = [sys.executable, "manage.py", "send_mail", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment(server), stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


class Nursery:
    """Starts senders one after the other; `child` is the number of the one that runs."""

    def __init__(self, server):
        self.child = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.newsletter.mailing.processes"],
            cwd=ROOT,
            env=environment(server),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def send(self) -> int:
        """Run a sender to its end; its exit code, or the number of the signal that ended it as a negative number."""
        self._process.stdin.write("send\n")
        self._process.stdin.flush()
        self.child = int(self._process.stdout.readline())
        status = int(self._process.stdout.readline())
        self.child = 0
        return status

    def close(self):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


def _main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    import newsletter.mailing.sender  # noqa: F401  # once, for all children

    connections.close_all()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            call_command("send_mail", once=True, stdout=sys.stderr)
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    _main()
