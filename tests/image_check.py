"""The steps of the Dockerfile without Docker, each with its own words: `make image-check`, as root.

What Docker would copy is copied, what it would run is run, with the lock files and into empty folders, and what it
would start is started as the image's user on a file system of which nothing but /tmp and /dev/shm can be written.
Only the Debian packages are those of this machine.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
import yaml

from ozgstatus.embedded_postgres import SOCKET_NAME, running
from tests.processes import free_port

BASE_DIR = Path(__file__).resolve().parent.parent
USER = 10001
PATIENCE = 60  # seconds, on a machine that has much else to do
INSTRUCTION = re.compile(r"^(FROM|RUN|CMD|USER|COPY|HEALTHCHECK|ENV)\s+(.*)$", re.MULTILINE)

if os.geteuid() != 0:
    pytest.exit("Folders are mounted and the user is changed: make image-check needs root.", returncode=1)

# In the image's place: a mount of our own, seen by nobody else.
ENTER = r"""
set -e
mount --bind "$IMAGE" /mnt
mount --bind "$PYTHON" /mnt/python
cd "/mnt/$FOLDER"
"""
READ_ONLY = """
mount -t tmpfs tmpfs /tmp
mount -o remount,bind,ro /mnt/python
mount -o remount,bind,ro /mnt
mount -o remount,bind,ro /
"""
AS_USER = [
    *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"),
    *("--bounding-set=-all", "--inh-caps=-all"),
]


def instructions() -> list[tuple[str, str]]:
    text = (BASE_DIR / "Dockerfile").read_text()
    return INSTRUCTION.findall(re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)))


def only(name: str, having: str = "") -> str:
    [found] = [rest for instruction, rest in instructions() if instruction == name and having in rest]
    return found


def in_place(words: str) -> str:
    """What the Dockerfile says, with its folders where they lie here."""
    words = re.sub(r"(?<=[ =])/venv", "/mnt/venv", f" {words}").strip()
    return words.replace("python -m venv", "/mnt/python/bin/python3 -m venv")


def context() -> list[str]:
    """The files that .dockerignore leaves; the last pattern that fits a file or a folder above it decides."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=BASE_DIR,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    return [path for path in listed if not is_ignored(path, rules()) and (BASE_DIR / path).is_file()]


def rules() -> list[str]:
    return [line for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]


def is_ignored(path: str, rules: list[str]) -> bool:
    ignored = False
    for rule in rules:
        if any(fits(place, rule.removeprefix("!")) for place in [path, *map(str, Path(path).parents)]):
            ignored = not rule.startswith("!")
    return ignored


