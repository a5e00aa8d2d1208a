"""Who has what in use, and since when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from catalogue.models import Service
from rollout.querysets import AdoptionQuerySet
from rollout.querysets.adoption import BEGIN, PERIOD
from stand.history import tracked
from stand.months import MonthField, first_of_month, format_month

from .register import Authority


class AdoptionState(models.TextChoices):
    """ "Nicht erfasst" is the absence of a record, and never reads as no."""

    USED = "used", "im Einsatz"
    NOT_USED = "not-used", "nicht im Einsatz"


class Solution(models.TextChoices):
    """What a service runs on, as the newsletter of October 2022 tells them apart."""

    UNKNOWN = "", "unbekannt"
    STATE = "state", "Basiskomponente des Freistaates"
    THIRD_PARTY = "third-party", "Lösung Dritter"
    OWN = "own", "Eigenentwicklung"


@tracked
class Adoption(models.Model):
    """Whether an authority has a service in use, from one month to another, both included.

    Where nobody knows since when, it holds from the month in which it was checked. `illustrative` ones are invented,
    for show; they enter no figure, and where both are there the real one holds.
    """

    State = AdoptionState
    Solution = Solution

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="adoptions", verbose_name="Kommune")
    service = models.ForeignKey(Service, models.PROTECT, related_name="adoptions", verbose_name="Leistung")
    state = models.CharField("Einsatz", max_length=10, choices=AdoptionState, default=AdoptionState.USED)
    since = MonthField(
        "seit", null=True, blank=True, help_text="Monat und Jahr, zum Beispiel 09/2022; leer, wenn unbekannt"
    )
    until = MonthField(
        "bis", null=True, blank=True, help_text="letzter Monat, zum Beispiel 03/2024; leer, solange es gilt"
    )
    checked_on = models.DateField(
        "geprüft am", null=True, blank=True, help_text="Tag, an dem man es wusste, zum Beispiel 05.10.2022"
    )
    solution = models.CharField(
        "Lösung", max_length=20, choices=Solution, blank=True, default=Solution.UNKNOWN
    )
    note = models.TextField("Hinweis", blank=True, help_text="zum Beispiel die Quelle")
    illustrative = models.BooleanField(
        "Beispieldaten",
        default=False,
        help_text="Erfunden zur Anschauung: geht in keine Zahl ein und trägt überall den Hinweis „Beispieldaten“.",
    )

    objects = AdoptionQuerySet.as_manager()

    class Meta:
        verbose_name = "Einsatz"
        verbose_name_plural = "Einsatz in Kommunen"
        ordering = ["service", "authority", "since"]
        constraints = [
            first_of_month("since", "seit"),
            first_of_month("until", "bis"),
            models.CheckConstraint(
                name="rollout_adoption_says_when",
                condition=Q(since__isnull=False) | Q(checked_on__isnull=False),
                violation_error_message="Bitte angeben, seit wann das gilt oder an welchem Tag es geprüft wurde.",
            ),
            models.CheckConstraint(
                name="rollout_adoption_until_not_before_since",
                condition=Q(until__isnull=True) | Q(until__gte=BEGIN),
                violation_error_message=(
                    "Das Ende liegt vor dem Beginn; ohne Beginn gilt der Monat, in dem es geprüft wurde."
                ),
            ),
            ExclusionConstraint(
                name="rollout_adoption_one_at_a_time",
                expressions=[
                    (F("service"), RangeOperators.EQUAL),
                    (F("authority"), RangeOperators.EQUAL),
                    (PERIOD, RangeOperators.OVERLAPS),
                ],
                condition=Q(illustrative=False),
                violation_error_message=(
                    "Für diese Kommune und Leistung gibt es in dieser Zeit schon einen Eintrag. "
                    "Bitte ändern Sie jenen oder wählen Sie eine andere Zeit."
                ),
            ),
            ExclusionConstraint(
                name="rollout_adoption_one_example_at_a_time",
                expressions=[
                    (F("service"), RangeOperators.EQUAL),
                    (F("authority"), RangeOperators.EQUAL),
                    (PERIOD, RangeOperators.OVERLAPS),
                ],
                condition=Q(illustrative=True),
                violation_error_message="Für diese Kommune und Leistung gibt es in dieser Zeit schon ein Beispiel.",
            ),
        ]
        indexes = [
            models.Index(fields=["authority", "service"], name="rollout_adoption_of_authority"),
            models.Index(fields=["service", "authority"], name="rollout_adoption_of_service"),
        ]

    def __str__(self):
        return f"{self.authority.full_name}, {self.service}: {self.in_words}"

    def natural_key(self):
        return (self.authority.key, self.service.slug, self.illustrative, self.since, self.checked_on)

    natural_key.dependencies = ["catalogue.service"]  # type: ignore[attr-defined]

    @property
    def begin_month(self):
        """The first month for which it holds: since then, or when it was checked; None where neither is known."""
        begin = self.since or self.checked_on
        return begin.replace(day=1) if begin else None

    @property
    def is_used(self) -> bool:
        return self.state == AdoptionState.USED

    @property
    def in_words(self) -> str:
        """ "im Einsatz seit 09/2022", "nicht im Einsatz (geprüft am 05.10.2022)", "im Einsatz 01/2021 bis 03/2024"."""
        state = str(self.get_state_display())
        until = f" bis {format_month(self.until)}" if self.until else ""
        if self.since:
            return f"{state}{'' if until else ' seit'} {format_month(self.since)}{until}"
        checked = f" (geprüft am {self.checked_on:%d.%m.%Y})" if self.checked_on else ""
        return f"{state}{until}{checked}"
