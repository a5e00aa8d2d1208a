"""gunicorn's gthread for clients that take their time: none of its few threads ever waits for one.

gthread hands a connection to a thread as soon as it is opened: eight that stay silent keep eight threads for five
seconds each, and eight that send a byte a second keep them for good. Here the loop of a process collects requests, and
a thread gets a whole one. What is cut off here is no browser's: who is silent for ten seconds, sends a header of 64 KB,
or a body without saying how long it is. An answer that fits into the socket's buffer, as every page does, waits for
nobody either; for larger files a proxy in front has to read faster than its clients.
"""

import re
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ

from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

SECONDS_FOR_HEAD = 10
SECONDS_FOR_BODY = 20
BYTES_A_SECOND = 10_000  # of a body, beyond that
SECONDS_TO_LEAVE = 2  # for a client to close its end
SECONDS_TO_READ = 10  # without any progress, of an answer larger than the buffer
LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 12 * 1024 * 1024  # LARGEST_REQUEST of the settings: of a larger one Django reads nothing
LARGEST_SUM = 64 * 1024 * 1024  # of what all clients of a process have sent of requests that are not complete
SEND_BUFFER = 256 * 1024
MOST_ARRIVING = 500  # connections without a complete request; the oldest makes room

LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)")
CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:")
EXPECT = re.compile(rb"(?i)\r\nexpect:[ \t]*100-continue")


class Refused(Exception):
    """With the status line of the answer."""


class Overheard:
    """In the place of a client, to learn what gunicorn would have told it."""

    status = "500 Internal Server Error"

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, answer: bytes) -> None:
        self.status = answer.partition(b"\r\n")[0].decode().partition(" ")[2]


class Connection(TConn):
    """With what has come of the next request."""

    def __init__(self, worker: "PatientWorker", client: socket.socket, address, listener: socket.socket):
        super().__init__(worker.cfg, client, address, listener.getsockname())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SECONDS_TO_READ, 0))
        self.worker = worker
        self.expect(b"")

    def expect(self, received: bytes) -> None:
        """The next request, of which so much is here already."""
        self.sock.setblocking(False)
        self.received = bytearray(received)
        self.size: int | None = None  # of the request, when its head is here
        self.is_cut = False
        self.timeout = time.monotonic() + SECONDS_FOR_HEAD

    @property
    def is_complete(self) -> bool:
        """Whether a thread can go on without the client; raises Refused."""
        if self.size is None:
            self._read_head()
        return self.size is not None and len(self.received) >= self.size

    def _read_head(self) -> None:
        end = self.received.find(b"\r\n\r\n", 0, LARGEST_HEAD)
        if end < 0:
            if len(self.received) >= LARGEST_HEAD:
                raise Refused("431 Request Header Fields Too Large")
            return
        head = bytes(self.received[: end + 2])
        if CHUNKED.search(head):
            raise Refused("411 Length Required")
        lengths = [int(length) for length in LENGTH.findall(head)] or [0]
        # gunicorn refuses a request with two of them, and Django one that is too large.
        body = lengths[0] if len(lengths) == 1 and lengths[0] <= LARGEST_BODY else 0
        self.is_cut = body != lengths[-1]
        self.size = end + 4 + body
        self.timeout = time.monotonic() + SECONDS_FOR_BODY + body / BYTES_A_SECOND
        if EXPECT.search(head) and len(self.received) < self.size:
            self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def hand_over(self) -> None:
        """To the parser, as if it had read it itself."""
        self.init()
        self.parser.unreader.unread(bytes(self.received))
        self.received.clear()
        self.data_ready = True

    def take_back(self) -> bytes:
        """What the parser has of a further request."""
        return self.parser.unreader.take_buffered() if self.parser else b""

    def close(self, graceful=False):
        """gunicorn waits here for the client to close its end, and all others wait with it."""
        if graceful:
            self.worker.see_off(self)
        else:
            super().close()


