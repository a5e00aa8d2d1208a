"""The demo as its user meets it: as processes, from outside."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import psycopg
import pytest

from ozgstatus import demo as demo_module

BASE_DIR = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds, on a machine that has much else to do
REQUIRED_BY_SETTINGS = ["DATABASE_URL", "SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM"]


@pytest.fixture(scope="module")
def var_dir():
    """One for all tests, as every further start takes over the data of the one before."""
    with TemporaryDirectory(prefix="ozg-") as folder:
        yield Path(folder) / "var"


@pytest.fixture
def port():
    """Held, without listening, until the end of the test, so that the system gives it to no other process."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the demo does, whom this lets in
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def demo(var_dir, port, **variables):
    ours = {*REQUIRED_BY_SETTINGS, "STATIC_ROOT", "HOST", "WEB_CONCURRENCY"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.Popen(
        [sys.executable, "-m", "ozgstatus.demo"],
        cwd=BASE_DIR,
        env=environment | {"VAR_DIR": str(var_dir), "PORT": str(port)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_demo(var_dir, port, **variables):
    """The process once its pages are there, with what it has printed."""
    with demo(var_dir, port, **variables) as process:
        try:
            printed = ""
            while "Ctrl-C" not in printed:
                line = process.stdout.readline()
                assert line, process.stderr.read()
                printed += line
            wait_for_pages(port)
            yield process, printed
        finally:
            process.kill()


def wait_for_pages(port):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return browser().open(f"http://127.0.0.1:{port}/livez", timeout=5).read()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def browser():
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))


def refusal(var_dir, port, **variables):
    """The sentence with which the demo refuses to start."""
    with demo(var_dir, port, **variables) as process:
        try:
            return process.communicate(timeout=PATIENCE)[1].strip()
        finally:
            process.kill()


def processes_of(var_dir):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            traces = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(var_dir) in traces:
            found.append(int(process.name))
    return found


def wait_until_nothing_runs(var_dir):
    deadline = time.monotonic() + PATIENCE
    while left := processes_of(var_dir):
        assert time.monotonic() < deadline, f"processes {left} have become orphans"
        time.sleep(0.05)


def database(var_dir):
    return psycopg.connect(f"postgres://ozgstatus@{quote(str(var_dir / 'database'), safe='')}/postgres")


def log_in(port, account, password):
    """Address of the page an editor sees after the login form."""
    visitor, form = browser(), f"http://127.0.0.1:{port}/admin/konto/login/?next=/admin/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', visitor.open(form).read().decode())[1]
    fields = {"csrfmiddlewaretoken": token, "login": account, "password": password}
    return visitor.open(form, urlencode(fields).encode()).url


def test_first_start_serves_the_site_and_both_accounts_can_log_in(var_dir, port):
    with running_demo(var_dir, port) as (_, printed):
        password = (var_dir / "password").read_text().strip()
        assert f"http://127.0.0.1:{port}/" in printed
        assert "redaktion, freigabe" in printed
        assert password in printed
        page = browser().open(f"http://127.0.0.1:{port}/").read().decode()
        for path in re.findall(r'"(/static/[^"]+)"', page):
            found = browser().open(f"http://127.0.0.1:{port}{path}")
            assert found.headers["Cache-Control"] == "max-age=31536000, public, immutable", path
        for account in ["redaktion", "freigabe"]:
            assert log_in(port, account, password) == f"http://127.0.0.1:{port}/admin/"
        with database(var_dir) as connection:
            groups = connection.execute(
                "SELECT username, string_agg(name, ', ' ORDER BY name) FROM auth_user_groups membership"
                " JOIN auth_user account ON account.id = user_id JOIN auth_group ON auth_group.id = group_id"
                " GROUP BY username ORDER BY username"
            ).fetchall()
        assert groups == [("freigabe", "Freigabe, Redaktion"), ("redaktion", "Redaktion")]
    wait_until_nothing_runs(var_dir)


def test_secrets_are_for_their_owner_alone(var_dir):
    modes = {stat.S_IMODE((var_dir / name).stat().st_mode) for name in ["password", "secret_key"]}
    assert modes == {0o600}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda end: end.name)
def test_any_end_leaves_no_process_and_a_restart_keeps_the_data(var_dir, port, end):
    password = (var_dir / "password").read_text().strip()
    with running_demo(var_dir, port) as (process, printed):
        assert password in printed
        with database(var_dir) as connection:
            connection.execute("UPDATE auth_user SET first_name = %s", [end.name])
        process.send_signal(end)
        process.wait()
        wait_until_nothing_runs(var_dir)
    with running_demo(var_dir, port), database(var_dir) as connection:
        names = connection.execute("SELECT DISTINCT first_name FROM auth_user").fetchall()
        assert names == [(end.name,)]


def test_what_fell_due_meanwhile_is_public_after_the_start(var_dir, port):
    with running_demo(var_dir, port), database(var_dir) as connection:
        connection.execute(
            "INSERT INTO newsletter_edition (month, label, state, illustrative, publish_at, opening, next_edition_text,"
            " cofinancing, hints, imprint, liability, privacy)"
            " VALUES ('2023-02-01', 'Zur Stunde', 'ready', false, '2023-02-01', '', '', '', '', '', '', '')"
        )
    wait_until_nothing_runs(var_dir)
    with running_demo(var_dir, port):
        page = browser().open(f"http://127.0.0.1:{port}/ausgaben/2023-02/").read().decode()
    assert "<h1>Zur Stunde</h1>" in page


