"""Searching: the columns that are kept for it, what a query asks, and the common shape of what is found.

Each table that is searched has two generated columns: `search_words`, the German full text, and `search_text`, all
letters in one spelling, for what stands inside compounds and for typing errors. The database keeps them, so that bulk
changes are found too. Rows of several tables can be found as one list, because all have the columns of `SHAPE`.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField, TrigramSimilarity
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Cast, Greatest

LONGEST_QUERY = 200
MOST_WORDS = 8

# What each hit has: its kind, what its address ends in, name and text (lines, or HTML), what sort of its kind it is, a
# day whose meaning follows from these, and how well it fits.
SHAPE = ("hit_kind", "hit_key", "hit_title", "hit_text", "hit_variant", "hit_day", "hit_score")

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


def search_indexes(name: str) -> list[models.Index]:
    return [
        GinIndex(fields=["search_words"], name=f"{name}_words"),
        likes_index(name, "search_text"),
    ]


def likes_index(name: str, column: str) -> models.Index:
    """For parts of words, and for what is like a word."""
    return GinIndex(
        fields=[column], opclasses=["gin_trgm_ops"], name=f"{name}_{column.removeprefix('search_')}"
    )


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
    def has_likes(self) -> bool:
        """Whether it makes sense to look for something like it: not for numbers, nor for what is very short."""
        return not self.normal.isdigit() and len(self.normal) > 3


# These are single expressions, since Django takes longer to put together what it is made of than PostgreSQL to search.


class Stands(Func):
    """That a word stands in a row: as a part of a word, or in another grammatical form. A stop word stands anywhere."""

    output_field = models.BooleanField()

    def __init__(self, word: Word, *more: str):
        super().__init__(*map(F, ("search_text", "search_words", *more)))
        self.word = word

    def as_sql(self, compiler, connection, **context):
        text, words = (compiler.compile(expression)[0] for expression in self.source_expressions[:2])
        query = "plainto_tsquery('german', %s)"
        sql = f"({text} LIKE %s OR {words} @@ {query} OR numnode({query}) = 0)"
        before = "% " if self.word.starts_words else "%"
        return sql, [f"{before}{self.word.core}%", self.word.typed, self.word.typed]


class Resembles(Stands):
    """That a word stands in a row, or something like it in one of its columns: in a long text that takes too long."""

    def __init__(self, word: Word, column: str):
        super().__init__(word, column)

    def as_sql(self, compiler, connection, **context):
        sql, params = super().as_sql(compiler, connection, **context)
        if not self.word.has_likes:
            return sql, params
        text, _ = compiler.compile(self.source_expressions[2])
        return f"({sql} OR {text} %%> %s)", [*params, self.word.normal]


class SaysSomething(Func):
    """That a text has more than stop words."""

    output_field = models.BooleanField()
    template = "numnode(plainto_tsquery('german', %(expressions)s)) > 0"


class Fit(Func):
    """How well a row answers a query. `search_text` begins with the name of what is searched.

    Best is the key itself, then what begins as asked, then what has it in its name, then what has it at all; among
    these the shorter name is better, and then the rank of the full text.
    """

    output_field = models.FloatField()
    sources = ("key", "title", "text", "words", "phrase", "typed")
    pattern = (
        "(CASE WHEN {key} = {phrase} THEN 8 "
        "WHEN starts_with({text}, ' ' || {phrase} || ' ') THEN 5 "
        "WHEN strpos({text}, ' ' || {phrase} || ' ') BETWEEN 1 AND char_length({title}) THEN 4 "
        "WHEN strpos({text}, {phrase}) BETWEEN 1 AND char_length({title}) THEN 3 "
        "WHEN strpos({text}, {phrase}) > 0 THEN 1 ELSE 0 END "
        "+ char_length({phrase}) / (char_length({phrase}) + char_length({title}) + 1.0) "
        "+ ts_rank({words}, plainto_tsquery('german', {typed})))"
    )

    def __init__(self, key, title, search: "Search"):
        texts = F("search_text"), F("search_words"), Value(search.phrase), Value(search.typed_words)
        super().__init__(key, title, *texts)

    def as_sql(self, compiler, connection, **context):
        compiled = dict(zip(self.sources, map(compiler.compile, self.source_expressions), strict=True))
        params = [param for name in re.findall(r"{(\w+)}", self.pattern) for param in compiled[name][1]]
        return self.pattern.format(**{name: sql for name, (sql, _) in compiled.items()}), params


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


# --- what is found -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Hits:
    """What is found of one kind among `rows`. Each query is put together with no more than it asks for.

    `columns` are those of `SHAPE` as expressions, without `hit_` before their names; `anywhere` widens the condition
    for a word to rows of other tables; `likes_in` names the column in which something like a word is looked for.
    """

    kind: str
    rows: models.QuerySet
    search: Search
    columns: dict[str, Any]
    anywhere: Callable[[Q], Q] = lambda stands: stands
    likes_in: str = "search_text"

    @property
    def _exact(self) -> Q:
        """That every word stands there."""
        return reduce(and_, (self.anywhere(Q(Stands(word))) for word in self.search.words))

    @property
    def _near(self) -> Q:
        """That every word or something like it stands there, and one of them at least is no stop word."""
        near = (self.anywhere(Q(Resembles(word, self.likes_in))) for word in self.search.words)
        return reduce(and_, near, Q(SaysSomething(Value(self.search.typed_words))))

    def counted(self):
        """A row for each hit: `hit_kind`, and whether it is exact."""
        exact = ExpressionWrapper(self._exact, models.BooleanField())
        found = self.rows.order_by().filter(self._near)
        return found.annotate(hit_kind=Value(self.kind), hit_exact=exact).values_list("hit_kind", "hit_exact")

    def listed(self, *, exact: bool):
        """Rows with the columns of `SHAPE`: the exact hits only, or all."""
        columns = {"key": Value(""), "variant": Value(""), "day": Value(None)} | self.columns
        texts = {
            f"hit_{name}": Cast(columns[name], models.TextField())
            for name in ("key", "title", "text", "variant")
        }
        return (
            self.rows.order_by()
            .filter(self._exact if exact else self._near)
            .annotate(
                hit_kind=Value(self.kind),
                **texts,
                hit_day=Cast(columns["day"], models.DateField()),
                hit_score=Fit(columns["key"], columns["title"], self.search),
            )
            .values_list(*SHAPE)
        )


def terms_like(rows, search: Search, column: str = "name"):
    """Words of a column with their nearness to what was asked for, from 0 to 1: `term`, `nearness`."""
    term = Func(
        F(column), Value("[^[:alnum:]]+"), function="regexp_split_to_table", output_field=models.TextField()
    )
    nearness = [TrigramSimilarity(Normal(term), f" {word.normal} ") for word in search.words]
    return (
        rows.order_by()
        .annotate(term=term, nearness=Greatest(*nearness) if len(nearness) > 1 else nearness[0])
        .values("term", "nearness")
    )