class PatientWorker(ThreadWorker):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.arriving: dict[Connection, None] = {}  # in the order of their coming
        self.leaving: dict[Connection, float] = {}

    # --- requests ------------------------------------------------------------------------------

    def accept(self, listener):
        try:
            client, address = listener.accept()
        except (
            BlockingIOError,
            ConnectionAbortedError,
        ):  # the other process was faster, or the client gave up
            return
        self.nr_conns += 1
        if len(self.arriving) >= MOST_ARRIVING:
            self.drop(next(iter(self.arriving)))
        self.listen(Connection(self, client, address, listener))

    def listen(self, connection: Connection) -> None:
        self.arriving[connection] = None
        self.poller.register(connection.sock, EVENT_READ, partial(self.read, connection))
        self.look_at(connection)

    def read(self, connection: Connection, sock: socket.socket) -> None:
        if connection not in self.arriving:  # it has just made room for another one
            return
        try:
            data = sock.recv(64 * 1024)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        held = sum(len(other.received) for other in self.arriving) if len(data) > 4096 else 0
        if not data or held > LARGEST_SUM:
            return self.drop(connection)
        connection.received += data
        self.look_at(connection)

    def look_at(self, connection: Connection) -> None:
        """Give it to a thread if the request is complete."""
        try:
            if not connection.is_complete:
                return
        except Refused as reason:
            self.refuse(connection.sock, str(reason))
            return self.drop(connection, graceful=True)
        except OSError:
            return self.drop(connection)
        self.forget(connection)
        connection.hand_over()
        self.enqueue_req(connection)

    def forget(self, connection: Connection) -> None:
        del self.arriving[connection]
        self.poller.unregister(connection.sock)

    def drop(self, connection: Connection, graceful=False) -> None:
        self.forget(connection)
        self.nr_conns -= 1
        connection.close(graceful)

    # --- refusals ------------------------------------------------------------------------------

    def refuse(self, client: socket.socket, status: str) -> None:
        from .refusals import refusal  # settings are there only after the application is loaded

        write_nonblock(client, refusal(status))

    def handle_error(self, req, client, addr, exc):
        """gunicorn would answer in English and without the headers that belong on every answer."""
        overheard = Overheard()
        super().handle_error(req, overheard, addr, exc)
        with suppress(OSError):
            self.refuse(client, overheard.status)

    # --- further requests of a connection --------------------------------------------------------

    def on_client_socket_readable(self, conn, client):
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        conn.expect(b"")
        self.listen(conn)

    def _keepalive_after(self, conn, keepalive):
        return not conn.is_cut and super()._keepalive_after(conn, keepalive)

    def finish_request(self, conn, fs):
        goes_on = not fs.cancelled() and not fs.exception() and fs.result() is True
        further = conn.take_back() if goes_on else b""
        if further:
            conn.expect(further)
            self.listen(conn)
        else:
            super().finish_request(conn, fs)

    # --- ends --------------------------------------------------------------------------------------

    def see_off(self, connection: Connection) -> None:
        """Say that no more comes, and read on for a moment: a reset would take the answer from the client."""
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
            self.poller.register(connection.sock, EVENT_READ, partial(self.read_nothing, connection))
        except (OSError, ValueError):
            connection.close()
        else:
            self.leaving[connection] = time.monotonic() + SECONDS_TO_LEAVE

    def read_nothing(self, connection: Connection, sock: socket.socket) -> None:
        try:
            if sock.recv(64 * 1024):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.part_from(connection)

    def part_from(self, connection: Connection) -> None:
        del self.leaving[connection]
        self.poller.unregister(connection.sock)
        connection.close()

    def murder_pending(self):
        super().murder_pending()
        now = time.monotonic()
        for connection in self._late(now):
            self.drop(connection)
        for connection in [one for one, until in self.leaving.items() if until < now]:
            self.part_from(connection)

    def _late(self, now: float) -> list[Connection]:
        return [connection for connection in self.arriving if connection.timeout < now]

    def _cap_keepalive(self, deadline):
        """When the worker stops: who has sent nothing so far has as long as who waits between two requests."""
        super()._cap_keepalive(deadline)
        for connection in self.arriving:
            if not connection.received:
                connection.timeout = min(connection.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