def test_the_house_is_kept_once_a_minute_while_the_server_runs(monkeypatch):
    waits, kept = [], []

    class Server:
        def wait(self, timeout):
            waits.append(timeout)
            if len(waits) < 3:
                raise subprocess.TimeoutExpired("gunicorn", timeout)
            return 0

    monkeypatch.setattr(demo_module.subprocess, "Popen", lambda *args, **kwargs: Server())
    monkeypatch.setattr(demo_module.signal, "signal", lambda *args: None)
    monkeypatch.setattr(demo_module, "_keep_house", lambda: kept.append(len(waits)))
    assert demo_module._serve("127.0.0.1", 8000) == 0
    assert (waits, kept) == ([60, 60, 60], [1, 2])


def test_password_can_be_preset(var_dir, port):
    with running_demo(var_dir, port, DEMO_PASSWORD="drei-worte-genuegen") as (_, printed):
        assert "drei-worte-genuegen" in printed
        assert log_in(port, "freigabe", "drei-worte-genuegen") == f"http://127.0.0.1:{port}/admin/"


@pytest.fixture
def database_url():
    """An empty database on the server of the tests, as an operator's own."""
    server = os.environ["DATABASE_URL"]
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute("CREATE DATABASE demo_of_an_operator")
        yield server.rpartition("/")[0] + "/demo_of_an_operator"
        connection.execute("DROP DATABASE demo_of_an_operator WITH (FORCE)")


def test_database_url_replaces_the_embedded_server(tmp_path, var_dir, port, database_url):
    static_files = str(var_dir / "staticfiles")
    with (
        running_demo(tmp_path, port, DATABASE_URL=database_url, STATIC_ROOT=static_files),
        psycopg.connect(database_url) as connection,
    ):
        accounts = connection.execute("SELECT username FROM auth_user ORDER BY username").fetchall()
        assert accounts == [("freigabe",), ("redaktion",)]
    assert not (tmp_path / "database").exists()


def test_database_url_without_a_server_is_named(tmp_path, port):
    answer = refusal(tmp_path, port, DATABASE_URL="postgres://127.0.0.1:1/nowhere")
    assert answer.startswith("The database of DATABASE_URL cannot be used (")
    assert answer.count("\n") == 0


def test_malformed_setting_is_named(var_dir, port):
    assert refusal(var_dir, port, SECRET_KEY="short") == (
        "Environment variable \"SECRET_KEY\" invalid: ['Shorter than minimum length 32.']"
    )


def test_port_in_use_is_named_before_anything_is_started(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        taken = server.getsockname()[1]
        assert refusal(tmp_path / "var", taken) == (
            f"Port {taken} on 127.0.0.1 cannot be used (Address already in use): "
            "stop what listens there, or set PORT or HOST to another one."
        )
    assert not (tmp_path / "var").exists()


def test_port_that_is_no_number_is_named(tmp_path):
    assert refusal(tmp_path, "http") == "PORT must be a number from 1 to 65535, not http."


def test_file_in_the_place_of_the_folder_is_named(tmp_path, port):
    (tmp_path / "var").touch()
    assert refusal(tmp_path / "var", port) == (
        f"{tmp_path / 'var'} cannot be used (File exists): set VAR_DIR to a folder you may write to."
    )


@pytest.fixture
def bare_machine(tmp_path):
    """A copy of what make reads, and a PATH on which nothing is but git and a python3."""
    for name in ["Makefile", "requirements-demo.txt", "package.json", "package-lock.json"]:
        shutil.copy(BASE_DIR / name, tmp_path)
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "git").symlink_to("/bin/true")
    (commands / "python3").symlink_to(sys.executable)
    return tmp_path


def refusal_of_make(machine):
    result = subprocess.run(
        [shutil.which("make"), "demo"],
        cwd=machine,
        env={"PATH": str(machine / "commands")},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert not (machine / ".venv").exists()
    return result.stderr.splitlines()[0]


def replace_python(machine, script):
    python = machine / "commands" / "python3"
    python.unlink()
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def test_make_names_missing_tools(bare_machine):
    for command in ["git", "python3"]:
        (bare_machine / "commands" / command).unlink()
    assert refusal_of_make(bare_machine) == (
        "Missing: git python3 python3-venv. On Debian or Ubuntu: apt-get install git python3 python3-venv"
    )


def test_make_names_a_python_without_venv(bare_machine):
    replace_python(bare_machine, 'case "$*" in *ensurepip*) exit 1;; esac')
    assert refusal_of_make(bare_machine) == (
        "Missing: python3-venv. On Debian or Ubuntu: apt-get install python3-venv"
    )


def test_make_names_a_python_that_is_too_old(bare_machine):
    replace_python(bare_machine, 'case "$*" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    assert refusal_of_make(bare_machine) == "Python 3.11 or newer is needed, python3 is Python 3.9.2."


def test_an_edition_goes_to_its_subscribers_as_files(var_dir, port):
    with running_demo(var_dir, port), database(var_dir) as connection:
        connection.execute(
            "INSERT INTO newsletter_subscriber (address, token, confirmed_at) VALUES ('a@example.org', 'x', now())"
        )
        connection.execute(
            "WITH mailing AS ("
            " INSERT INTO newsletter_mailing (edition_id, state, send_at, started_at)"
            " SELECT id, 'running', now(), now() FROM newsletter_edition WHERE month = '2022-10-01' RETURNING id)"
            " INSERT INTO newsletter_delivery"
            " (mailing_id, subscriber_id, state, attempts, not_before, status, message_id)"
            " SELECT mailing.id, subscriber.id, 'waiting', 0, now(), '', ''"
            " FROM mailing, newsletter_subscriber subscriber"
        )
        connection.commit()
        deadline = time.monotonic() + 60
        while not (mails := list((var_dir / "mail").glob("*.log"))) or b"To: a@" not in mails[0].read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    wait_until_nothing_runs(var_dir)
