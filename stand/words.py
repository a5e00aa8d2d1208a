"""The words of all texts that are searched, kept by the database.

A statement trigger on each of their tables adds the words that are new, so bulk changes, imports and plain SQL count.
It takes none away, and drafts count too: words only tell what may be meant, and where it stands is asked of what may be
shown. So nobody waits for anybody, and that two transactions may add the same word does no harm.

`search_text` alone would not do: it says neither how a word is written, to offer it, nor which forms of it there are.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import migrations, models

from .search import CREATE_TERMS, DROP_TERMS, LONGEST_WORD, Normal


class SearchedWord(models.Model):
    """A word in the spelling in which texts are searched, and as it stands in one; `stems` is its German full text."""

    word = models.TextField()
    spelled = models.TextField()
    stems = models.GeneratedField(
        expression=SearchVector("spelled", config="german"),
        output_field=SearchVectorField(),
        db_persist=True,
        serialize=False,
    )

    class Meta:
        verbose_name = "Suchwort"
        verbose_name_plural = "Suchwörter"
        indexes = [
            models.Index(fields=["word", "spelled"], name="stand_searchedword_known"),
            GinIndex(
                fields=["word"], opclasses=["gin_trgm_ops"], name="stand_searchedword_alike", fastupdate=False
            ),
            GinIndex(fields=["stems"], name="stand_searchedword_stems", fastupdate=False),
        ]

    def __str__(self):
        return self.spelled


# One word as it is spelled can be several as they are searched, where a letter is none of ours.
CREATE = f"""
CREATE FUNCTION stand_words(text) RETURNS TABLE (word text, spelled text) LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT left(one, {LONGEST_WORD}), left(written, {LONGEST_WORD})
    FROM regexp_split_to_table(
        regexp_replace(normalize($1, NFKC), '[\\u0300-\\u036f\\u00ad]', '', 'g'), '[^[:alnum:]]+'
    ) AS written, string_to_table(btrim({Normal.template % {"expressions": "written"}}), ' ') AS one
    WHERE one <> ''
$$;

CREATE FUNCTION stand_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    texts text := format('SELECT %s AS written FROM after', TG_ARGV[0]);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        texts := texts || format(' EXCEPT SELECT %s FROM before', TG_ARGV[0]);
    END IF;
    EXECUTE format('INSERT INTO stand_searchedword (word, spelled)
        SELECT DISTINCT word, spelled FROM (%s) AS texts, stand_words(written) AS found (word, spelled)
        WHERE NOT EXISTS (
            SELECT FROM stand_searchedword AS kept
            WHERE kept.word = found.word AND kept.spelled = found.spelled
        )', texts);
    RETURN NULL;
END $$;
{CREATE_TERMS}"""
DROP = f"{DROP_TERMS} DROP FUNCTION stand_keep_words(); DROP FUNCTION stand_words(text);"


CHANGED = {
    "insert": "NEW TABLE AS after",
    "update": "OLD TABLE AS before NEW TABLE AS after",
}


def keeps_words(table: str, text: str) -> migrations.RunSQL:
    """Keep the words of `text`, an SQL expression over columns of `table`, of the rows there are and of later ones.

    In one transaction, so that none is missed between them. May be run again after it was interrupted.
    """
    quoted = text.replace("'", "''")
    made = [
        f"CREATE OR REPLACE TRIGGER keeps_words_{event} AFTER {event} ON {table} REFERENCING {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION stand_keep_words('{quoted}');"
        for event, rows in CHANGED.items()
    ]
    made.append(
        "INSERT INTO stand_searchedword (word, spelled) "
        f"SELECT DISTINCT found.word, found.spelled FROM {table}, stand_words({text}) AS found;"
    )
    dropped = [f"DROP TRIGGER keeps_words_{event} ON {table};" for event in CHANGED]
    return migrations.RunSQL("\n".join(made), "\n".join(dropped))
