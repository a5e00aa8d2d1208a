"""The mails that Django's file backend has written, as the demo does.

It appends mail after mail to a file per connection, each followed by a line of 79 dashes. A mail is known by its file
and the place of its first byte. What is not, or not yet, followed by that line is no mail.
"""

import datetime
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.utils import timezone

END = b"\n" + b"-" * 79 + b"\n"
HEADER = re.compile(rb"[!-9;-~]+:")
FILE = re.compile(r"[\w-]+\.log", re.ASCII)
LARGEST = 5 * 1024 * 1024
HEADERS = 64 * 1024  # as much of a mail as its line in the list needs
SHOWN = 100


def mailbox_folder() -> Path | None:
    """Where the demo writes its mails; elsewhere None, since mails of others are nobody's business."""
    if (
        not settings.DEMO_MAILBOX
        or settings.EMAIL_BACKEND != "django.core.mail.backends.filebased.EmailBackend"
    ):
        return None
    return Path(settings.EMAIL_FILE_PATH)


@dataclass(frozen=True)
class StoredMail:
    name: str
    offset: int
    parsed: Message

    def header(self, name: str) -> str:
        """Decoded; "" where there is none."""
        return _in_words(self.parsed.get(name, ""))

    @property
    def subject(self) -> str:
        return self.header("Subject") or "ohne Betreff"

    @property
    def recipient(self) -> str:
        return self.header("To")

    @property
    def date(self) -> str:
        try:
            moment = parsedate_to_datetime(self.header("Date"))
            if timezone.is_naive(moment):  # "-0000": the time is UTC, and nothing is said of the place
                moment = moment.replace(tzinfo=datetime.UTC)
            return f"{timezone.localtime(moment):%d.%m.%Y, %H:%M} Uhr"
        except (ValueError, TypeError, OverflowError):
            return self.header("Date") or "keine Angabe"

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, _in_words(value)) for name, value in self.parsed.items()]

    @property
    def text(self) -> str:
        return self._part("text/plain")

    @property
    def html(self) -> str:
        return self._part("text/html")

    def _part(self, kind: str) -> str:
        """The first part of a kind, or ""."""
        part = next((part for part in self.parsed.walk() if part.get_content_type() == kind), None)
        if part is None:
            return ""
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            return ""
        try:
            return content.decode(part.get_content_charset("utf-8"), "replace")
        except LookupError:
            return content.decode("utf-8", "replace")


def newest_mails(folder: Path) -> list[StoredMail]:
    """At most SHOWN, without their parts, the last written first."""
    return list(islice((mail for path in _files(folder) for mail in _mails_of(path)), SHOWN))


def mail_at(folder: Path, name: str, offset: int) -> StoredMail | None:
    """The whole mail that begins there, or None."""
    path = next((path for path in _files(folder) if path.name == name), None)
    return _mail_at(path, offset) if path else None


def _files(folder: Path) -> list[Path]:
    """Those that the backend may have written; the one written to last comes first."""
    found = []
    try:
        for path in folder.iterdir():
            if FILE.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                found.append((path.stat().st_mtime_ns, path))
    except OSError:  # no mail yet, or a file that has gone meanwhile
        pass
    return [path for _, path in sorted(found, reverse=True)]


@contextmanager
def _content_of(path: Path) -> Iterator[mmap.mmap]:
    """A file of 10,000 mails has a gigabyte, of which little is read."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def _mails_of(path: Path) -> Iterator[StoredMail]:
    """From the end of the file to its beginning."""
    try:
        with _content_of(path) as content:
            for start, end in _places(content):
                headers = content[start : min(end, start + HEADERS)]
                yield StoredMail(path.name, start, BytesHeaderParser().parsebytes(headers))
    except (OSError, ValueError):  # not readable, or empty
        return


def _mail_at(path: Path, offset: int) -> StoredMail | None:
    try:
        with _content_of(path) as content:
            end = _end_of(content, offset)
            if end is None:
                return None
            whole = BytesParser().parsebytes(content[offset : min(end, offset + LARGEST)])
            return StoredMail(path.name, offset, whole)
    except (OSError, ValueError):
        return None


def _places(content: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Where mails begin and end, from the last to the first."""
    end = content.rfind(END)
    while end >= 0:
        before = content.rfind(END, 0, end)
        # What does not begin with a header is the rest of a mail that has such a line in its text.
        while before >= 0 and not _begins_at(content, before + len(END)):
            before = content.rfind(END, 0, before)
        start = before + len(END) if before >= 0 else 0
        if _begins_at(content, start):
            yield start, end
        end = before


def _end_of(content: mmap.mmap, start: int) -> int | None:
    """Where the mail ends that begins at `start`; None if none begins there or it is still being written."""
    follows_another = start >= len(END) and content[start - len(END) : start] == END
    if start >= len(content) or not (start == 0 or follows_another) or not _begins_at(content, start):
        return None
    return next((end for begin, end in _places(content) if begin == start), None)


def _begins_at(content: mmap.mmap, start: int) -> bool:
    return HEADER.match(content, start) is not None


def _in_words(value) -> str:
    try:
        text = str(make_header(decode_header(value)))
    except (ValueError, LookupError, MessageError):
        text = str(value)
    return " ".join(text.split())
