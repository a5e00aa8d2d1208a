"""What an editor saw when a page was opened; it travels with the form and is compared when the form comes back.

One mechanism for forms and the tables on them: what nobody but the sender changed is saved, what somebody else
changed and the sender did not is kept, and what both changed comes back with both values.
"""

import datetime
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.core import signing
from django.db import models

from . import history
from .conflicts import conflicts
from .wording import in_words

SALT = "stand.seen"
# The order of rows is one value of the whole table, not of each row.
ORDER = "position"


def plain(value):
    """A form's value as JSON holds it: equal for equal values."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.QuerySet | list | tuple):
        parts = list(value)
        return sorted(part.pk for part in parts) if parts and isinstance(parts[0], models.Model) else parts
    return value.isoformat() if isinstance(value, datetime.date) else value


def pack(subject: str, content: dict[str, Any]) -> str:
    """What the page shows of `subject`, as the text of a hidden input; signed, so that it need not be checked."""
    return signing.dumps({"subject": subject} | content, salt=SALT, compress=True)


def unpack(subject: str, text: str) -> dict[str, Any] | None:
    """What was packed for `subject`; None for anything else."""
    try:
        content = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    return content if content["subject"] == subject else None


class SeenForm(forms.ModelForm):
    """Saves only what the sender changed, and refuses to overwrite what somebody else changed meanwhile."""

    # What the sender saw, by field; empty for something new.
    seen: dict[str, Any] = {}
    # What is to be said before anything is saved.
    notice = ""

    @cached_property
    def theirs(self) -> dict[str, Any]:
        """What the database holds now, where that is not what the sender saw."""
        now = {name: plain(self.initial.get(name)) for name in self.seen if name in self.fields}
        return {name: value for name, value in now.items() if value != self.seen[name]}

    @cached_property
    def touched(self) -> set[str]:
        """The fields that the sender changed."""
        return {
            name
            for name, bound in self._bound_items()  # type: ignore[attr-defined]
            if name in self.seen and bound.field.has_changed(self._seen_value(name), bound.data)
        }

    def _seen_value(self, name):
        field = self._meta.model._meta.get_field(name)
        return self.seen[name] if field.many_to_many else field.to_python(self.seen[name])

    @property
    def kept(self) -> list[str]:
        """What others changed and the sender did not."""
        return [name for name in self.theirs if name not in self.touched]

    @cached_property
    def changed_data(self):
        return [name for name in super().changed_data if name not in self.kept]

    @cached_property
    def conflicts(self) -> dict[str, tuple[Any, Any]]:
        """(theirs, mine) for each field that both changed; known once the form is cleaned."""
        mine = {name: plain(self.cleaned_data[name]) for name in self.touched if name in self.cleaned_data}
        mine.pop(ORDER, None)
        return conflicts(self.seen, mine, self.seen | self.theirs)

    def _post_clean(self):
        for name in self.kept:
            # The instance has the newer value; what was sent must not replace it, and is not checked.
            self.cleaned_data.pop(name, None)
            self._errors.pop(name, None)
        super()._post_clean()
        for name, (theirs, mine) in self.conflicts.items():
            self.add_error(name, self._both_values(name, theirs, mine))
        for name in self.kept:
            self.cleaned_data[name] = self._current(name)
        if self.notice:
            self.add_error(None, self.notice)

    def _current(self, name):
        value = getattr(self.instance, name)
        return value.all() if isinstance(value, models.Manager) else value

    def _both_values(self, name, theirs, mine) -> str:
        field = self._meta.model._meta.get_field(name)
        told = history.who_and_when(self._meta.model, self.instance.pk, field)
        return (
            f"Inzwischen geändert: {told_value(field, theirs)} ({told}). Ihre Eingabe: {told_value(field, mine)}. "
            "Bitte entscheiden Sie: Gespeichert wird beim nächsten Mal, was jetzt im Feld steht."
        )

    def seen_now(self) -> dict[str, Any]:
        """What the sender will have seen once this form is on the screen."""
        if self.seen:
            shown = {name: theirs for name, (theirs, _) in self.conflicts.items()} if self.is_bound else {}
            return self.seen | shown
        names = {
            field.name for field in [*self._meta.model._meta.fields, *self._meta.model._meta.many_to_many]
        }
        return {name: plain(self.initial.get(name)) for name in self.fields if name in names}


def told_value(field, value) -> str:
    """A value in words; what it refers to by its name."""
    if not field.is_relation or value in (None, []):
        return in_words(value, field)
    numbers = value if isinstance(value, list) else [value]
    names = history.names_of({field.related_model: set(numbers)})
    found = [names.get((field.related_model, number), "inzwischen gelöscht") for number in numbers]
    return ", ".join(f"„{name}“" for name in found)


class SeenFormSet(forms.BaseInlineFormSet):
    """Rows that know what the sender saw of each; mixes with somebody else's new, deleted and moved rows."""

    # What Django's types say less about than is known here.
    data: Any
    model: Any
    form: Any
    initial_forms: Any
    _should_delete_form: Any

    def __init__(self, *args, seen: dict[str, dict] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = seen or {}
        self.order_conflict = False
        # Numbers of the rows that somebody deleted while they were being changed, by their place in the form.
        self.lost: dict[int, int] = {}
        if self.is_bound and self.seen:
            self._make_lost_rows_new()

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.seen = self.seen.get(str(form.instance.pk), {})
        return form

    # --- rows that somebody deleted ---

    def _make_lost_rows_new(self):
        """What somebody typed into a row that is gone comes back as a new row; untouched ones are left out."""
        existing = {str(pk) for pk in self._rows().values_list("pk", flat=True)}
        first_new, total = self.initial_form_count(), self.total_form_count()
        numbers = {place: self.data.get(f"{self.prefix}-{place}-id", "") for place in range(first_new)}
        gone = [place for place, pk in numbers.items() if pk in self.seen and pk not in existing]
        if not gone:
            return
        kept = [place for place in range(first_new) if place not in gone]
        typed = [place for place in gone if self._was_typed_into(place, self.seen[numbers[place]])]
        order = [*kept, *range(first_new, total), *typed]
        self.lost = {order.index(place): int(numbers[place]) for place in typed}
        self.data = self._rearranged(order)
        self.data[f"{self.prefix}-TOTAL_FORMS"] = str(len(order))
        self.data[f"{self.prefix}-INITIAL_FORMS"] = str(len(kept))
        for place in self.lost:
            self.data[f"{self.prefix}-{place}-id"] = ""
            self.data[f"{self.prefix}-{place}-{ORDER}"] = ""
        del self.management_form

    def _rows(self):
        return self.model._base_manager.filter(**{self.fk.name: self.instance.pk})

    def _was_typed_into(self, place, seen) -> bool:
        if f"{self.prefix}-{place}-DELETE" in self.data:
            return False
        form = self.form(self.data, prefix=self.add_prefix(place))
        form.seen = seen
        return bool(form.touched - {ORDER})

    def _rearranged(self, order: Iterable[int]):
        """The data of the form with its rows in another order."""
        data = self.data.copy()
        for key in self.data:
            prefix, _, rest = key.removeprefix(f"{self.prefix}-").partition("-")
            if key.startswith(f"{self.prefix}-") and prefix.isdigit() and rest:
                del data[key]
        for new, old in enumerate(order):
            for key in self.data:
                if key.startswith(f"{self.prefix}-{old}-"):
                    name = key.removeprefix(f"{self.prefix}-{old}-")
                    data.setlist(f"{self.prefix}-{new}-{name}", self.data.getlist(key))
        return data

    # --- order ---

    def full_clean(self):
        if self.is_bound:
            self._settle_order()
        super().full_clean()

    def _settle_order(self):
        """Whoever moved a row means the order of all of them."""
        rows = [form for form in self.initial_forms if form.seen and ORDER in form.fields]
        if not any(ORDER in form.touched for form in rows):
            return
        moved = any(ORDER in form.theirs for form in rows)
        same = all(str(form.initial.get(ORDER)) == form[ORDER].data for form in rows)
        self.order_conflict = moved and not same
        for form in rows:
            form.touched.add(ORDER)

    def clean(self):
        super().clean()
        for place, pk in self.lost.items():
            told = history.who_and_when(self.model, pk)
            self.forms[place].add_error(
                None,
                f"Diese Zeile wurde inzwischen gelöscht ({told}). Ihre Eingabe steht hier als neue Zeile: Speichern "
                "legt sie wieder an; soll sie gelöscht bleiben, entfernen oder leeren Sie die Zeile.",
            )
        problems = [*self._changed_while_deleted(), *self._moved_by_both()]
        if problems:
            raise forms.ValidationError(problems)

    def _changed_while_deleted(self) -> list[str]:
        """A row to be deleted of which somebody changed something that the sender has not seen."""
        found = []
        for form in self.initial_forms:
            theirs = {name: value for name, value in form.theirs.items() if name != ORDER}
            if not theirs or not self._should_delete_form(form):
                continue
            fields = {name: self.model._meta.get_field(name) for name in theirs}
            told = history.who_and_when(self.model, form.instance.pk, *fields.values())
            values = "; ".join(
                f"{fields[name].verbose_name}: {told_value(fields[name], now)}"
                for name, now in theirs.items()
            )
            found.append(
                f"„{form.instance}“ wollen Sie löschen, wurde aber inzwischen geändert ({told}): {values}. "
                "Bitte entscheiden Sie: Noch einmal Speichern löscht die Zeile."
            )
        return found

    def _moved_by_both(self) -> list[str]:
        if not self.order_conflict:
            return []
        told = history.who_moved_rows(self.model, self.fk.column, self.instance.pk, ORDER)
        return [
            f"Die Reihenfolge wurde inzwischen geändert ({told}). Sie haben sie auch geändert. "
            "Bitte entscheiden Sie: Noch einmal Speichern übernimmt Ihre Reihenfolge."
        ]

    def seen_now(self) -> dict[str, dict]:
        """What the sender will have seen of each row once this table is on the screen."""
        found = {}
        for form in self.initial_forms:
            if form.instance.pk is None:
                continue
            found[str(form.instance.pk)] = form.seen_now()
            if form.seen and self.is_bound and self._should_delete_form(form):
                found[str(form.instance.pk)] |= form.theirs
            elif self.order_conflict:
                found[str(form.instance.pk)][ORDER] = plain(form.initial.get(ORDER))
        return found
