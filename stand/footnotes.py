"""Footnotes of a table: the marks in its rows and the list below it."""

from dataclasses import dataclass

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Note:
    """A footnote with the positions of the rows that carry its mark."""

    number: int
    text: str
    rows: tuple[int, ...]

    @property
    def mark(self) -> str:
        return str(self.number).translate(SUPERSCRIPTS)


def collect_notes(rows) -> tuple[Note, ...]:
    """The footnotes that `rows` (with `position` and `footnote`) carry, by number."""
    users: dict[int, list[int]] = {}
    texts: dict[int, str] = {}
    for row in rows:
        if row.footnote:
            users.setdefault(row.footnote.number, []).append(row.position)
            texts[row.footnote.number] = row.footnote.text
    return tuple(Note(number, texts[number], tuple(users[number])) for number in sorted(users))
