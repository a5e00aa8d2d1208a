"""A whole answer in each form in which it may leave, and a store of such answers that is bounded in bytes."""

import gzip
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import brotli
from django.utils.http import parse_http_date_safe

Headers = list[tuple[str, str]]

# Level 11 of Brotli takes forty times as long as 5, for a tenth less.
CODINGS = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
COMPRESSIBLE = re.compile(r"text/|[^;]*(?:json|xml|javascript)")
TAG = re.compile(r'(?:W/)?("[^"]*")')
OVERHEAD = 4096  # bytes of headers and objects of one answer, about


class Form(NamedTuple):
    """`headers` are those of the whole answer, `short` those of a 304."""

    body: bytes
    tag: str
    headers: Headers
    short: Headers


class Kept:
    """An answer of status 200. `version` and `day` are those of which it was made."""

    def __init__(self, headers: Headers, body: bytes, version=None, day=None):
        self.version, self.day = version, day
        named = {name.lower(): value for name, value in headers}
        tag = named.get("etag", "")
        # A weak tag stands for what is said, not for the bytes, and so for every form. Ours is of the bytes.
        self._weak = tag if tag.startswith("W/") else ""
        self._digest = blake2b(body, digest_size=16).hexdigest()
        self._last_modified = parse_http_date_safe(named.get("last-modified", ""))
        self._may_compress = "content-encoding" not in named and COMPRESSIBLE.match(
            named.get("content-type", "")
        )
        self._headers = [
            (name, value) for name, value in headers if name.lower() not in ("etag", "vary", "content-length")
        ]
        if self._may_compress:
            self._headers.append(("Vary", "Accept-Encoding"))
        self._forms = {"identity": self._form(body)}
        self._lock = threading.Lock()

    def has(self, coding: str) -> bool:
        return coding in self._forms

    def form(self, coding: str) -> Form:
        """Made once, when somebody first asks for it; what does not get smaller stays as it is."""
        found = self._forms.get(coding)
        if found is None:
            with self._lock:
                found = self._forms.get(coding) or self._compressed(coding)
                self._forms[coding] = found
        return found

    def _compressed(self, coding: str) -> Form:
        plain = self._forms["identity"]
        body = CODINGS[coding](plain.body) if self._may_compress else plain.body
        return self._form(body, coding) if len(body) < len(plain.body) else plain

    def _form(self, body: bytes, coding: str = "") -> Form:
        tag = self._weak or f'"{self._digest}{coding and f"-{coding}"}"'
        headers = [*self._headers, ("ETag", tag)]
        short = [(name, value) for name, value in headers if not name.lower().startswith("content-t")]
        if coding:
            headers.append(("Content-Encoding", coding))
        return Form(body, tag, [*headers, ("Content-Length", str(len(body)))], short)

    @property
    def size(self) -> int:
        bodies = {id(form): len(form.body) for form in self._forms.copy().values()}
        return OVERHEAD + sum(bodies.values())

    def is_known(self, form: Form, if_none_match: str | None, if_modified_since: str | None) -> bool:
        """Whether the visitor has it already, by the headers of the request (RFC 9110, 13.1)."""
        if if_none_match == form.tag:
            return True
        if if_none_match is not None:
            known = TAG.findall(if_none_match)
            return if_none_match.strip() == "*" or form.tag.removeprefix("W/") in known
        if if_modified_since is None or self._last_modified is None:
            return False
        return self._last_modified <= (parse_http_date_safe(if_modified_since) or 0)


@lru_cache(maxsize=256)
def coding_for(accepted: str) -> str:
    """The best one for a header Accept-Encoding (RFC 9110, 12.5.3). Who refuses all gets it as it is."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter)
    others = weights.get("*", 0)
    found = {coding: weights.get(coding, others) for coding in CODINGS}
    best = max(found, key=lambda coding: found[coding])
    return best if found[best] > 0 and found[best] >= weights.get("identity", 0) else "identity"


def _weight(parameter: str) -> float:
    """1 without one; 0 for what is none."""
    name, _, value = parameter.partition("=")
    if not parameter.strip():
        return 1
    is_weight = name.strip() == "q" and re.fullmatch(r"[01](\.\d{0,3})?", value.strip())
    return float(value) if is_weight else 0


class Store:
    """Least recently used answers go first. What visitors can ask for without limit has a quarter of the room."""

    def __init__(self, limit: int, on_leaving: Callable[[], None] = lambda: None):
        """`on_leaving` is called when an answer has gone."""
        self.limit, self._on_leaving = limit, on_leaving
        self._rooms = {False: limit - limit // 4, True: limit // 4}
        self._kept: dict[bool, OrderedDict[Any, tuple[Kept, int]]] = {
            False: OrderedDict(),
            True: OrderedDict(),
        }
        self._sizes = {False: 0, True: 0}
        self._lock = threading.Lock()

    def get(self, key) -> Kept | None:
        room = self._kept[key.is_free]
        with self._lock:
            if key not in room:
                return None
            room.move_to_end(key)
            return room[key][0]

    def put(self, key, answer: Kept) -> None:
        """What would drive out most of the others is not kept."""
        if answer.size <= self._rooms[key.is_free] // 4:
            with self._lock:
                self._put(key, answer)

    def weigh(self, key, answer: Kept) -> None:
        """Tell that an answer has got another form."""
        with self._lock:
            if self._kept[key.is_free].get(key, (None,))[0] is answer:
                self._put(key, answer)

    def drop(self, key) -> None:
        with self._lock:
            self._take_out(key)

    def _put(self, key, answer: Kept) -> None:
        self._take_out(key)
        room = self._kept[key.is_free]
        room[key] = (answer, answer.size)
        self._sizes[key.is_free] += answer.size
        while self._sizes[key.is_free] > self._rooms[key.is_free]:
            self._take_out(next(iter(room)))

    def _take_out(self, key) -> None:
        found = self._kept[key.is_free].pop(key, None)
        if found:
            self._sizes[key.is_free] -= found[1]
            self._on_leaving()

    @property
    def size(self) -> int:
        return sum(self._sizes.values())
