"""Who changed what when: recorded by triggers, so that bulk changes and plain SQL are seen too.

Each tracked table has a table of events. An event holds a row: as it was made, as it was before a change, or as it was
before it was deleted. The value after a change is in the row's next event, else in the row itself, so that the
history of rows older than the triggers begins with their first change.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pghistory
import pgtrigger
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.utils.timezone import localtime

from .wording import field_of_column, in_words

NOBODY = "ohne Konto"
DELETED_ACCOUNT = "gelöschtes Konto"
# Columns that say where a row is kept, not what it says.
TECHNICAL = ("id", "edition_id", "report_id", "rubric_id")


# Also where not all columns are recorded: what the database computes changes only with what it is computed from.
ANY_CHANGE = pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*")


def tracked(model: type[models.Model]) -> type[models.Model]:
    """Record what happens to the rows of a model. What the database computes from a row is no part of it."""
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(row="OLD", condition=ANY_CHANGE),
        pghistory.DeleteEvent(),
        obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+"),
        exclude=[field.name for field in model._meta.local_fields if field.generated],
        meta={"default_permissions": ()},
    )(model)


def tracked_links(model: type[models.Model]) -> type[models.Model]:
    """Record what happens to the rows between two models, which come and go but never change."""
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None, meta={"default_permissions": ()}
    )(model)


# --- which tables tell about an object -------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A table of events, and its column that names the object asked about."""

    events: type[models.Model]
    column: str

    @property
    def model(self) -> type[models.Model]:
        return self.events.pgh_tracked_model  # type: ignore[attr-defined]


def is_tracked(model: type[models.Model]) -> bool:
    return bool(getattr(model, "pgh_event_models", None))


def sources(model: type[models.Model]) -> list[Source]:
    """The events of a model and of the rows that belong to it."""
    found = [Source(model.pgh_event_model, "id")]  # type: ignore[attr-defined]
    for other in apps.get_models():
        if is_tracked(other):
            found += [
                Source(other.pgh_event_model, str(field.column))  # type: ignore[attr-defined]
                for field in other._meta.concrete_fields
                if field.remote_field and field.remote_field.model is model and _belongs(other, field)
            ]
    return found


def _belongs(model, field) -> bool:
    """Whether rows of `model` are part of what `field` names: its rows, its links, its publication."""
    if model._meta.proxy:
        return model._meta.concrete_model._meta.auto_created is field.remote_field.model
    return field.remote_field.on_delete is models.CASCADE or field.remote_field.related_name == "publication"


def last_change(*tables: type[models.Model]) -> tuple[str, datetime | None]:
    """A mark that another change of any of these tables makes another one, and when the last was; one query."""
    newest = " UNION ALL ".join(
        f"(SELECT pgh_id, pgh_created_at FROM {name} ORDER BY pgh_id DESC LIMIT 1)"
        for name in (table.pgh_event_model._meta.db_table for table in tables)  # type: ignore[attr-defined]
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(pgh_id), 0), max(pgh_created_at) FROM ({newest}) AS found")
        number, moment = cursor.fetchone()
    return str(number), moment


def took_effect_at(model: type[models.Model], ids, *columns: str) -> dict[int, datetime]:
    """Since when each of the given rows has what it has in `columns`; without columns, since when it is there.

    By row; without those that are older than the record of changes.
    """
    differs = " OR ".join(f"e.{column} IS DISTINCT FROM r.{column}" for column in columns) or "false"
    events = model.pgh_event_model._meta.db_table  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT e.id, max(e.pgh_created_at) FROM {events} e JOIN {model._meta.db_table} r ON r.id = e.id
            WHERE e.id = ANY(%s) AND (e.pgh_label = 'insert' OR {differs}) GROUP BY e.id""",
            [list(ids)],
        )
        return dict(cursor.fetchall())


# --- events ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """What happened to one row; `before` and `after` are its columns, None where there was or is no row."""

    save: str
    at: datetime
    user_id: int | None
    model: type[models.Model]
    row_id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Old and new value of each column that changed."""
        before, after = self.before or {}, self.after or {}
        return {
            column: (before.get(column), after.get(column))
            for column in (
                str(field.column) for field in self.model._meta.concrete_fields if not field.generated
            )
            if before.get(column) != after.get(column)
        }


