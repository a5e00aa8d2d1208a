"""Rules that the database keeps and for which Django's models have no words; migrations put them in place.

What is published does not change: one trigger function serves all guarded tables.

A publication is a row of its own. While it exists, INSERT, DELETE and every UPDATE that changes something is refused
in the tables below it, unless the transaction has declared a Berichtigung (`Correction.declare`). Then the trigger
records table, row, column, old and new value by itself. TRUNCATE is not guarded: it is the right of the tables'
owner, and tests empty the database by it.
"""

from django.db import migrations

# AFTER, not BEFORE, so that generated columns are the same on both sides of an UPDATE that changes nothing.
# The lock on the root row makes a change and a publication at the same moment wait for each other.
# TG_ARGV: root table, publication table, its column that names the root, query from a row (jsonb) to the root's id.
CREATE_FUNCTIONS = """
CREATE FUNCTION stand_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}'::jsonb END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}'::jsonb END;
    side jsonb;
    root bigint;
    published boolean;
    correction bigint := nullif(current_setting('ozgstatus.correction', true), '')::bigint;
    name text;
BEGIN
    IF before = after THEN
        RETURN NULL;
    END IF;
    FOREACH side IN ARRAY ARRAY[before, after] LOOP
        CONTINUE WHEN side = '{}'::jsonb;
        EXECUTE TG_ARGV[3] INTO root USING side;
        CONTINUE WHEN root IS NULL;
        EXECUTE format('SELECT 1 FROM %I WHERE id = $1 FOR KEY SHARE', TG_ARGV[0]) USING root;
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I = $1)', TG_ARGV[1], TG_ARGV[2])
            INTO published USING root;
        CONTINUE WHEN NOT published;
        IF correction IS NULL THEN
            RAISE EXCEPTION 'Veröffentlichtes ändert sich nur durch eine Berichtigung (%).', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_TABLE_NAME = TG_ARGV[0] AND after ? 'date' AND after ->> 'date' IS NULL THEN
            RAISE EXCEPTION 'Ein veröffentlichter Stand hat ein Datum.' USING ERRCODE = 'check_violation';
        END IF;
        FOR name IN SELECT jsonb_object_keys(before || after) LOOP
            CONTINUE WHEN name = 'id' OR
                nullif(before -> name, 'null') IS NOT DISTINCT FROM nullif(after -> name, 'null');
            -- What the database computes from a row says nothing that its other columns do not say.
            CONTINUE WHEN EXISTS (SELECT 1 FROM pg_attribute
                WHERE attrelid = TG_RELID AND attname = name AND attgenerated <> '');
            INSERT INTO stand_correctionchange
                (correction_id, root_table, root_id, table_name, row_id, row_label, column_name, old_value, new_value)
            VALUES (correction, TG_ARGV[0], root, TG_TABLE_NAME,
                (coalesce(before ->> 'id', after ->> 'id'))::bigint,
                coalesce(before ->> 'label', before ->> 'title', before ->> 'number',
                    after ->> 'label', after ->> 'title', after ->> 'number', ''), name,
                nullif(before -> name, 'null'), nullif(after -> name, 'null'));
        END LOOP;
        RETURN NULL;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION stand_lock_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    root jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(root) FROM %I root WHERE id = $1 FOR UPDATE', TG_ARGV[0])
        INTO root USING (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
    IF root ? 'date' AND root ->> 'date' IS NULL THEN
        RAISE EXCEPTION 'Ein Stand ohne Datum kann nicht veröffentlicht werden.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
# For databases whose functions are older than this text.
REPLACE_FUNCTIONS = CREATE_FUNCTIONS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
DROP_FUNCTIONS = "DROP FUNCTION stand_guard(); DROP FUNCTION stand_lock_published();"


def guard(table: str, *, root: str, publication: str, column: str, root_of_row: str) -> migrations.RunSQL:
    """Put `table` below the publications of `root`.

    `column` is the column of `publication` that names the root; `root_of_row` is a query that takes a row of `table`
    as `$1` (jsonb) and returns the root's id.
    """
    arguments = ", ".join(
        "'" + text.replace("'", "''") + "'" for text in (root, publication, column, root_of_row)
    )
    return migrations.RunSQL(
        f"CREATE TRIGGER published_is_guarded AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION stand_guard({arguments});",
        f"DROP TRIGGER published_is_guarded ON {table};",
    )


def lock_root(publication: str, *, root: str, column: str) -> migrations.RunSQL:
    """Make a new row of `publication` wait for changes under way below the same root."""
    return migrations.RunSQL(
        f"CREATE TRIGGER root_is_locked BEFORE INSERT ON {publication} "
        f"FOR EACH ROW EXECUTE FUNCTION stand_lock_published('{root}', '{column}');",
        f"DROP TRIGGER root_is_locked ON {publication};",
    )


def same_parent(table: str, column: str, target: str, parent: str) -> migrations.RunSQL:
    """What `table`.`column` points at in `target` has the same `parent` (a column of both) as the row itself."""
    return migrations.RunSQL(
        f"ALTER TABLE {target} ADD CONSTRAINT {target}_{parent}_key UNIQUE (id, {parent});"
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_parent FOREIGN KEY ({column}, {parent}) "
        f"REFERENCES {target} (id, {parent}) DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_parent;"
        f"ALTER TABLE {target} DROP CONSTRAINT {target}_{parent}_key;",
    )
