"""German alphabetical order, which the database cannot be relied on to have."""

import unicodedata
from functools import lru_cache

LIGATURES = str.maketrans({"ß": "ss", "ẞ": "ss", "æ": "ae", "œ": "oe"})


@lru_cache(maxsize=4096)
def din_5007_key(text: str) -> str:
    """Sort key after DIN 5007 variant 1: ä like a, ß like ss, case and punctuation aside."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    return "".join(letter for letter in plain if letter.isalnum() or letter == " ").strip()
