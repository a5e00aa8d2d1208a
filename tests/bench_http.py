"""What the page cache costs beside a server that does nothing: part of make bench, or python -m tests.bench_http.

The same gunicorn with as many processes serves our pages, and a bare WSGI application that answers the very same bytes
and headers. Both are asked in turns, in short slices, over four connections that stay open; the ratio is what counts.
Where wrk and nginx are installed they are compared on three pages too. It takes about two minutes.
"""

import os
import pickle
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from typing import NamedTuple

import psycopg

from tests.environment import CHROMIUM
from tests.pages import EDITION, PUBLIC_PAGES

HOST, CONNECTIONS = "127.0.0.1", 4
SLICES, SLICE_SECONDS = 3, 0.1
# A second look at what is below, longer, as other programs of the machine may have been at work.
LONGER_SLICES, LONGER_SECONDS = 4, 0.5
LEAST_RATIO = 0.9
FIRST_VISIT_BYTES, FIRST_VISIT_REQUESTS = 150_000, 8
PAGES = [address for address in PUBLIC_PAGES if not address.startswith("/abonnement/")]
IN_SHORT = ["/", EDITION, "/robots.txt"]
# Answered by the server itself, or only between it and the client.
OF_THE_CONNECTION = {"date", "server", "connection", "transfer-encoding"}
GUNICORN = [
    *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
    *("--log-level", "error", "--no-control-socket"),
]


class Question(NamedTuple):
    address: str
    kind: str
    headers: dict[str, str]

    def bytes(self, port: int) -> bytes:
        lines = [f"GET {self.address} HTTP/1.1", f"Host: {HOST}:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ozgstatus-")))
        static = {"STATIC_ROOT": str(folder / "static")}
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(collect, env=os.environ | static, check=True)
        ours = stack.enter_context(serving([*GUNICORN, "ozgstatus.wsgi"], static))
        print_first_visit(ours)
        print_publication(ours)
        questions = [one for address in PAGES for one in questions_about(ours, address)]
        answers = {key_of(question): answer(ours, question) for question in questions}
        (folder / "answers").write_bytes(pickle.dumps(answers))
        recorded = {"BENCH_ANSWERS": str(folder / "answers")}
        bare = stack.enter_context(serving([*GUNICORN, "tests.bench_bare"], recorded))
        for question in questions:  # so that every process has every form of every page
            per_second([ours, bare], question, 1, 0.05)
        print_ratios(ours, bare, questions)
        if shutil.which("wrk"):
            servers = {"ours": ours, "bare": bare}
            if shutil.which("nginx"):
                servers["nginx"] = stack.enter_context(nginx(folder / "nginx", answers))
            print_wrk(servers, [one for one in questions if one.address in IN_SHORT])


# --- servers -------------------------------------------------------------------------------------


