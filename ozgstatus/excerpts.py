"""Where in a text the hit is: the sentence that has it, with what was looked for marked. Pure, no queries."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import NamedTuple

from stand.search import UMLAUTS, Search, Word, normal

LONGEST = 220
BEFORE_THE_HIT = 80
# How much of a word's triples of letters another one must have to be marked in its place.
ALIKE = 0.5

# A sentence ends after a word, not after an abbreviation such as "z. B." or "Abs.".
SENTENCE_END = re.compile(r"\s(?:(?<=[a-zäöüß]{3}[.!?]\s)\s*|(?<=\n)\n*)")
BEGIN, END = r"(?<![^\W_])", r"(?![^\W_])"
SPELLINGS = {plain: f"(?:{plain}|{letter})" for letter, plain in UMLAUTS.items() if letter in "äöüß"}


# Which words, in one spelling, are meant by each that was asked for; None where nothing is known.
Meant = Mapping[str, list[str] | None]


class Run(NamedTuple):
    """A piece of text, and whether it is what was looked for."""

    text: str
    marked: bool


def plain_text(html: str) -> str:
    """A text in HTML as lines."""
    within_words = re.sub(r"</?(?:strong|em|a)(?: [^>]*)?>", "", html)
    return unescape(re.sub(r"<[^>]*>", "\n", within_words))


def marked(search: Search, title: str, text: str, meant: Meant) -> tuple[list[Run], list[Run]]:
    """The title, and of the text the sentence that has most of what was looked for; the first if none has anything.

    What stands nowhere as it was typed is marked where a word stands that is `meant` by it, or else something like it.
    """
    words = [word for word in search.words if _is_telling(word)] or search.words
    missing = [word for word in words if not _pattern([word]).search(f"{title}\n{text}")]
    patterns = [_pattern(word for word in words if word not in missing)]
    for word in missing:
        patterns.append(_pattern_of_whole(meant.get(word.normal) or ()))
        if not patterns[-1].search(f"{title}\n{text}"):
            patterns[-1] = _pattern_of_whole(_like(word, f"{title}\n{text}"))
    sentences = [sentence.strip() for sentence in SENTENCE_END.split(text)]
    sentences = [sentence for sentence in sentences if sentence not in ("", title)] or [""]
    found = [_spans(sentence, patterns) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda place: len({word for _, _, word in found[place]}))
    return list(_runs(title, _spans(title, patterns))), list(_runs(*_cut(sentences[best], found[best])))


def _is_telling(word: Word) -> bool:
    """Not "der" or "zur", but "Kfz" and "10": most of what is short and has no capital joins other words."""
    return len(word.normal) > 3 or not word.typed.islower()


def _pattern(words: Iterable[Word]) -> re.Pattern:
    """Matches words in any spelling of their umlauts; numbers and what is very short where a word begins."""
    alternatives = (
        (BEGIN if word.starts_words else "") + _spelled(letters)
        for word in words
        for letters in (word.normal, word.core)
    )
    return re.compile(_any_of(alternatives), re.IGNORECASE)


def _pattern_of_whole(words: Iterable[str]) -> re.Pattern:
    """The same for whole words, in one spelling."""
    return re.compile(f"{BEGIN}(?:{_any_of(map(_spelled, words))}){END}", re.IGNORECASE)


def _any_of(alternatives: Iterable[str]) -> str:
    return "|".join(sorted(alternatives, key=len, reverse=True)) or "(?!)"


def _spelled(letters: str) -> str:
    return re.sub("ae|oe|ue|ss", lambda plain: SPELLINGS[plain[0]], letters)


def _spans(text: str, patterns: list[re.Pattern]) -> list[tuple[int, int, str]]:
    """Begin, end and words of all hits in a text; what stands for a word in its place counts as one word."""
    as_typed, *others = patterns
    found = [(hit.start(), hit.end(), normal(hit[0])) for hit in as_typed.finditer(text)]
    for place, pattern in enumerate(others):
        found += [(hit.start(), hit.end(), f"{place}") for hit in pattern.finditer(text)]
    return sorted(found)


def _like(word: Word, text: str) -> set[str]:
    """The words of a text that are like one, in one spelling."""
    return {other for other in normal(text).split() if _likeness(word.normal, other) >= ALIKE}


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
