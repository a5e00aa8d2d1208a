"""Searching: the columns that are kept for it, what a query asks, and the common shape of what is found.

Each table that is searched has a generated column `search_text`, all letters in one spelling, and the database keeps
the words of all of them (`stand.words`), so that bulk changes are found too. Which of these words are meant, as parts
of words, in other grammatical forms or with typing errors, is asked of the words; rows that have them are looked up.
Rows of several tables can be found as one list, because all have the columns of `SHAPE`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from string import Formatter
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import F, Func, Value
from django.db.models.functions import Cast
from psycopg.sql import Literal

LONGEST_QUERY = 200
MOST_WORDS = 8
# Words of ours that are meant by one of these.
MOST_MEANT = 500
# Of these, to be looked for in an excerpt.
MOST_MARKED = 30
# What has more letters is no word of ours and is cut, as no index can hold it; in texts that are short it may stay.
LONGEST_WORD = 250
SHORT_TEXT = 2000

# What each hit has: its kind, what its address ends in, name and text (lines, or HTML), what sort of its kind it is, a
# day whose meaning follows from these; then what tells how well it fits: a text that begins with the name as it is
# searched, and whether more stands elsewhere.
SHAPE = (
    "hit_kind",
    "hit_key",
    "hit_title",
    "hit_text",
    "hit_variant",
    "hit_day",
    "hit_searched",
    "hit_has_more",
)

UMLAUTS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "ẞ": "SS",
    "ł": "l",
    "Ł": "L",
}
SPELLED = {ord(letter): plain for letter, plain in UMLAUTS.items()}
# Accents, once they are letters of their own, and soft hyphens.
DROPPED = "\u0300-\u036f\u00ad"


# --- columns -----------------------------------------------------------------------------------


class Normal(Func):
    """A text in one spelling, as `normal()` has it, between spaces. Immutable: `unaccent()` is not."""

    output_field = models.TextField()
    template = (
        "(' ' || btrim(regexp_replace(lower(regexp_replace(normalize("
        + reduce(
            lambda text, letter: f"replace({text}, '{letter}', '{UMLAUTS[letter]}')",
            UMLAUTS,
            "normalize(%(expressions)s, NFKC)",
        )
        + f", NFKD), '[{DROPPED}]', '', 'g')), '[^a-z0-9]+', ' ', 'g')) || ' ')"
    )


class WithoutTags(Func):
    """The words of a text in HTML. Marks within a word do not part it."""

    output_field = models.TextField()
    template = (
        "regexp_replace(regexp_replace(regexp_replace(%(expressions)s, '</?(strong|em|a)( [^>]*)?>', '', 'g'), "
        "'<[^>]*>', ' ', 'g'), '&(amp|lt|gt|quot|nbsp);', ' ', 'g')"
    )


class Lines(Func):
    """The texts of an array below each other. `array_to_string()` is not immutable, hence a function of our own."""

    function = "stand_lines"
    output_field = models.TextField()


CREATE_LINES = (
    "CREATE FUNCTION stand_lines(text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE "
    "RETURN array_to_string($1, E'\\n');"
)
DROP_LINES = "DROP FUNCTION stand_lines(text[]);"


class Written(Func):
    """Texts behind each other, of whatever type; what is NULL is left out. Immutable: `concat()` is not."""

    output_field = models.TextField()
    between = ""

    def as_sql(self, compiler, connection, **context):
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        texts = f" || '{self.between}' || ".join(f"coalesce(({sql})::text, '')" for sql, _ in compiled)
        return f"({texts})", [param for _, params in compiled for param in params]


class Joined(Written):
    """The same with spaces between them."""

    between = " "


def search_words(vector) -> models.GeneratedField:
    """Not looked at any more but by the last release (`tests/lint_migrations.py`); goes after the next one."""
    return models.GeneratedField(
        expression=vector, output_field=SearchVectorField(), db_persist=True, serialize=False
    )


def search_text(*expressions) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Normal(Joined(*expressions)),
        output_field=models.TextField(),
        db_persist=True,
        serialize=False,
    )


COLUMNS = (
    "search_words",
    "search_text",
)  # as long as the text itself: pages that only show it leave them out


class Terms(Func):
    """The words of a text in one spelling. A function of our own, which says how long that takes."""

    function = "stand_terms"
    output_field = SearchVectorField()


# Not in SQL, as that would be put in its place, and its cost be forgotten.
CREATE_TERMS = f"""
CREATE FUNCTION stand_terms(text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
BEGIN
    RETURN array_to_tsvector(array_remove(string_to_array(
        CASE WHEN char_length($1) > {SHORT_TEXT}
        THEN regexp_replace($1, '([^ ]{{{LONGEST_WORD}}})[^ ]+', '\\1', 'g') ELSE $1 END, ' '
    ), ''));
END $$;
"""
DROP_TERMS = "DROP FUNCTION stand_terms(text);"


def search_indexes(name: str) -> list[models.Index]:
    # Written at once: else what was written last would be read through by every search.
    return [GinIndex(Terms("search_text"), name=f"{name}_terms", fastupdate=False)]


# --- what is asked -----------------------------------------------------------------------------


def normal(text: str) -> str:
    """A text as `Normal` keeps it, without the spaces around it."""
    spelled = unicodedata.normalize("NFKC", text).translate(SPELLED)
    letters = re.sub(f"[{DROPPED}]", "", unicodedata.normalize("NFKD", spelled)).lower()
    return re.sub("[^a-z0-9]+", " ", letters).strip()


@dataclass(frozen=True)
class Word:
    """One word of a query, as it was typed and as texts are searched for it."""

    typed: str
    normal: str

    @property
    def starts_words(self) -> bool:
        """Whether it is looked for only where a word begins: numbers, and what is very short."""
        return self.normal[0].isdigit() or len(self.normal) < 3

    @property
    def core(self) -> str:
        """Without the ending of a plural, so that "Genehmigungen" is found inside "Baumfällgenehmigung" too."""
        return re.sub("(?<=.{5})(?:en|n|e|s)$", "", self.normal)

    @property
    def pattern(self) -> str | None:
        """What a word is LIKE that has it; None where it is looked for by its beginning."""
        return None if self.starts_words else f"%{self.core}%"

    @property
    def lexeme(self) -> str:
        """For a tsquery, without other words that may be meant."""
        return f"{self.normal}:*" if self.starts_words else self.normal

    @property
    def has_likes(self) -> bool:
        """Whether it makes sense to look for something like it: not for numbers, nor for what is very short."""
        return not self.normal.isdigit() and len(self.normal) > 3


@dataclass(frozen=True)
class Search:
    """What somebody looks for: `text` for the field, and its `words`."""

    text: str
    words: tuple[Word, ...]
    is_cut: bool

    @classmethod
    def of(cls, typed: str) -> "Search":
        """Anything that can be typed. Signs have no meaning; what is very long is cut."""
        typed = typed.strip()
        text = typed[:LONGEST_QUERY].strip()
        found = [_key(text)] if _key(text) else re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text))
        words = {normal(word): word for word in found if normal(word)}
        kept = [Word(word, spelled) for spelled, word in words.items()]
        return cls(text, tuple(kept[:MOST_WORDS]), len(typed) > LONGEST_QUERY or len(kept) > MOST_WORDS)

    @property
    def phrase(self) -> str:
        return " ".join(word.normal for word in self.words)

    @property
    def typed_words(self) -> str:
        return " ".join(word.typed for word in self.words)


def _key(text: str) -> str:
    """The digits of an official key, also where it is typed with spaces; "" for anything else, such as a month."""
    digits = "".join(text.split())
    return digits if len(digits) > 6 and digits.isascii() and digits.isdigit() else ""


# --- a statement for all queries ---------------------------------------------------------------

# Django takes longer to put a statement together than PostgreSQL to search. So it is put together once, and what a
# query asks comes in when it is executed.


class Asked(models.Expression):
    """In place of a value what a query asks: `take` gets it from a `Search`."""

    output_field = models.TextField()

    def __init__(self, take: Callable[[Search], str]):
        super().__init__()
        self.take = take

    def as_sql(self, compiler, connection):
        return "%s", [self.take]


@dataclass(frozen=True)
class Given:
    """In place of a parameter one that is named when a statement is executed."""

    name: str


@dataclass(frozen=True)
class Statement:
    """SQL whose parameters are values, or functions that get them from a `Search`, or `Given`."""

    sql: str
    params: tuple[Any, ...] = ()

    @classmethod
    def union(cls, querysets: Iterable[models.QuerySet]) -> "Statement":
        """The rows of all of them."""
        compiled = [queryset.query.get_compiler(queryset.db).as_sql() for queryset in querysets]
        return cls(
            " UNION ALL ".join(f"({sql})" for sql, _ in compiled),
            tuple(param for _, params in compiled for param in params),
        )

    @classmethod
    def of(cls, template: str, **parts) -> "Statement":
        """SQL with statements and parameters where their names stand in braces."""
        sql: list[str] = []
        params: list[Any] = []
        for text, name, *_ in Formatter().parse(template):
            sql.append(text)
            part = parts.get(name or "")
            if isinstance(part, Statement):
                sql.append(f"({part.sql})")
                params.extend(part.params)
            elif name:
                sql.append("%s")
                params.append(part)
        return cls("".join(sql), tuple(params))

    def with_values(self) -> "Statement":
        """With its plain values written into the SQL, which else would be done with every query."""
        written = [
            "%s" if _comes_in(param) else Literal(param).as_string().replace("%", "%%")
            for param in self.params
        ]
        return Statement(
            self.sql.replace("%%", "%%%%") % tuple(written),
            tuple(param for param in self.params if _comes_in(param)),
        )

    def rows(self, search: Search, **given) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [_value(param, search, given) for param in self.params])
            return cursor.fetchall()


def _comes_in(param) -> bool:
    """Whether it is there only when a statement is executed."""
    return isinstance(param, Given) or callable(param)


def _value(param, search: Search, given: dict[str, Any]):
    if isinstance(param, Given):
        return given[param.name]
    return param(search) if callable(param) else param


# --- what is found -----------------------------------------------------------------------------

# The words of a query in their order: which `words` of ours are meant by each, the nearest first, `others` of them that
# do not have it as a part, and which `one` is meant most of all. A stop word means nothing and stands anywhere. What is
# only like a word is meant where `alike` has it. There may be more words that have a few letters in common than can be
# looked up in time; of these the shortest are the nearest.
ASKED = """
SELECT place, word, lexeme, tells, words, others, CASE WHEN has_it THEN word ELSE coalesce(words[1], word) END AS one
FROM unnest({words}::text[], {lexemes}::text[], {patterns}::text[], {typed}::text[], {alike}::text[])
WITH ORDINALITY AS asked (word, lexeme, pattern, typed, alike, place)
CROSS JOIN LATERAL (SELECT numnode(plainto_tsquery('german', typed)) > 0 AS tells) AS whether
CROSS JOIN LATERAL (
    SELECT bool_or(has_it) AS has_it, array_agg(known.word ORDER BY nearness DESC, known.word) AS words,
    (array_agg(known.word ORDER BY nearness DESC, known.word) FILTER (WHERE NOT has_it))[:{most_others}] AS others
    FROM (
        SELECT DISTINCT kept.word, has_it,
        CASE WHEN has_it THEN 1.0 / char_length(kept.word) ELSE similarity(kept.word, asked.word) - 1 END AS nearness
        FROM stand_searchedword AS kept, LATERAL (SELECT kept.word LIKE pattern AS has_it) AS whether
        WHERE tells AND pattern IS NOT NULL AND (
            kept.word LIKE pattern OR kept.stems @@ plainto_tsquery('german', typed) OR kept.word %%> alike
        )
        ORDER BY nearness DESC, kept.word LIMIT {most}
    ) AS known
) AS meant
"""

# One row: what a text must have, and the words that are meant most of all. A word that is known nowhere finds nothing.
WANTED = """
SELECT string_agg('(' || coalesce(array_to_string(words, '|'), lexeme) || ')', '&') FILTER (WHERE tells)::tsquery
AS query, string_agg(one, ' ' ORDER BY place) AS phrase FROM asked
"""


def asked(*, exact: bool) -> Statement:
    """`ASKED` as a statement; to be named "asked", and `WANTED` "wanted"."""
    return Statement.of(
        ASKED,
        most=MOST_MEANT,
        most_others=MOST_MARKED,
        words=lambda search: [word.normal for word in search.words],
        lexemes=lambda search: [word.lexeme for word in search.words],
        patterns=lambda search: [word.pattern for word in search.words],
        typed=lambda search: [word.typed for word in search.words],
        alike=lambda search: [word.normal if word.has_likes and not exact else None for word in search.words],
    )


class Stands(Func):
    """That every word of "wanted" stands in a row."""

    output_field = models.BooleanField()
    template = "stand_terms(%(expressions)s) @@ wanted.query"

    def __init__(self):
        super().__init__(F("search_text"))


class StandsInGathered(Func):
    """That every word of "wanted" stands in a row or in what belongs to it, as "gathered" has it."""

    output_field = models.BooleanField()
    template = (
        "%(expressions)s IN (SELECT id FROM gathered WHERE kind = '%(kind)s' AND terms @@ wanted.query)"
    )

    def __init__(self, kind: str):
        super().__init__(F("pk"), kind=kind)


@dataclass(frozen=True)
class Hits:
    """What is found of one kind among `rows`.

    `columns` are those of `SHAPE` as expressions, without `hit_` before their names. `stands` is the condition that a
    row has what is wanted; or `text` is an expression for what is searched in its place, for a few rows with which more
    is searched than their own columns. `name` is a column that begins with the title as it is searched, where
    `search_text` takes long to read.
    """

    kind: str
    rows: models.QuerySet
    columns: dict[str, Any]
    stands: Any = None
    text: Any = None
    name: str = "search_text"

    @property
    def gathered(self) -> models.QuerySet | None:
        """What is searched of each row, found or not: kind, key and words; None if that is its own text."""
        if self.text is None:
            return None
        every = self.rows.model._default_manager.order_by()
        return every.values_list(Value(self.kind), "pk", Terms(self.text))

    @property
    def found(self) -> models.QuerySet:
        """Rows that have what is wanted; to be read beside "wanted"."""
        return self.rows.order_by().filter(self.stands or StandsInGathered(self.kind))

    @property
    def listed(self) -> models.QuerySet:
        """The same with the columns of `SHAPE`."""
        columns = {"key": Value(""), "variant": Value(""), "day": Value(None)} | self.columns
        texts = {
            f"hit_{name}": Cast(columns[name], models.TextField())
            for name in ("key", "title", "text", "variant")
        }
        return self.found.annotate(
            hit_kind=Value(self.kind),
            **texts,
            hit_day=Cast(columns["day"], models.DateField()),
            hit_searched=F(self.name),
            hit_has_more=Value(self.name != "search_text"),
        ).values_list(*SHAPE)