# One save of a form is one; what came without an account is put together by the second.
SAVE = "coalesce(e.pgh_context_id::text, date_trunc('second', e.pgh_created_at)::text)"


def saves(model: type[models.Model], pk) -> list[str]:
    """The keys of all saves that changed an object or its rows, newest first; one query."""
    parts = [
        f"SELECT {SAVE} AS save, e.pgh_created_at AS at FROM {source.events._meta.db_table} e "
        f"WHERE e.{source.column} = %s"
        for source in sources(model)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT save FROM ({' UNION ALL '.join(parts)}) AS found GROUP BY save ORDER BY max(at) DESC",
            [pk] * len(parts),
        )
        return [save for (save,) in cursor.fetchall()]


def events_of_saves(model: type[models.Model], pk, wanted: list[str]) -> list[Event]:
    """What the given saves did to an object and its rows, in order; one query."""
    found = sources(model)
    return _events(found, [f"e.{source.column} = %s AND {SAVE} = ANY(%s)" for source in found], [pk, wanted])


def events_of_rows(model: type[models.Model], ids: list[int]) -> list[Event]:
    """What happened to the given rows, in order; one query."""
    return _events([Source(model.pgh_event_model, "id")], ["e.id = ANY(%s)"], [ids])  # type: ignore[attr-defined]


def events_of_parent(model: type[models.Model], column: str, parent) -> list[Event]:
    """What happened to the rows of which `column` names `parent`, in order; one query."""
    return _events([Source(model.pgh_event_model, column)], [f"e.{column} = %s"], [parent])  # type: ignore[attr-defined]


