"""What editors delete is kept, with everything below it, and can be brought back."""

import json
from collections import Counter
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.utils import NestedObjects
from django.core import serializers
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models, transaction
from django.utils import timezone
from psycopg.errors import RestrictViolation

from .wording import in_words


class CannotRestore(Exception):
    """Why something cannot be brought back, one German sentence each."""

    def __init__(self, *reasons: str):
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class DeletedDraft(models.Model):
    """Something deleted with the rows below it, as it was.

    Everything keeps its number, which is never given again, so that links and history find it after it is restored.
    """

    kind = models.CharField("Modell", max_length=100)
    name = models.CharField("Bezeichnung", max_length=300)
    payload = models.JSONField("Inhalt")
    deleted_at = models.DateTimeField("gelöscht am", default=timezone.now)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="gelöscht von",
    )

    class Meta:
        verbose_name = "gelöschter Entwurf"
        verbose_name_plural = "Papierkorb"
        ordering = ["-deleted_at", "-pk"]

    def __str__(self):
        return f"{self.kind_label} „{self.name}“"

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.kind)

    @property
    def kind_label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def contents(self) -> str:
        """ "30 Zeilen, 2 Fußnoten": what hung below it."""
        counts = Counter(item["model"] for item in self.payload[1:])
        names = {kind: apps.get_model(kind)._meta for kind in counts}
        return ", ".join(
            f"{count} {names[kind].verbose_name if count == 1 else names[kind].verbose_name_plural}"
            for kind, count in counts.items()
        )

    @classmethod
    def keep(cls, obj: models.Model, user) -> "DeletedDraft":
        """Remember an object that is about to be deleted, in the same transaction."""
        payload = json.loads(serializers.serialize("json", [obj, *_below(obj)]))
        return cls.objects.create(
            kind=obj._meta.label_lower, name=str(obj)[:300], payload=payload, deleted_by=user
        )

    def restore(self) -> models.Model:
        """Bring it back with everything below it, or raise CannotRestore and change nothing."""
        items = list(serializers.deserialize("python", self.payload, ignorenonexistent=True))
        reasons = [*_taken(items[0].object), *_gone(items)]
        if reasons:
            raise CannotRestore(*reasons)
        try:
            with transaction.atomic():
                for item in items:
                    item.save()
                self.delete()
                _check_now()
        except IntegrityError as error:
            if isinstance(error.__cause__, RestrictViolation):
                raise CannotRestore("Es gehört zu etwas, das inzwischen veröffentlicht ist.") from error
            raise CannotRestore("Es passt nicht mehr zu dem, was jetzt gespeichert ist.") from error
        return items[0].object


def _check_now():
    """What the database would otherwise check when the transaction ends."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _below(obj: models.Model) -> list[models.Model]:
    """What is deleted together with an object; the links between two models are part of one of them."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS, origin=obj)
    collector.collect([obj])
    return [
        other
        for model, found in collector.data.items()
        if not model._meta.auto_created
        for other in sorted(found, key=lambda other: other.pk)
        if other != obj
    ]


def _taken(obj: Any) -> list[str]:
    """What must be there only once and is there again."""
    reasons = []
    for field in obj._meta.concrete_fields:
        if field.generated:
            continue  # there is none before the row is saved
        value = getattr(obj, field.attname)
        if field.unique and not field.primary_key and value is not None:
            others = obj._meta.model._base_manager.filter(**{field.attname: value})
            if others.exists():
                words = in_words(field.value_to_string(obj), field)
                reasons.append(f"{field.verbose_name} {words} ist inzwischen vergeben.")
    for rule in obj._meta.constraints:
        if isinstance(rule, models.UniqueConstraint) and not rule.deferrable and not rule.condition:
            names = {name: getattr(obj, obj._meta.get_field(name).attname) for name in rule.fields}
            if obj._meta.model._base_manager.filter(**names).exists():
                reasons.append(str(rule.get_violation_error_message()))
    return reasons


def _gone(items) -> list[str]:
    """What it refers to and is no longer there; one query for each model."""
    own = {(type(item.object), item.object.pk) for item in items}
    wanted: dict[type[models.Model], set] = {}
    for item in items:
        for field in item.object._meta.concrete_fields:
            if field.is_relation and getattr(item.object, field.attname) is not None:
                wanted.setdefault(field.related_model, set()).add(getattr(item.object, field.attname))
        for name, values in (item.m2m_data or {}).items():
            field = item.object._meta.get_field(name)
            wanted.setdefault(field.related_model, set()).update(
                getattr(value, "pk", value) for value in values
            )
    reasons = []
    for model, numbers in wanted.items():
        numbers = {number for number in numbers if (model, number) not in own}
        missing = len(numbers) - model._base_manager.filter(pk__in=numbers).count()
        if missing:
            title = model._meta.verbose_name if missing == 1 else model._meta.verbose_name_plural
            reasons.append(f"Was darin verknüpft ist, gibt es nicht mehr: {missing} {title}.")
    return reasons
