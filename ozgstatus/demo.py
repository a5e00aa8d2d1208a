"""The whole site on one machine, for looking at it: `make demo`. Not for production.

Everything it writes is in VAR_DIR. It relaxes the settings of production by name only: HTTP=plain, SECOND_FACTOR=off,
and mails are written to VAR_DIR/mail, where DEMO_MAILBOX=on shows them. Whatever is set in the environment takes
precedence.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import django
import psycopg
from django.core.management import CommandError, call_command
from environs import EnvError

from ozgstatus import embedded_postgres
from ozgstatus.embedded_postgres import CannotStart, ends_with_parent

BASE_DIR = Path(__file__).resolve().parent.parent

GROUPS_OF_ACCOUNTS = {"redaktion": ["Redaktion"], "freigabe": ["Redaktion", "Freigabe"]}

# The official register, cut to Saxony; fixtures may refer to its authorities.
REGISTER = BASE_DIR / "fixtures" / "register-2021.xlsx"

# A fixture may refer to what an earlier app has brought.
FIXTURE_ORDER = ["catalogue", "rollout", "projects", "newsletter", "site"]

EVERY_ADDRESS = {"0.0.0.0", "::"}


def main() -> int:
    try:
        host, port = _address()
        var_dir = _var_dir()
        password = (var_dir / "password").read_text().strip()
        with _database(var_dir) as database_url:
            _set_environment(var_dir, database_url, host, port)
            _prepare(password)
            print(
                f"\n{os.environ['SITE_URL']}/\n"
                f"accounts: {', '.join(GROUPS_OF_ACCOUNTS)}\n"
                f"password: {password}\n"
                f"All data are in {var_dir}; Ctrl-C stops the demo.\n",
                flush=True,
            )
            with _mail_sender():
                return _serve(host, port)
    except (CannotStart, EnvError) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _address() -> tuple[str, int]:
    """Where to listen, tried out first, so that nothing is started in vain."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
            probe.bind((host, int(port)))
    except OSError as error:
        raise CannotStart(
            f"Port {port} on {host} cannot be used ({error.strerror}): "
            "stop what listens there, or set PORT or HOST to another one."
        ) from error
    return host, int(port)


def _var_dir() -> Path:
    """The folder of everything the demo writes, with its two secrets in it."""
    var_dir = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute()
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        _keep_secret(var_dir / "secret_key", secrets.token_urlsafe(48))
        _keep_secret(var_dir / "password", secrets.token_urlsafe(9), preset=os.environ.get("DEMO_PASSWORD"))
    except OSError as error:
        raise CannotStart(
            f"{error.filename} cannot be used ({error.strerror}): set VAR_DIR to a folder you may write to."
        ) from error
    return var_dir


def _keep_secret(file: Path, new: str, preset: str | None = None) -> None:
    if preset or not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"{preset or new}\n")


def _database(var_dir: Path) -> AbstractContextManager[str]:
    url = os.environ.get("DATABASE_URL")
    if not url:
        return embedded_postgres.running(var_dir / "database")
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise CannotStart(
            f"The database of DATABASE_URL cannot be used ({str(error).splitlines()[0]})."
        ) from error
    return nullcontext(url)


def _set_environment(var_dir: Path, database_url: str, host: str, port: int) -> None:
    local = {"localhost", "127.0.0.1", "[::1]", _in_url(host)}
    site = "localhost" if host in EVERY_ADDRESS else _in_url(host)
    defaults = {
        "DJANGO_SETTINGS_MODULE": "ozgstatus.settings",
        "VAR_DIR": str(var_dir),
        "STATIC_ROOT": str(var_dir / "staticfiles"),
        "DATABASE_URL": database_url,
        "SECRET_KEY": (var_dir / "secret_key").read_text().strip(),
        "SITE_URL": f"http://{site}:{port}",
        "ALLOWED_HOSTS": "*" if host in EVERY_ADDRESS else ",".join(sorted(local)),
        "EMAIL_URL": f"file:///{var_dir / 'mail'}",  # four slashes: the parser takes three away
        "MAIL_FROM": "ozgstatus@example.org",
        "HTTP": "plain",
        "SECOND_FACTOR": "off",
        "DEMO_MAILBOX": "on",
        "LOG_FORMAT": "line",
        "WEB_CONCURRENCY": "2",
    }
    for name, value in defaults.items():
        os.environ[name] = os.environ.get(name) or value


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _prepare(password: str) -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    _collect_static_files()
    _load_fixtures()
    create_accounts(password)
    _keep_house()


def _keep_house() -> None:
    """What cron does in production, such as publishing what has fallen due; leaves no connection open."""
    from django.db import DatabaseError, connection

    try:
        call_command("housekeeping")
    except (CommandError, DatabaseError) as error:
        print(error, file=sys.stderr)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's connections have it


def _collect_static_files() -> None:
    """Only when one has changed since the last start, as compressing them takes seconds."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    manifest = settings.STATIC_ROOT / "staticfiles.json"
    sources = [storage.path(name) for finder in get_finders() for name, storage in finder.list([])]
    if not manifest.exists() or max(map(os.path.getmtime, sources)) > manifest.stat().st_mtime:
        call_command("collectstatic", interactive=False, verbosity=0)


def fixtures() -> list[Path]:
    """The example content in the order in which it loads."""
    # By stem: of the whole name "projects-example.yaml" would come before "projects.yaml", which it refers to.
    return [
        path
        for app in FIXTURE_ORDER
        for path in sorted((BASE_DIR / "fixtures").glob(f"{app}*.yaml"), key=lambda path: path.stem)
    ]


def load(paths: list[Path]) -> None:
    """The register, and then fixtures."""
    call_command("import_register", REGISTER, verbosity=0)
    call_command("loaddata", *paths, verbosity=0)


def _load_fixtures() -> None:
    """Only into an empty database: what was entered by hand must outlive a restart."""
    from newsletter.models import Edition

    if not Edition.objects.exists():
        load(fixtures())


def create_accounts(password: str) -> None:
    from django.contrib.auth.models import Group, User

    for name, groups in GROUPS_OF_ACCOUNTS.items():
        account, _ = User.objects.get_or_create(
            username=name, defaults={"is_staff": True, "email": f"{name}@example.org"}
        )
        # The printed password has to be the one that works; an unchanged one keeps the sessions alive.
        if not account.check_password(password):
            account.set_password(password)
            account.save()
        account.groups.add(*Group.objects.filter(name__in=groups))


@contextmanager
def _mail_sender() -> Iterator[None]:
    """Sends editions to subscribers, as in production; the mails are files in VAR_DIR/mail."""
    sender = subprocess.Popen(
        [*ends_with_parent("TERM"), sys.executable, "manage.py", "send_mail"],
        cwd=BASE_DIR,
        start_new_session=True,  # Ctrl-C reaches us alone, so that it is stopped before its database
    )
    try:
        yield
    finally:
        sender.terminate()
        sender.wait()


def _serve(host: str, port: int) -> int:
    server = subprocess.Popen(
        [
            *ends_with_parent("TERM"),
            *(sys.executable, "-m", "gunicorn", "ozgstatus.wsgi", "--config", "gunicorn.conf.py"),
            *("--bind", f"{_in_url(host)}:{port}"),
            *("--graceful-timeout", "5"),
            *("--log-level", "warning", "--no-control-socket"),
        ],
        cwd=BASE_DIR,
        start_new_session=True,  # Ctrl-C reaches us alone, so that the server is stopped before its database
    )
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: server.terminate())
    while True:
        try:
            return server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            _keep_house()


if __name__ == "__main__":
    sys.exit(main())