def _events(found: list[Source], conditions: list[str], params: list) -> list[Event]:
    parts = [
        f"""SELECT {number} AS number, e.pgh_id, e.pgh_created_at, {SAVE}, (c.metadata ->> 'user')::bigint,
            e.pgh_label, e.id, to_jsonb(e), CASE e.pgh_label
                WHEN 'insert' THEN to_jsonb(e)
                WHEN 'update' THEN coalesce(
                    (SELECT to_jsonb(n) FROM {source.events._meta.db_table} n
                     WHERE n.id = e.id AND n.pgh_id > e.pgh_id ORDER BY n.pgh_id LIMIT 1),
                    (SELECT to_jsonb(r) FROM {source.model._meta.db_table} r WHERE r.id = e.id))
            END
            FROM {source.events._meta.db_table} e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
            WHERE {condition}"""
        for number, (source, condition) in enumerate(zip(found, conditions, strict=True))
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY 3, 1, 2", params * len(parts))
        rows = cursor.fetchall()
    return [
        Event(
            save, at, user, found[number].model, row_id, None if label == "insert" else _json(old), _json(new)
        )
        for number, _, at, save, user, label, row_id, old, new in rows
    ]


def _json(value):
    """Django's cursor leaves JSON as text."""
    return models.JSONField().from_db_value(value, None, connection) if isinstance(value, str) else value


def names_of_users(ids) -> dict[int | None, str]:
    """Who they are, for those that still have an account, and None; one query."""
    users = get_user_model()._default_manager.filter(pk__in={number for number in ids if number})
    found = {user.pk: user.get_full_name() or user.get_username() for user in users}
    return {number: found.get(number, DELETED_ACCOUNT) if number else NOBODY for number in ids}


# --- the last change, for a message --------------------------------------------------------------


def who_and_when(model: type[models.Model], pk, *fields) -> str:
    """Who last changed one of `fields` of a row, or anything at all, and when: "Redaktion, 05.10.2022, 12:30 Uhr"."""
    if any(field.many_to_many for field in fields):
        links = next(field.remote_field.through for field in fields if field.many_to_many)
        model, column = _name_of_links(links), _column_of(links, model)
        return _told(events_of_parent(model, column, pk))
    columns = {field.column for field in fields}
    events = events_of_rows(model, [pk])
    return _told([event for event in events if not columns or columns & set(event.differences())])


def who_moved_rows(model: type[models.Model], column: str, parent, order: str) -> str:
    """Who last changed the column `order` of one of the rows below `parent`, and when."""
    return _told([event for event in events_of_parent(model, column, parent) if order in event.differences()])


def who_deleted(model: type[models.Model], pk: int) -> str:
    """Who deleted a row and when; "" if there never was one."""
    return _told([event for event in events_of_rows(model, [pk]) if event.after is None], "")


def _name_of_links(links) -> type[models.Model]:
    """The tracked model of a table between two models."""
    return next(
        model for model in apps.get_models() if is_tracked(model) and model._meta.concrete_model is links
    )


def _column_of(links, model) -> str:
    return next(field.column for field in links._meta.fields if field.related_model is model)


def _told(events: list[Event], unknown: str = "vor Beginn der Aufzeichnung") -> str:
    if not events:
        return unknown
    last = events[-1]
    who = names_of_users({last.user_id})[last.user_id]
    return f"{who}, {localtime(last.at):%d.%m.%Y, %H:%M} Uhr"


# --- in words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """What happened to one row: "Zeile „Wahlschein“", "geändert", and its values."""

    subject: str
    action: str
    changes: list[Change]

    @property
    def is_change(self) -> bool:
        return self.action == "geändert"

    @property
    def values(self) -> list[tuple[str, str]]:
        """What stood in a row that came or went."""
        pairs = [(change.label, {change.before, change.after} - {"leer"}) for change in self.changes]
        return [(label, filled.pop()) for label, filled in pairs if filled]


@dataclass
class Save:
    """What one person changed at one moment."""

    at: datetime
    who: str
    lines: list[Line] = field(default_factory=list)


def told(events: list[Event]) -> list[Save]:
    """Events as saves, newest first; one query for the users and one for each kind of thing they refer to."""
    users = names_of_users({event.user_id for event in events})
    names = _names(events)
    found: dict[str, Save] = {}
    for event in events:
        save = found.setdefault(event.save, Save(event.at, users[event.user_id]))
        save.at = event.at
        line = _line(event, names)
        if line.changes or not line.is_change:
            save.lines.append(line)
    return sorted((save for save in found.values() if save.lines), key=lambda save: save.at, reverse=True)


def _line(event: Event, names) -> Line:
    action = "angelegt" if event.before is None else "gelöscht" if event.after is None else "geändert"
    changes = [
        Change(label, *(value_in_words(event.model, column, value, names) for value in values))
        for column, values in event.differences().items()
        if (label := label_of(event.model, column))
    ]
    return Line(subject(event.model, event.after or event.before or {}), action, changes)


def label_of(model: type[models.Model], column: str) -> str:
    """The name of a column as forms show it; "" for one that tells a reader nothing."""
    found = field_of_column(model, column)
    if found is None or column in TECHNICAL:
        return ""
    # Django names the columns between two models by themselves, in English.
    described: Any = found.related_model._meta if model._meta.proxy and found.related_model else found
    return str(described.verbose_name)


def subject(model: type[models.Model], row: dict[str, Any]) -> str:
    """ "Zeile „Wahlschein“"; what a row is called, from its columns alone."""
    for column in ("label", "title", "name", "number", "kind", "month", "date"):
        if row.get(column) not in (None, ""):
            return f"{model._meta.verbose_name} {in_words(row[column], field_of_column(model, column))}"
    return str(model._meta.verbose_name)


def value_in_words(model: type[models.Model], column: str, value, names) -> str:
    """A value in words; what it refers to by its name (`names` by model and number)."""
    found = field_of_column(model, column)
    if found is None or not found.is_relation or value is None:
        return in_words(value, found)
    return f"„{names.get((found.related_model, value), 'inzwischen gelöscht')}“"


def _names(events: list[Event]) -> dict[tuple[Any, Any], str]:
    wanted: dict[type[models.Model], set] = {}
    for event in events:
        for column, values in event.differences().items():
            found = field_of_column(event.model, column)
            if found is not None and found.related_model and column not in TECHNICAL:
                wanted.setdefault(found.related_model, set()).update(filter(None, values))
    return names_of(wanted)


def names_of(wanted: dict[type[models.Model], set]) -> dict[tuple[Any, Any], str]:
    """The names of the objects with these numbers; one query for each model."""
    return {
        (model, obj.pk): str(obj)
        for model, ids in wanted.items()
        for obj in model._default_manager.filter(pk__in=ids)
    }
