"""Each record is one object in one line, and holds no person and no secret."""

import json
import logging
import sys

import pytest
from gunicorn.config import Config
from gunicorn.glogging import SafeAtoms

from ozgstatus.logs import GunicornLogger, JsonFormatter, masked

TOKEN = "aB3-" * 10 + "xyz"


def record(message, *args, **kwargs):
    return logging.LogRecord(
        "ozgstatus.x", logging.WARNING, __file__, 1, message, args, kwargs.get("exc_info")
    )


def test_a_record_is_one_line_of_json():
    line = JsonFormatter().format(record("Zeile 1\nZeile 2 „%s“", "ä"))
    assert "\n" not in line
    found = json.loads(line)
    assert set(found) == {"time", "level", "logger", "message"}
    assert (found["level"], found["logger"], found["message"]) == (
        "WARNING",
        "ozgstatus.x",
        "Zeile 1\nZeile 2 „ä“",
    )
    assert found["time"].endswith("+00:00")


def test_an_exception_is_a_part_of_it_and_masked():
    try:
        raise ValueError(f"name@example.org {TOKEN} 192.0.2.7 postgres://a:geheim@db/x")
    except ValueError:
        line = JsonFormatter().format(record("Fehler", exc_info=sys.exc_info()))
    assert "ValueError: ***@*** *** *** postgres://***@***/x" in json.loads(line)["exception"]
    assert not any(secret in line for secret in ("name@", TOKEN, "192.0.2", "geheim"))


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Invalid request from ip=192.0.2.7: x", "Invalid request from ip=***: x"),
        ("[::ffff:192.0.2.7] 2001:db8:1:2:3:4:5:6 fe80::1", "[***] *** ***"),
        ("peer ('198.51.100.1', 40312)", "peer ('***', 40312)"),
        ("Listening at: http://127.0.0.1:8000 and http://0.0.0.0:8000", None),
        ("2026-11-27 17:19:57,481 Django 5.2.19, 10 of 1.000.000", None),
        ("postgres://ozg:a:b/c@d@db.example.org/x", "postgres://***@***/x"),
        ("imaps://user:geheim@mail.example.org/INBOX", "imaps://***@***/INBOX"),
        ("https://example.org/a and b@example.org", "https://example.org/a and ***@***"),
    ],
)
def test_what_tells_of_a_person_or_opens_something_is_masked(line, written):
    assert masked(line) == (written or line)


ATOMS = {
    "h": "192.0.2.7",
    "u": "redaktion",
    "m": "GET",
    "U": f"/abonnement/verwalten/{TOKEN}/",
    "q": "q=name%40example.org",
    "r": f"GET /abonnement/verwalten/{TOKEN}/?q=name%40example.org HTTP/1.1",
    "s": "200",
    "B": 5123,
    "M": 12,
    "a": "Browser 1.0",
    "f": "https://example.org/woher",
}


@pytest.mark.parametrize("form", ["json", "line"])
def test_the_log_of_requests_is_of_the_same_form_without_address_query_and_browser(
    settings, monkeypatch, form, capsys
):
    monkeypatch.setenv("LOG_FORMAT", form)
    config = Config()
    found: dict = {}
    exec((settings.BASE_DIR / "gunicorn.conf.py").read_text(), found)
    config.set("access_log_format", found["access_log_format"])
    config.set("accesslog", "-")
    logger = GunicornLogger(config)
    logger.access_log.info(config.access_log_format, SafeAtoms(ATOMS))
    logger.access_log.handlers.clear()
    line = capsys.readouterr().out.strip()
    for secret in ("192.0.2.7", TOKEN, "example.org", "Browser", "woher"):
        assert secret not in line
    if form == "line":
        assert line == "GET /abonnement/verwalten/***/ 200 5123 bytes 12 ms"
        return
    written = json.loads(line)
    assert {
        name: written[name] for name in ("logger", "method", "path", "status", "bytes", "milliseconds")
    } == {
        "logger": "gunicorn.access",
        "method": "GET",
        "path": "/abonnement/verwalten/***/",
        "status": 200,
        "bytes": 5123,
        "milliseconds": 12,
    }
