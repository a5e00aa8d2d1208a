"""A WSGI application that only answers what tests/bench_http.py has written down, by address and headers."""

import os
import pickle
from pathlib import Path

ANSWERS = pickle.loads(Path(os.environ["BENCH_ANSWERS"]).read_bytes())


ABSENT: tuple = ("404 Not Found", [], b"")


def application(environ, start_response):
    key = environ["RAW_URI"], environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", "")
    status, headers, body = ANSWERS.get(key, ABSENT)
    start_response(status, headers[:])
    return [body]
