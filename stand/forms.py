"""Form fields and forms that the editors' pages of all apps share."""

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django_prose_editor.fields import ProseEditorFormField

from .seen import SeenForm


def _unix_newlines(value):
    """Browsers send CR LF; text that nobody touched must compare equal to what is stored."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


class TextField(forms.CharField):
    """Text of several lines."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(_unix_newlines(value))


class ProseField(ProseEditorFormField):
    """Text of the editor; without JavaScript its HTML in a textarea."""

    def to_python(self, value):
        return super().to_python(_unix_newlines(value))


class LinesField(forms.Field):
    """A list of texts, one per line; blank lines are dropped."""

    widget = forms.Textarea
    default_error_messages = {
        "too_long": "Zeile %(line)d ist zu lang: %(length)d statt höchstens %(limit)d Zeichen."
    }

    def __init__(self, *, base_field=None, max_length=None, **kwargs):
        # Django compares a callable default through a second, hidden input, which a row need not carry.
        kwargs["show_hidden_initial"] = False
        super().__init__(**kwargs)
        self.line_limit = getattr(base_field, "max_length", None)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value):
        if not value:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        return [line.strip() for line in _unix_newlines(value).split("\n") if line.strip()]

    def validate(self, value):
        super().validate(value)
        for number, line in enumerate(value, start=1):
            ProhibitNullCharactersValidator()(line)
            if self.line_limit and len(line) > self.line_limit:
                params = {"line": number, "length": len(line), "limit": self.line_limit}
                raise ValidationError(self.error_messages["too_long"], code="too_long", params=params)

    def has_changed(self, initial, data):
        if callable(initial):
            initial = initial()
        return list(initial or []) != self.to_python(data)


def _first_field(condition) -> str:
    """The first field that a rule (`Q`) names."""
    child = condition.children[0]
    return _first_field(child) if isinstance(child, models.Q) else child[0].partition("__")[0]


def rule_place(constraint) -> str:
    """The field whose place the message of a rule takes."""
    if isinstance(constraint, models.CheckConstraint):
        return _first_field(constraint.condition)
    return constraint.fields[-1] if getattr(constraint, "fields", None) else NON_FIELD_ERRORS


class RuleForm(SeenForm):
    """Shows the message of a broken database rule at the field that the rule is about."""

    # Fields that the form does not show and the rules still need, such as the edition of an article.
    known: tuple[str, ...] = ()
    # Where the field that a rule is about is not the first one it names; by the rule's name.
    places: dict[str, str] = {}

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - set(self.known)

    def _update_errors(self, errors):
        found = getattr(errors, "error_dict", {})
        places = {
            rule.get_violation_error_message(): self.places.get(rule.name, rule_place(rule))
            for rule in self._meta.model._meta.constraints
        }
        for error in found.pop(NON_FIELD_ERRORS, []):
            place = places.get(error.message, NON_FIELD_ERRORS)
            found.setdefault(place if place in self.fields else NON_FIELD_ERRORS, []).append(error)
        super()._update_errors(errors)


LAST_PLACE = 32_767


class RowForm(RuleForm):
    """A row of a sortable table; its place is settled by the whole table, not by the row."""

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"position"}

    def clean_position(self):
        place = self.cleaned_data["position"]
        if place is None:
            return self.instance.position or 0
        if not 0 <= place <= LAST_PLACE:
            raise ValidationError("Bitte geben Sie den Platz als kleine Zahl ein, zum Beispiel 3.")
        return place

    def put(self, place: int) -> None:
        """At another place than the one that was typed, once the whole table is known."""
        self.cleaned_data["position"] = self.instance.position = place
        changed = set(self.changed_data) - {"position"}
        self.changed_data = [*changed, "position"] if place != self.initial["position"] else [*changed]


class AddressForm(RuleForm):
    """Keeps the address when its field is emptied."""

    def clean_slug(self):
        return self.cleaned_data["slug"] or self.instance.slug


class CorrectionForm(forms.ModelForm):
    """Asks for the public note that a change of something published needs."""

    NOTE_MISSING = (
        "Bitte schreiben Sie, was berichtigt wird: "
        "Veröffentlichtes ändert sich nur mit einem öffentlichen Hinweis."
    )

    correction_note = TextField(
        label="Berichtigung: öffentlicher Hinweis",
        max_length=1000,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        error_messages={"required": NOTE_MISSING},
        help_text=(
            "Steht mit dem heutigen Datum auf der Website, dazu jeder geänderte Wert. "
            "Zum Beispiel „Wahlschein für Briefwahl: Die Anzahl lautet 48, nicht 84.“"
        ),
    )


class NoteForm(forms.Form):
    """The note alone, for pages that are no form of one object."""

    correction_note = CorrectionForm.base_fields["correction_note"]


class AddingForm(CorrectionForm):
    """Something new below an edition needs the note only where that edition is published."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["correction_note"].required = False

    def clean(self):
        cleaned = super().clean()
        edition = self.cleaned_data.get("edition")
        if edition and edition.is_published and not self.cleaned_data.get("correction_note"):
            self.add_error("correction_note", self.NOTE_MISSING)
        return cleaned
