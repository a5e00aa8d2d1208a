"""Where in a text the hit is: the sentence that has it, with what was looked for marked. Pure, no queries."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple

from stand.search import UMLAUTS, Search, Word, normal

LONGEST = 220
BEFORE_THE_HIT = 80
# How much of a word's triples of letters another one must have to be marked in its place.
ALIKE = 0.5

# A sentence ends after a word, not after an abbreviation such as "z. B." or "Abs.".
SENTENCE_END = re.compile(r"(?<=[a-zäöüß]{3}[.!?])\s+|\n+")
WORD = re.compile(r"[^\W_]+")
SPELLINGS = {plain: f"(?:{plain}|{letter})" for letter, plain in UMLAUTS.items() if letter in "äöüß"}


class Run(NamedTuple):
    """A piece of text, and whether it is what was looked for."""

    text: str
    marked: bool


def plain_text(html: str) -> str:
    """A text in HTML as lines."""
    within_words = re.sub(r"</?(?:strong|em|a)(?: [^>]*)?>", "", html)
    return unescape(re.sub(r"<[^>]*>", "\n", within_words))


def marked(search: Search, title: str, text: str) -> tuple[list[Run], list[Run]]:
    """The title, and of the text the sentence that has most of what was looked for; the first if none has anything.

    What stands nowhere as it was typed is marked where something like it stands.
    """
    words = [word for word in search.words if _is_telling(word)] or search.words
    missing = [word for word in words if not _pattern([word]).search(f"{title}\n{text}")]
    as_typed = _pattern(word for word in words if word not in missing)
    sentences = [sentence.strip() for sentence in SENTENCE_END.split(text)]
    sentences = [sentence for sentence in sentences if sentence not in ("", title)] or [""]
    found = [_spans(sentence, as_typed, missing) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda place: len({word for _, _, word in found[place]}))
    return list(_runs(title, _spans(title, as_typed, missing))), list(
        _runs(*_cut(sentences[best], found[best]))
    )


def _is_telling(word: Word) -> bool:
    """Not "der" or "zur", but "Kfz" and "10": most of what is short and has no capital joins other words."""
    return len(word.normal) > 3 or not word.typed.islower()


def _pattern(words: Iterable[Word]) -> re.Pattern:
    """Matches words in any spelling of their umlauts; numbers and what is very short where a word begins."""
    alternatives = [
        (r"(?<![^\W_])" if word.starts_words else "")
        + re.sub("ae|oe|ue|ss", lambda letters: SPELLINGS[letters[0]], spelled)
        for word in words
        for spelled in (word.normal, word.core)
    ]
    return re.compile("|".join(sorted(alternatives, key=len, reverse=True)) or "(?!)", re.IGNORECASE)


def _spans(text: str, as_typed: re.Pattern, missing: list[Word]) -> list[tuple[int, int, str]]:
    """Begin, end and words of all hits in a text."""
    found = [(hit.start(), hit.end(), normal(hit[0])) for hit in as_typed.finditer(text)]
    if missing:
        found += [
            (token.start(), token.end(), word.normal)
            for token in WORD.finditer(text)
            for word in missing
            if _likeness(word.normal, normal(token[0])) >= ALIKE
        ]
    return sorted(found)


def _likeness(word: str, other: str) -> float:
    wanted = _triples(word)
    return len(wanted & _triples(other)) / len(wanted)


def _triples(word: str) -> set[str]:
    """As pg_trgm has them."""
    padded = f"  {word} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


def _cut(text: str, spans: list[tuple[int, int, str]]) -> tuple[str, list[tuple[int, int, str]]]:
    """What is too long shortened to what stands around the first hit, between whole words."""
    if len(text) <= LONGEST:
        return text, spans
    first = spans[0][0] if spans else 0
    start = 0 if first <= BEFORE_THE_HIT else text.rfind(" ", 0, first - BEFORE_THE_HIT) + 1
    end = len(text) if len(text) - start <= LONGEST else max(text.rfind(" ", start, start + LONGEST), start)
    if end == start:
        end = start + LONGEST
    before = "… " if start else ""
    moved = len(before) - start
    kept = [
        (begin + moved, stop + moved, word) for begin, stop, word in spans if start <= begin and stop <= end
    ]
    return before + text[start:end] + (" …" if end < len(text) else ""), kept


def _runs(text: str, spans: list[tuple[int, int, str]]) -> Iterator[Run]:
    place = 0
    for begin, end, _ in spans:
        if begin < place:
            continue
        if begin > place:
            yield Run(text[place:begin], False)
        yield Run(text[begin:end], True)
        place = end
    if place < len(text):
        yield Run(text[place:], False)
