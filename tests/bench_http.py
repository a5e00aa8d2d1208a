"""What the page cache costs beside a server that does nothing: part of make bench, or python -m tests.bench_http.

The same gunicorn with as many processes serves our pages, and a bare WSGI application that answers the very same bytes
and headers. Both are asked in turns, in short slices, over four connections that stay open, two to each process; the
ratio is what counts. Where wrk and nginx are installed they are compared on three pages too. It takes two minutes.
"""

import os
import pickle
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg

from tests.environment import CHROMIUM
from tests.pages import EDITION, PUBLIC_PAGES
from tests.processes import children_of, free_port

HOST, CONNECTIONS, WORKERS = "127.0.0.1", 4, 2
SLICES, SLICE_SECONDS = 8, 0.02
# A longer look at what is below, as other programs of the machine may have been at work; together no longer than this.
SECOND_LOOK_SECONDS = 30
LEAST_RATIO = 0.9
FIRST_VISIT_BYTES, FIRST_VISIT_REQUESTS = 150_000, 8
PAGES = [address for address in PUBLIC_PAGES if not address.startswith("/abonnement/")]
IN_SHORT = ["/", EDITION, "/robots.txt"]
# Answered by the server itself, or only between it and the client.
OF_THE_CONNECTION = {"date", "server", "connection", "transfer-encoding"}
GUNICORN = [
    *(sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--workers", str(WORKERS)),
    *("--log-level", "error", "--no-control-socket", "--keep-alive", "120"),
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
        print_first_visit(ours.port)
        print_publication(ours.port)
        time.sleep(2)  # a process that has answered none of these has seen the last change then, too
        questions = [one for address in PAGES for one in questions_about(ours.port, address)]
        answers = {key_of(question): answer(ours.port, question) for question in questions}
        (folder / "answers").write_bytes(pickle.dumps(answers))
        recorded = {"BENCH_ANSWERS": str(folder / "answers")}
        bare = stack.enter_context(serving([*GUNICORN, "tests.bench_bare"], recorded))
        ours.connect()
        for question in questions:  # so that both processes have every form of every page
            ours.count(question, SLICE_SECONDS)
        bare.connect()
        print_ratios(ours, bare, questions)
        if shutil.which("wrk"):
            ports = {"ours": ours.port, "bare": bare.port}
            if shutil.which("nginx"):
                ports["nginx"] = stack.enter_context(nginx(folder / "nginx", answers))
            print_wrk(ports, [one for one in questions if one.address in IN_SHORT])


# --- servers -------------------------------------------------------------------------------------


@contextmanager
def serving(command: list[str], variables: dict[str, str]) -> Iterator["Server"]:
    """It is stopped at the end."""
    port = free_port()
    process = subprocess.Popen([*command, "--bind", f"{HOST}:{port}"], env=os.environ | variables)
    try:
        wait_until_open(port, process)
        with closing(Server(port, process.pid)) as server:
            yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with closing(HTTPConnection(HOST, port, timeout=60)) as http:
                http.request("GET", "/livez")  # any answer shows that its processes are there
                http.getresponse()
            return None
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


class Server:
    """Some open connections to a server, and the processor time of the processes that answer."""

    def __init__(self, port: int, process: int):
        self.port = port
        while len(children := children_of(process)) < WORKERS:
            time.sleep(0.05)
        self._children = children
        self._connections: list[socket.socket] = []

    def connect(self) -> None:
        """Shortly before it is asked, as a server hangs up on who is silent; to each process as many as to the other.

        Where all of them happen to reach one process, a server is half as fast.
        """
        wanted = dict.fromkeys(self._children, CONNECTIONS // WORKERS)
        deadline = time.monotonic() + 60
        while any(wanted.values()) and time.monotonic() < deadline:
            connection = socket.create_connection((HOST, self.port), timeout=60)
            child = self._answering(connection)
            if wanted[child]:
                wanted[child] -= 1
                self._connections.append(connection)
            else:
                connection.close()
        if any(wanted.values()):
            sys.exit("A process of the bench got no connection.")
        self._poll = select.poll()
        for connection in self._connections:
            self._poll.register(connection, select.POLLIN)
        self._by_number = {connection.fileno(): connection for connection in self._connections}

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def count(self, question: Question, seconds: float) -> tuple[int, float]:
        """How many answers came in that time, and seconds of processor time that they took."""
        request = question.bytes(self.port)
        size = whole_size(self._connections[0], request)
        missing = dict.fromkeys(self._by_number, 0)
        before, deadline, number = self._processor_time(), time.perf_counter() + seconds, 0
        for connection in self._connections:
            connection.sendall(request)
        awaited = CONNECTIONS
        while awaited:
            ready = self._poll.poll(60_000)
            if not ready:
                sys.exit("A server of the bench does not answer.")
            for place, _ in ready:
                connection = self._by_number[place]
                got = len(connection.recv(256 * 1024))
                if not got:
                    sys.exit("A server of the bench has closed a connection.")
                missing[place] += got
                if missing[place] == size:
                    missing[place] = 0
                    number += 1
                    if time.perf_counter() < deadline:
                        connection.sendall(request)
                    else:
                        awaited -= 1
        return number, self._processor_time() - before

    def _answering(self, connection: socket.socket) -> int:
        """The process at the other end, which is the one that works when it is asked."""
        before = {child: processor_time(child) for child in self._children}
        for _ in range(10):
            whole_size(connection, Question("/robots.txt", "200", {}).bytes(self.port))
        return max(self._children, key=lambda child: processor_time(child) - before[child])

    def _processor_time(self) -> float:
        return sum(processor_time(child) for child in self._children)


def processor_time(process: int) -> float:
    """Seconds, of all its threads."""
    times = [(task / "schedstat").read_text() for task in Path(f"/proc/{process}/task").iterdir()]
    return sum(int(text.split()[0]) for text in times) / 1e9


def whole_size(connection: socket.socket, request: bytes) -> int:
    """How many bytes an answer has, with its headers; they are as many each time."""
    connection.sendall(request)
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    size = int(length[1]) if length else 0
    missing = size - len(body)
    while missing:
        missing -= len(connection.recv(min(missing, 65536)))
    return len(head) + 4 + size


class Figures(NamedTuple):
    """Answers in a second of ours and of the bare one, and what the same answer takes of the processor."""

    ours: float
    bare: float
    by_processor: float

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


def compare(ours: Server, bare: Server, question: Question, slices: int) -> Figures:
    """In turns and in short slices, so that what else the machine does hits both."""
    counts, times = [0, 0], [0.0, 0.0]
    for _ in range(slices):
        for place, server in enumerate((ours, bare)):
            number, seconds = server.count(question, SLICE_SECONDS)
            counts[place] += number
            times[place] += seconds
    per_answer = [seconds / number for seconds, number in zip(times, counts, strict=True)]
    ours_per_second, bare_per_second = (number / slices / SLICE_SECONDS for number in counts)
    return Figures(ours_per_second, bare_per_second, per_answer[1] / per_answer[0])


def print_ratios(ours: Server, bare: Server, questions: list[Question]) -> None:
    measured = {(one.address, one.kind): compare(ours, bare, one, SLICES) for one in questions}
    deadline = time.monotonic() + SECOND_LOOK_SECONDS
    for one in questions:
        if measured[one.address, one.kind].ratio < LEAST_RATIO and time.monotonic() < deadline:
            measured[one.address, one.kind] = compare(ours, bare, one, 4 * SLICES)
    kinds = ("200", "304", "brotli")
    print("\nanswers in a second: ours, bare, ratio; ratio by processor time")
    print(f"{'':62}{''.join(f'{kind:>26}' for kind in kinds)}")
    for address in PAGES:
        found = [measured[address, kind] for kind in kinds]
        print(
            f"{address:62}"
            + "".join(
                f"{one.ours:7.0f}{one.bare:7.0f}{one.ratio:6.2f}{one.by_processor:6.2f}" for one in found
            )
        )
    for what, ratios in (
        ("ratio", {key: one.ratio for key, one in measured.items()}),
        ("ratio by processor time", {key: one.by_processor for key, one in measured.items()}),
    ):
        lowest = min(ratios, key=lambda key, ratios=ratios: ratios[key])  # type: ignore[misc]
        below = sum(ratio < LEAST_RATIO for ratio in ratios.values())
        print(
            f"{what}: median {median(ratios.values()):.2f}, lowest {ratios[lowest]:.2f} ({' '.join(lowest)}), "
            f"{below} of {len(ratios)} below {LEAST_RATIO}"
        )


def print_wrk(ports: dict[str, int], questions: list[Question]) -> None:
    print(f"\n{'answers in a second by wrk':62}{''.join(f'{name:>10}' for name in ports)}")
    for question in questions:
        figures = [wrk(name, port, question) for name, port in ports.items()]
        print(f"{question.address:53}{question.kind:9}{''.join(f'{figure:10.0f}' for figure in figures)}")


def wrk(name: str, port: int, question: Question) -> float:
    headers = dict(question.headers)
    if name == "nginx" and "If-None-Match" in headers:  # its tags are its own
        headers["If-None-Match"] = dict(answer(port, Question(question.address, "200", {}))[1])["ETag"]
    options = [f"--header={name}: {value}" for name, value in headers.items()]
    # Many connections, so that about as many reach either process.
    command = ["wrk", "-t1", "-c32", "-d1s", *options, f"http://{HOST}:{port}{question.address}"]
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
            while shown < 20:  # in a row, as both processes may answer
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
