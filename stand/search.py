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
from string import Formatter
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast

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
    def with_umlauts(self) -> str:
        """As it may stand where umlauts were written out."""
        return self.normal.replace("ae", "ä").replace("oe", "ö").replace("ue", "ü")

    @property
    def pattern(self) -> str:
        """What is LIKE a text that has it."""
        return f"{'% ' if self.starts_words else '%'}{self.core}%"

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

    @property
    def spellings(self) -> list[str]:
        """The words as they were typed, and with umlauts where these may have been written out."""
        return sorted({spelling for word in self.words for spelling in (word.typed, word.with_umlauts)})

    @property
    def form(self) -> "Form":
        return tuple(word.has_likes for word in self.words)


def _key(text: str) -> str:
    """The digits of an official key, also where it is typed with spaces; "" for anything else, such as a month."""
    digits = "".join(text.split())
    return digits if len(digits) > 6 and digits.isascii() and digits.isdigit() else ""


# --- a statement for all queries of one form ---------------------------------------------------

# Django takes longer to put a statement together than PostgreSQL to search. So it is put together for all queries that
# have as many words, and what one of them asks comes in when it is executed. A form says of each word whether it
# `has_likes`.
Form = tuple[bool, ...]


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
    def union(cls, querysets) -> "Statement":
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

    def rows(self, search: Search, **given) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [_value(param, search, given) for param in self.params])
            return cursor.fetchall()


def _value(param, search: Search, given: dict[str, Any]):
    if isinstance(param, Given):
        return given[param.name]
    return param(search) if callable(param) else param


# These are single expressions: put together from Django's own, they would take it long, even once for each form.


class Stands(Func):
    """That a word stands in a row: as a part of a word, or in another grammatical form. A stop word stands anywhere."""

    output_field = models.BooleanField()

    def __init__(self, place: int, *more: str):
        super().__init__(*map(F, ("search_text", "search_words", *more)))
        self.place = place

    def as_sql(self, compiler, connection, **context):
        text, words = (compiler.compile(expression)[0] for expression in self.source_expressions[:2])
        query = "plainto_tsquery('german', %s)"
        sql = f"({text} LIKE %s OR {words} @@ {query} OR numnode({query}) = 0)"
        return sql, [self.asked("pattern"), self.asked("typed"), self.asked("typed")]

    def asked(self, what: str) -> Callable[[Search], str]:
        return lambda search: getattr(search.words[self.place], what)


class Resembles(Stands):
    """That a word stands in a row, or something like it in one of its columns: in a long text that takes too long."""

    def as_sql(self, compiler, connection, **context):
        sql, params = super().as_sql(compiler, connection, **context)
        text, _ = compiler.compile(self.source_expressions[2])
        return f"({sql} OR {text} %%> %s)", [*params, self.asked("normal")]


class SaysSomething(Func):
    """That a text has more than stop words."""

    output_field = models.BooleanField()
    template = "numnode(plainto_tsquery('german', %(expressions)s)) > 0"


class Fit(Func):
    """How well a row answers a query; `name` is a column that begins with the title as it is searched.

    Best is the key itself, then what begins as asked, then what has it in its title, where the shorter one is better,
    then what has it at all. All that have it in a long text alone are alike, since to read every one takes too long.
    """

    output_field = models.FloatField()
    sources = ("key", "title", "name", "phrase")
    pattern = (
        "(CASE WHEN {key} = {phrase} THEN 8 "
        "WHEN starts_with({name}, ' ' || {phrase} || ' ') THEN 5 "
        "WHEN strpos({name}, ' ' || {phrase} || ' ') BETWEEN 1 AND char_length({title}) THEN 4 "
        "WHEN strpos({name}, {phrase}) BETWEEN 1 AND char_length({title}) THEN 3 "
        "WHEN strpos({name}, {phrase}) > 0 THEN 1 ELSE 0 END "
        "+ char_length({phrase}) / (char_length({phrase}) + char_length({title}) + 1.0))"
    )

    def __init__(self, key, title, name: str):
        super().__init__(key, title, F(name), PHRASE)
        if name != "search_text":
            self.pattern = f"(CASE WHEN strpos({{name}}, {{phrase}}) = 0 THEN 0 ELSE {self.pattern} END)"

    def as_sql(self, compiler, connection, **context):
        compiled = dict(zip(self.sources, map(compiler.compile, self.source_expressions), strict=True))
        params = [param for name in re.findall(r"{(\w+)}", self.pattern) for param in compiled[name][1]]
        return self.pattern.format(**{name: sql for name, (sql, _) in compiled.items()}), params


PHRASE = Asked(lambda search: search.phrase)
TYPED_WORDS = Asked(lambda search: search.typed_words)


# --- what is found -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Hits:
    """What is found of one kind among `rows` by queries of a form.

    `columns` are those of `SHAPE` as expressions, without `hit_` before their names; `anywhere` widens the condition
    for a word to rows of other tables; `name` is a column that begins with the title as it is searched, and in which
    something like a word is looked for; `is_long` is whether there is more in `search_text`, which takes long to read.
    """

    kind: str
    rows: models.QuerySet
    form: Form
    columns: dict[str, Any]
    anywhere: Callable[[Q], Q] = lambda stands: stands
    name: str = "search_text"
    is_long: bool = False

    @property
    def _exact(self) -> Q:
        """That every word stands there."""
        return reduce(and_, (self.anywhere(Q(Stands(place))) for place in range(len(self.form))))

    @property
    def _near(self) -> Q:
        """That every word or something like it stands there, and one of them at least is no stop word."""
        near = (
            self.anywhere(Q(Resembles(place, self.name) if has_likes else Stands(place)))
            for place, has_likes in enumerate(self.form)
        )
        return reduce(and_, near, Q(SaysSomething(TYPED_WORDS)))

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
                hit_score=Fit(columns["key"], columns["title"], self.name if self.is_long else "search_text"),
            )
            .values_list(*SHAPE)
        )


def terms_of(rows, column: str = "name"):
    """The words of a column as rows: `term`."""
    term = Func(
        F(column), Value("[^[:alnum:]]+"), function="regexp_split_to_table", output_field=models.TextField()
    )
    return rows.order_by().values(term=term)
