"""Clients that take their time, and what other visitors notice of them: nothing. Two processes of four threads."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from ..test_headers import OURS
from .running import best_of, wait_until

pytestmark = pytest.mark.django_db  # whose tables are copied
MANY = 200
FEWER = 50  # of which each has a page made
POLICY_HEADER = "Content-Security-Policy"
PAGE = b"GET /rollout/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
FORM = (
    b"POST /abonnement/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 90\r\n\r\naddress="
)


@contextmanager
def connections(web, number=MANY):
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(("127.0.0.1", web.port))) for _ in range(number)
        ]
        yield opened


@contextmanager
def sending(sockets, text: bytes, at_once=0):
    """A byte a second and connection, after so many at once."""
    ended = threading.Event()

    def drip():
        for one in sockets:
            one.sendall(text[:at_once])
        for byte in text[at_once:]:
            for one in sockets:
                try:
                    one.send(bytes([byte]))
                except OSError:
                    ended.set()
            if ended.wait(1):
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def a_visitor_is_served(web):
    """Within a second, several times in a row."""
    for _ in range(5):
        assert best_of(3, 1, lambda: web.ask("/leistungen/")).status == 200


@pytest.fixture(autouse=True)
def warm(web):
    wait_until(lambda: all(web.ask("/leistungen/").status == 200 for _ in range(10)))


def test_silent_connections(web):
    with connections(web):
        time.sleep(0.5)
        a_visitor_is_served(web)


def test_headers_that_come_a_byte_a_second(web):
    with connections(web) as opened, sending(opened, PAGE):
        time.sleep(1.5)
        a_visitor_is_served(web)


def test_forms_that_come_a_byte_a_second(web):
    with connections(web) as opened, sending(opened, FORM + b"x" * 80, at_once=len(FORM)):
        time.sleep(1.5)
        a_visitor_is_served(web)


def test_second_requests_that_come_a_byte_a_second(web):
    with connections(web, FEWER) as opened, sending(opened, PAGE * 2, at_once=len(PAGE) + 5):
        time.sleep(1.5)
        a_visitor_is_served(web)


def test_answers_that_nobody_reads(web):
    with connections(web, FEWER) as opened:
        for one in opened:
            one.sendall(PAGE)
        time.sleep(2)
        a_visitor_is_served(web)


def test_connections_that_stay_open_after_the_answer(web):
    with connections(web, FEWER) as opened:
        for one in opened:
            one.sendall(PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        time.sleep(2)
        a_visitor_is_served(web)


def test_more_silent_connections_than_a_process_holds(web):
    """The oldest make room."""
    with connections(web, 2500):
        a_visitor_is_served(web)


def answer_of(connection) -> bytes:
    connection.settimeout(30)
    answer = b""
    while data := connection.recv(65536):
        answer += data
    return answer


def test_who_is_silent_for_too_long_is_hung_up_on(web):
    with connections(web, 1) as [one]:
        began = time.monotonic()
        assert answer_of(one) == b""
        assert time.monotonic() - began > 9


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (
            b"POST /abonnement/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"411 Length Required",
        ),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 65536, b"431 Request Header Fields Too Large"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", b"400 Bad Request"),
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX Y: z\r\n\r\n", b"400 Bad Request"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"414 URI Too Long"),
        (
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
            b"431 Request Header Fields Too Large",
        ),
    ],
)
def test_what_no_browser_sends_is_refused_with_the_headers_of_every_answer(web, request_text, status):
    with connections(web, 1) as [one]:
        one.sendall(request_text)
        head, _, content = answer_of(one).partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert first.startswith(b"HTTP/1.1 " + status)
    found = {name.lower(): value for name, value in (line.decode().split(": ", 1) for line in lines)}
    usual = web.ask("/livez").headers
    names = {"Permissions-Policy", "Cross-Origin-Resource-Policy", *OURS}
    for name in names - {"Strict-Transport-Security"}:  # which is for TLS only
        assert found[name.lower()] == usual[name], name
    policies = [headers.split("; ") for headers in (found["content-security-policy"], usual[POLICY_HEADER])]
    assert sorted(policies[0]) == sorted(policies[1])
    assert (found["connection"], found["content-length"]) == ("close", str(len(content)))
    assert "Bitte" in content.decode()


def test_what_says_that_it_is_too_large_is_not_read(web):
    with connections(web, 1) as [one]:
        one.sendall(b"POST /admin/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n")
        assert answer_of(one).startswith(b"HTTP/1.1 413 ")


def test_requests_sent_together_are_answered_in_order(web):
    with connections(web, 1) as [one]:
        last = PAGE.replace(b"/rollout/", b"/livez").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        one.sendall(PAGE + PAGE.replace(b"/rollout/", b"/robots.txt") + last)
        answer = answer_of(one)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b"</html>") < answer.index(b"User-agent") < answer.index(b"\r\nok\n")


def test_a_client_may_ask_first_whether_it_shall_send(web):
    with connections(web, 1) as [one]:
        head, body = (
            FORM.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"),
            b"x" * 82,
        )
        one.sendall(head.removesuffix(b"address="))
        assert one.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"address=" + body)
        assert b"HTTP/1.1 200 OK" in answer_of(one)