def fits(place: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatch(Path(place).name, pattern[3:])
    return place.count("/") == pattern.count("/") and fnmatch.fnmatch(place, pattern)


class Image:
    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("app", "frontend", "packages", "python"):
            (folder / name).mkdir()
        folder.chmod(0o755)

    def command(self, words: list[str], within: str = "app", read_only: bool = False) -> list[str]:
        user = AS_USER if read_only else []
        script = ENTER + (READ_ONLY if read_only else "") + f'cd "/mnt/{within}"\nexec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh", *user, *words]

    def environment(self, within: str = "app", **variables) -> dict[str, str]:
        ours = {"IMAGE": str(self.folder), "PYTHON": sys.base_prefix, "FOLDER": within}
        path = "/mnt/venv/bin:/usr/local/bin:/usr/bin:/bin"
        return (
            ours
            | {
                "PATH": path,
                "PYTHONUNBUFFERED": "1",
                "HOME": "/nonexistent",
                "LD_LIBRARY_PATH": "/mnt/python/lib",
            }
            | variables
        )

    def build_step(self, words: str, within: str = "app", **variables) -> None:
        passed = {name: os.environ[name] for name in KEPT_WHILE_BUILDING if name in os.environ}
        done = subprocess.run(
            self.command(["sh", "-c", in_place(words)], within),
            env=self.environment(within, **passed, **variables),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, words: list[str], **variables) -> str:
        """As a container runs it; what it has said."""
        done = subprocess.run(
            self.command(words, read_only=True),
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


# How this machine reaches the registries; nothing of it gets into an image.
KEPT_WHILE_BUILDING = [
    name
    for name in os.environ
    if re.match(
        "(PIP|NPM|UV)_|npm_config_|https?_proxy|no_proxy|SSL_CERT|NODE_EXTRA_CA|REQUESTS_CA",
        name,
        re.IGNORECASE,
    )
]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Built as the Dockerfile says."""
    image = Image(tmp_path_factory.mktemp("image"))
    for path in context():
        target = image.folder / "app" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BASE_DIR / path, target)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(BASE_DIR / name, image.folder / "frontend")
    shutil.copy(BASE_DIR / "requirements.txt", image.folder / "packages")
    home = {"HOME": os.path.expanduser("~")}
    image.build_step(only("RUN", "npm ci"), "frontend", **home)
    image.build_step(only("RUN", "pip install"), "packages", **home)
    shutil.move(image.folder / "frontend" / "node_modules", image.folder / "app" / "node_modules")
    image.build_step(only("RUN", "collectstatic"))
    for folder in (image.folder, *image.folder.parents):
        if folder.stat().st_mode & 0o005 != 0o005 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o005)
    yield image


@pytest.fixture(scope="module")
def variables(image):
    """What compose.yaml sets, for a database that the image's user reaches, with the content of October 2022."""
    folder = image.folder / "db"
    with running(folder):
        # PostgreSQL runs as a user that this machine knows; the socket is what keeps others out.
        folder.chmod(0o755)
        (folder / SOCKET_NAME).chmod(0o777)
        names = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())["services"]["web"]["environment"]
        values = {
            "DATABASE_URL": "postgres://ozgstatus@%2Fmnt%2Fdb:5432/postgres",
            "SECRET_KEY": "a-key-of-fifty-characters-or-more-for-these-tests-0123456789",
            "SITE_URL": "https://ozg.example.org",
            "ALLOWED_HOSTS": "ozg.example.org",
            "EMAIL_URL": "memory://",
            "MAIL_FROM": "ozg@example.org",
        }
        assert values.keys() <= names.keys()
        defaults = {
            name: match[1]
            for name, value in names.items()
            if (match := re.fullmatch(r"\$\{\w+:-(.*)\}", str(value)))
        }
        yield defaults | values


def test_only_what_production_needs_is_copied():
    folders = {path.partition("/")[0] for path in context()}
    assert folders == {
        *("LICENSE", "manage.py", "gunicorn.conf.py", "package.json", "package-lock.json", ".npmrc"),
        *("requirements.txt", "ozgstatus", "stand", "catalogue", "rollout", "projects", "newsletter"),
        *("templates", "static", "fixtures"),
    }
    assert {"ozgstatus/demo.py", "ozgstatus/embedded_postgres.py"}.isdisjoint(context())
    lying_around = [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "node_modules/x",
        "var/password",
        "stand/__pycache__/x.pyc",
    ]
    assert [path for path in lying_around if not is_ignored(path, rules())] == []


def test_what_is_installed_is_what_the_lock_file_names(image):
    locked = re.findall(r"^([\w.-]+)==(\S+)", (BASE_DIR / "requirements.txt").read_text(), re.MULTILINE)
    said = image.run(["python", "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"])
    installed = dict(line.split("==") for line in said.splitlines() if "==" in line)
    names = {re.sub("[-_.]+", "-", name).lower(): version for name, version in installed.items()}
    assert names.keys() - {"pip", "setuptools"} <= {name for name, _ in locked}
    assert {names[name] == version for name, version in locked if name in names} == {True}
    assert {"django", "gunicorn", "weasyprint"} <= names.keys()
    assert {"pytest", "embedded-postgres"}.isdisjoint(names)


def test_its_user_can_write_nothing_but_temporary_files(image):
    said = image.run(
        [
            "sh",
            "-c",
            "id -u; for d in /mnt /mnt/app /mnt/app/staticfiles /var/tmp /tmp /dev/shm; do "
            "if touch $d/probe 2>/dev/null; then echo $d; rm $d/probe; fi; done",
        ]
    )
    assert only("USER") == f"{USER}:{USER}"
    assert said.split() == [str(USER), "/tmp", "/dev/shm"]


def test_the_commands_of_compose_and_readme_run_as_its_user(image, variables):
    services = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())["services"]
    image.run(services["migrate"]["command"], **variables)
    readme = (BASE_DIR / "README.md").read_text()
    steps = re.findall(r"python manage\.py (?:import_register fixtures/|loaddata fixtures/)[^`\n]*", readme)
    assert len(steps) == 2
    for step in steps:
        image.run(["bash", "-c", step], **variables)
    loop = re.search(r"do (python manage\.py housekeeping); done", services["housekeeping"]["command"][2])[1]
    assert "PDF erstellt" in image.run(loop.split(), **variables)
    said = image.run([*services["mail"]["command"], "--once"], **variables)
    assert said.endswith("0 E-Mails gesendet.\n")
    image.run(["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], **variables)


def test_it_serves_pages_and_files_and_its_health_check_tells_whether(image, variables):
    port = free_port()
    healthy = json.loads(only("HEALTHCHECK").partition(" CMD ")[2])
    healthy = [word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in healthy]
    words = json.loads(only("CMD", "gunicorn"))
    assert words.count("0.0.0.0:8000") == 1
    words[words.index("0.0.0.0:8000")] = f"127.0.0.1:{port}"
    with pytest.raises(AssertionError, match="Connection refused"):
        image.run(healthy, **variables)
    # `exec` all the way: the signal that stops it is sent to gunicorn itself.
    server = subprocess.Popen(
        image.command(words, read_only=True),
        env=image.environment(**variables),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(port, server)
        image.run(healthy, **variables)
        page = ask(port, "/rollout/")
        assert (page.status, "Stand: 05.10.2022" in page.text) == (200, True)
        style = re.search(r'href="(/static/site\.\w+\.css)"', page.text)[1]
        assert ask(port, style).status == 200
        assert ask(port, "/ausgaben/2022-10.pdf").text.startswith("%PDF")
    finally:
        server.terminate()
        said = server.communicate(timeout=PATIENCE)[1]
    assert (server.returncode, "Traceback" in said) == (0, False), said


def ask(port: int, path: str):
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": "ozg.example.org", "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()
    answer.text = answer.read().decode("latin-1")
    connection.close()
    return answer


def wait_for(port: int, server) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask(port, "/livez") and None
        except OSError:
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.1)
