"""The number of what visitors see: one row of the database that moves with every change of it.

A statement trigger on each publicly visible table sees bulk changes, imports and plain SQL as well. It only leaves a
note; a deferred trigger on the notes moves the number when the transaction ends. Thus the number becomes visible
together with the change, not before it as a sequence would, and the lock of its one row is held during the commit
alone, so that no two editors wait for each other in a circle. Drafts leave no note.
"""

from django.db import migrations

# A table of its own for the notes: only a trigger on rows can be deferred. A transaction never sees notes of another
# one, as they are gone before it ends. The last note comes after all other deferred checks of the transaction, which
# may wait for locks. `moved_at` tells two histories apart, should a standby take over that has missed something.
# `withdrawn` is the number of the last withdrawal: what was kept before it is not for showing.
CREATE = """
CREATE TABLE stand_version (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    number bigint NOT NULL,
    withdrawn bigint NOT NULL,
    moved_at timestamptz NOT NULL
);
INSERT INTO stand_version (number, withdrawn, moved_at) VALUES (1, 0, clock_timestamp());
CREATE TABLE stand_versionnote (is_last boolean NOT NULL, is_withdrawal boolean NOT NULL);

CREATE FUNCTION stand_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_visible boolean := true;
    is_withdrawal boolean := TG_TABLE_NAME = 'newsletter_editionwithdrawal';
BEGIN
    IF TG_NARGS > 0 THEN
        EXECUTE TG_ARGV[0] INTO is_visible;
    END IF;
    IF is_visible AND (is_withdrawal OR NOT EXISTS (SELECT FROM stand_versionnote)) THEN
        INSERT INTO stand_versionnote VALUES (false, is_withdrawal);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION stand_move_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    withdrawal boolean;
BEGIN
    SELECT bool_or(is_withdrawal) INTO withdrawal FROM stand_versionnote;
    IF withdrawal IS NULL THEN
        RETURN NULL; -- an earlier note of this transaction stood for all
    END IF;
    DELETE FROM stand_versionnote;
    IF NOT NEW.is_last THEN
        INSERT INTO stand_versionnote VALUES (true, withdrawal);
        RETURN NULL;
    END IF;
    INSERT INTO stand_version AS kept (number, withdrawn, moved_at) VALUES (1, 0, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET number = kept.number + 1, moved_at = clock_timestamp(),
        withdrawn = CASE WHEN withdrawal THEN kept.number + 1 ELSE kept.withdrawn END;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER version_moves AFTER INSERT ON stand_versionnote
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stand_move_version();
"""
DROP = """
DROP TABLE stand_versionnote, stand_version;
DROP FUNCTION stand_note_change();
DROP FUNCTION stand_move_version();
"""

# What a statement has changed, under the name `changed`. Of an UPDATE both sides, as a row may leave what is public.
CHANGED = {
    "insert": ("REFERENCING NEW TABLE AS after", "after"),
    "update": (
        "REFERENCING OLD TABLE AS before NEW TABLE AS after",
        "(SELECT * FROM before UNION ALL SELECT * FROM after)",
    ),
    "delete": ("REFERENCING OLD TABLE AS before", "before"),
}


def moves_version(table: str, only_if: str = "") -> migrations.RunSQL:
    """Make every change of `table` move the number; `only_if` is an SQL condition on a row, which is named `changed`.

    May be run again after it was interrupted.
    """
    condition = f" WHERE {only_if}" if only_if else ""
    made = [
        f"CREATE OR REPLACE TRIGGER moves_version_{event} AFTER {event} ON {table} {referencing} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION "
        f"stand_note_change('SELECT EXISTS (SELECT FROM {rows} AS changed{condition})');"
        for event, (referencing, rows) in CHANGED.items()
    ]
    made.append(
        f"CREATE OR REPLACE TRIGGER moves_version_truncate AFTER TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION stand_note_change();"
    )
    dropped = [f"DROP TRIGGER moves_version_{event} ON {table};" for event in (*CHANGED, "truncate")]
    return migrations.RunSQL("\n".join(made), "\n".join(dropped))


def below(publication: str, column: str, root: str) -> str:
    """The condition that what a row belongs to is published; `root` names that in terms of `changed`."""
    return f"EXISTS (SELECT FROM {publication} WHERE {publication}.{column} = {root})"