@contextmanager
def serving(command: list[str], variables: dict[str, str]) -> Iterator[int]:
    """The port on which it listens; it is stopped at the end."""
    port = free_port()
    process = subprocess.Popen([*command, "--bind", f"{HOST}:{port}"], env=os.environ | variables)
    try:
        wait_until_open(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def free_port() -> int:
    with closing(socket.create_server((HOST, 0))) as probe:
        return probe.getsockname()[1]


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return socket.create_connection((HOST, port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
    sys.exit("A server of the bench did not start.")


@contextmanager
def nginx(folder: Path, answers: dict) -> Iterator[int]:
    """nginx with the pages of `IN_SHORT` as files, and headers as large as ours."""
    folder.mkdir()
    places = [place(folder, address, answers) for address in IN_SHORT]
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"""{"user root;" if os.geteuid() == 0 else ""}
        worker_processes 2; daemon off; pid {folder}/pid; error_log {folder}/log;
        events {{}}
        http {{
            access_log off; keepalive_requests 1000000; types {{}}
            map $http_accept_encoding $coding {{ br br; default ''; }}
            server {{ listen {HOST}:{port}; {" ".join(places)} }}
        }}"""
    )
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")])
    try:
        wait_until_open(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def place(folder: Path, address: str, answers: dict) -> str:
    """The lines for one page, which is written down as it is and as `br`."""
    name = f"page{IN_SHORT.index(address)}"
    for coding in ("br", ""):
        _, headers, body = answers[address, coding, ""]
        (folder / f"{name}{coding}").write_bytes(body)
    own = {"content-type", "content-length", "etag"}
    lines = [
        "add_header {} '{}';".format(header, value.replace("'", r"\'"))
        for header, value in headers
        if header.lower() not in own
    ]
    lines.append(f"default_type '{dict(headers)['Content-Type']}'; add_header Content-Encoding $coding;")
    return f"location = {address} {{ root {folder}; try_files /{name}$coding =404; {' '.join(lines)} }}"


# --- what is asked -------------------------------------------------------------------------------


def questions_about(port: int, address: str) -> list[Question]:
    _, headers, _ = answer(port, Question(address, "200", {}))
    known = {"If-None-Match": dict(headers)["ETag"]}
    return [
        Question(address, "200", {}),
        Question(address, "304", known),
        Question(address, "brotli", {"Accept-Encoding": "br"}),
    ]


def key_of(question: Question) -> tuple[str, str, str]:
    headers = question.headers
    return question.address, headers.get("Accept-Encoding", ""), headers.get("If-None-Match", "")


def answer(port: int, question: Question) -> tuple[str, list[tuple[str, str]], bytes]:
    """As a WSGI application says it; ends the bench where a page is not what its kind promises."""
    with closing(HTTPConnection(HOST, port, timeout=60)) as http:
        # The client would ask for a coding of its own.
        http.putrequest("GET", question.address, skip_accept_encoding=True)
        for name, value in question.headers.items():
            http.putheader(name, value)
        http.endheaders()
        found = http.getresponse()
        body = found.read()
    if found.status != (304 if question.kind == "304" else 200):
        sys.exit(f"{question.address} ({question.kind}) answers {found.status}.")
    headers = [(name, value) for name, value in found.getheaders() if name.lower() not in OF_THE_CONNECTION]
    return f"{found.status} {found.reason}", headers, body


# --- how fast ------------------------------------------------------------------------------------


def per_second(ports: list[int], question: Question, slices: int, seconds: float) -> list[float]:
    """Answers in a second of each server, asked in turns."""
    counts = {port: 0 for port in ports}
    for _ in range(slices):
        for port in ports:
            counts[port] += count(port, question.bytes(port), seconds)
    return [counts[port] / slices / seconds for port in ports]


def count(port: int, request: bytes, seconds: float) -> int:
    counts: list[int] = []
    start = Barrier(CONNECTIONS)
    threads = [Thread(target=ask, args=(port, request, seconds, start, counts)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) < CONNECTIONS:
        sys.exit("A server of the bench has closed a connection.")
    return sum(counts)


def ask(port: int, request: bytes, seconds: float, start: Barrier, counts: list[int]) -> None:
    with closing(socket.create_connection((HOST, port), timeout=60)) as connection:
        size = read_first(connection, request)
        start.wait(60)
        deadline, number = time.perf_counter() + seconds, 0
        while time.perf_counter() < deadline:
            connection.sendall(request)
            missing = size
            while missing:
                missing -= len(connection.recv(min(missing, 256 * 1024))) or sys.exit("closed")
            number += 1
    counts.append(number)


def read_first(connection: socket.socket, request: bytes) -> int:
    """How many bytes an answer has, which are as many each time."""
    connection.sendall(request)
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing:
        missing -= len(connection.recv(min(missing, 65536)))
    return len(head) + 4 + (int(length[1]) if length else 0)


def print_ratios(ours: int, bare: int, questions: list[Question]) -> None:
    print(f"\n{'answers in a second: ours, bare, ratio':62}{'200':>20}{'304':>20}{'brotli':>20}")
    measured = {}
    for question in questions:
        measured[question.address, question.kind] = found = per_second(
            [ours, bare], question, SLICES, SLICE_SECONDS
        )
        if found[0] < LEAST_RATIO * found[1]:
            again = per_second([ours, bare], question, LONGER_SLICES, LONGER_SECONDS)
            measured[question.address, question.kind] = again
    for address in PAGES:
        figures = [measured[address, kind] for kind in ("200", "304", "brotli")]
        print(f"{address:62}{''.join(f'{a:7.0f}{b:7.0f}{a / b:6.2f}' for a, b in figures)}")
    ratios = {key: a / b for key, (a, b) in measured.items()}
    lowest = min(ratios, key=lambda key: ratios[key])
    below = sum(ratio < LEAST_RATIO for ratio in ratios.values())
    print(
        f"Lowest ratio {ratios[lowest]:.2f} of {LEAST_RATIO} ({' '.join(lowest)}); {below} of {len(ratios)} below."
    )


def print_wrk(servers: dict[str, int], questions: list[Question]) -> None:
    print(f"\n{'answers in a second by wrk':62}{''.join(f'{name:>10}' for name in servers)}")
    for question in questions:
        figures = [wrk(name, port, question) for name, port in servers.items()]
        print(f"{question.address:53}{question.kind:9}{''.join(f'{figure:10.0f}' for figure in figures)}")


def wrk(name: str, port: int, question: Question) -> float:
    headers = dict(question.headers)
    if name == "nginx" and "If-None-Match" in headers:  # its tags are its own
        headers["If-None-Match"] = dict(answer(port, Question(question.address, "200", {}))[1])["ETag"]
    options = [f"--header={name}: {value}" for name, value in headers.items()]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d1s", *options, f"http://{HOST}:{port}{question.address}"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    if "Non-2xx" in found:
        sys.exit(f"{name} does not answer {question.address} as expected.")
    return float(re.search(r"Requests/sec: +([\d.]+)", found)[1])  # type: ignore[index]


# --- a visitor, and an editor --------------------------------------------------------------------


def print_first_visit(port: int) -> None:
    if not CHROMIUM:
        print("\nThe first visit was not measured: there is no Chromium.")
        return
    requests, size = first_visit(f"http://{HOST}:{port}/")
    for figure, limit, unit in (
        (size, FIRST_VISIT_BYTES, "bytes"),
        (len(requests), FIRST_VISIT_REQUESTS, "requests"),
    ):
        print(f"{'first visit to /':62}{figure:9,} of {limit:7,} {unit:9}{figure / limit:5.2f}")
    for address, bytes_sent in requests.items():
        print(f"    {address:58}{bytes_sent:9,}")


def first_visit(address: str) -> tuple[dict[str, int], int]:
    """Bytes with headers as they came over the line, by address, and in all."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        names: dict[str, str] = {}
        sizes: dict[str, int] = {}
        session.on(
            "Network.requestWillBeSent",
            lambda event: names.__setitem__(event["requestId"], event["request"]["url"]),
        )
        session.on(
            "Network.loadingFinished",
            lambda event: sizes.__setitem__(names[event["requestId"]], int(event["encodedDataLength"])),
        )
        page.goto(address, wait_until="networkidle")
        browser.close()
    sent = {name: size for name, size in sizes.items() if name.startswith("http")}
    return {name[len(address) - 1 :]: size for name, size in sent.items()}, sum(sent.values())


def print_publication(port: int) -> None:
    """How long after a commit the new content stands in an answer; the slower of three."""
    seconds = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        [old] = connection.execute("SELECT title FROM ozgstatus_site").fetchone() or [""]
        for title in ("Bench 1", "Bench 2", old):
            connection.execute("UPDATE ozgstatus_site SET title = %s", [title])
            start = last_old = time.perf_counter()
            shown = 0
            while shown < 20:  # in a row, so that both processes show it
                is_shown = title.encode() in answer(port, Question("/", "200", {}))[2]
                shown = shown + 1 if is_shown else 0
                if not is_shown:
                    last_old = time.perf_counter()
            seconds.append(last_old - start)
    print(
        f"{'until a change of the content shows':62}{max(seconds):9.1f} of {2:7} {'s':9}{max(seconds) / 2:5.2f}"
    )


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    from ozgstatus.demo import fixtures, load

    call_command("migrate", interactive=False, verbosity=0)
    load(fixtures())
    main()
