import time

import psycopg

from . import outage


class Connection(psycopg.Connection):
    """Of the pool; does not wait for an answer for good."""

    silence = 1.5  # seconds after which the server is asked whether it is there
    last_failure: tuple[float, psycopg.OperationalError] | None = (
        None  # when, and why there was no connection
    )

    @classmethod
    def connect(cls, conninfo="", **kwargs):
        try:
            connection = super().connect(conninfo, **kwargs)
        except psycopg.OperationalError as fault:
            Connection.last_failure = time.monotonic(), fault
            raise
        connection._parameters = {"conninfo": conninfo, **kwargs}
        return connection

    def wait(self, gen, *args, **kwargs):
        return super().wait(self._listening(gen), *args, **kwargs)

    def _listening(self, gen):
        """`gen`, and after each while of silence the question whether an answer can still come."""
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.silence:
                    self._ask_elsewhere()
                    heard = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _ask_elsewhere(self):
        """Raise NoAnswer where the server takes no other connection; this one is closed then.

        The very server of this connection is asked: of several in DATABASE_URL another one may answer.
        """
        here = {"host": self.info.host, "port": self.info.port, "target_session_attrs": "any"}
        try:
            outage.try_once(self._parameters | here)
        except psycopg.OperationalError as reason:
            self.pgconn.finish()
            fault = outage.NoAnswer("the server does not answer")
            outage.begin(fault, self._parameters)
            raise fault from reason
