"""What happens to a service in a month, reported in one step with all that follows from it in the drafts.

It touches every app, so it stands here and not in the catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Model
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import escape, format_html

from catalogue.models import Service
from newsletter.models import Article, Edition
from projects.matrix import state_in_words
from projects.models import PhaseState, ProjectReport, ProjectRow
from rollout.models import CoverageRow, RolloutReport
from stand.draftadmin import form_address
from stand.history import who_and_when
from stand.months import MonthFormField, format_month

MONTHS = ("available_since", "planned_for", "discontinued_since")
MONTH_MISSING = "Bitte geben Sie den Monat an, zum Beispiel 10/2022."


def _list_address(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _months(service: Service) -> str:
    """The three months as the form showed them, to notice that somebody has changed them since."""
    return "|".join(format_month(getattr(service, name)) for name in MONTHS)


@dataclass(frozen=True)
class Missing:
    """Something that cannot be offered: why, and where that can be changed."""

    reason: str
    link: str
    address: str


@dataclass(frozen=True)
class Made:
    """What a report has made or changed, with the address where it is edited."""

    text: str
    label: str
    address: str


# --- what a report may change in the drafts ----------------------------------------------------


@dataclass
class Drafts:
    """The drafts of the month, as far as they say something about one service."""

    service: Service
    user: Any
    rollout: Any = None
    projects: Any = None
    edition: Any = None
    project_rows: list[ProjectRow] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def __post_init__(self):
        self._look_at_rollout()
        self._look_at_projects()
        self._look_at_edition()

    def _may(self, permission: str) -> bool:
        return self.user.has_perm(permission)

    def _look_at_rollout(self):
        draft = RolloutReport.objects.draft()
        if draft is None:
            self._miss(
                "Es gibt keinen Entwurf eines Standes des Roll-Outs.", "Stände des Roll-Outs", RolloutReport
            )
        elif draft.rows.filter(service=self.service).exists():
            reason = "Der Entwurf des Roll-Outs hat schon eine Zeile zu dieser Leistung."
            self.missing.append(Missing(reason, f"Roll-out: {draft}", form_address(draft)))
        elif self._may("rollout.add_coveragerow"):
            self.rollout = draft

    def _look_at_projects(self):
        draft = ProjectReport.objects.draft()
        if draft is None:
            self._miss(
                "Es gibt keinen Entwurf eines Standes der Projekte.", "Stände der Projekte", ProjectReport
            )
            return
        rows = list(draft.rows.filter(project__service=self.service))
        to_do = [row for row in rows if row.phase_product != PhaseState.DONE]
        if not rows:
            reason = "Kein Projekt dieser Leistung hat eine Zeile im Entwurf der Projekte."
            self.missing.append(Missing(reason, f"Projekte: {draft}", form_address(draft)))
        elif not to_do:
            reason = "Im Entwurf der Projekte steht das Produkt schon auf „abgeschlossen“."
            self.missing.append(Missing(reason, f"Projekte: {draft}", form_address(draft)))
        elif self._may("projects.change_projectrow"):
            self.projects, self.project_rows = draft, to_do

    def _look_at_edition(self):
        draft = Edition.objects.draft()
        if draft is None:
            self._miss("Es gibt keinen Entwurf einer Ausgabe.", "Ausgaben", Edition)
        elif self._may("newsletter.add_article"):
            self.edition = draft

    def _miss(self, reason: str, link: str, model: type[Model]):
        self.missing.append(Missing(reason, link, _list_address(model)))


# --- forms -------------------------------------------------------------------------------------


class MonthlyForm(forms.Form):
    """Asks for a month; refuses when the service's months are no longer those that were shown."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    month = MonthFormField(label="Monat", error_messages={"required": MONTH_MISSING})

    def __init__(self, *args, service: Service, **kwargs):
        self.service = service
        super().__init__(*args, **kwargs)
        self.initial["seen"] = _months(service)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("seen") != _months(self.service):
            self.data = self.data.copy()
            self.data["seen"] = _months(self.service)  # what is sent next has seen this page
            fields = [Service._meta.get_field(name) for name in MONTHS]
            told = who_and_when(Service, self.service.pk, *fields)
            raise ValidationError(
                f"Die Monate dieser Leistung wurden inzwischen geändert: {months_in_words(self.service)} ({told}). "
                "Bitte prüfen Sie Ihre Angabe und senden Sie sie noch einmal."
            )
        return cleaned

    def save(self) -> list[Made]:
        """Write it; needs a transaction."""
        raise NotImplementedError

    def check(self, **months):
        """Set months of the service, and show what the rules of the database say to them."""
        for name, month in months.items():
            setattr(self.service, name, month)
        try:
            self.service.full_clean(validate_unique=False)
        except ValidationError as error:
            self.add_error("month", ValidationError(error.messages))


def months_in_words(service: Service) -> str:
    """ "geplant für 10/2022", "verfügbar seit 09/2022, eingestellt seit 11/2022"."""
    words = [
        ("geplant für", service.planned_for if service.available_since is None else None),
        ("verfügbar seit", service.available_since),
        ("eingestellt seit", service.discontinued_since),
    ]
    return ", ".join(f"{word} {format_month(month)}" for word, month in words if month) or "ohne Monat"


class AvailableForm(MonthlyForm):
    """Offers what may follow in the drafts; only what is possible has a field."""

    def __init__(self, *args, drafts: Drafts, **kwargs):
        super().__init__(*args, **kwargs)
        self.drafts = drafts
        self.initial["month"] = self.service.planned_for
        self.fields["month"].label = "verfügbar seit"
        self.fields["month"].help_text = f"Geplant war {format_month(self.service.planned_for)}."
        if drafts.rollout:
            self._offer_coverage()
        if drafts.projects:
            self._offer_projects()
        if drafts.edition:
            self._offer_article()

    def _offer_coverage(self):
        self.fields["coverage"] = forms.BooleanField(
            label=f"Zeile im Stand des Roll-Outs anlegen (Entwurf: {self.drafts.rollout})",
            help_text="Anzahl und Anteile bleiben leer: „keine Angabe“.",
            required=False,
            initial=True,
        )

    def _offer_projects(self):
        for row in self.drafts.project_rows:
            self.fields[f"project_{row.pk}"] = forms.BooleanField(
                label=f"Projekt „{row.label}“: Produkt auf „abgeschlossen“ setzen (Entwurf: {self.drafts.projects})",
                help_text=f"Jetzt steht dort „{self._product(row)}“.",
                required=False,
                initial=True,
            )

    def _offer_article(self):
        self.fields["article"] = forms.BooleanField(
            label=f"Beitrag entwerfen ({self.drafts.edition})",
            help_text="Er beginnt mit einem Satz zu Leistung, Vollzug und Monat, den Sie danach ergänzen.",
            required=False,
        )
        self.fields["title"] = forms.CharField(
            label="Überschrift des Beitrags",
            max_length=Article._meta.get_field("title").max_length,
            initial=f"{self.service.name}: jetzt verfügbar"[:300],
            required=False,
            widget=forms.TextInput(attrs={"class": "vTextField"}),
        )
        self.fields["rubric"] = forms.ModelChoiceField(
            self.drafts.edition.rubrics.order_by("position"),
            label="Rubrik des Beitrags",
            empty_label="später zuordnen",
            required=False,
        )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("article") and not cleaned.get("title") and "title" not in self.errors:
            self.add_error("title", "Bitte geben Sie dem Beitrag eine Überschrift.")
        if cleaned.get("month"):
            self.check(available_since=cleaned["month"])
        return cleaned

    def save(self) -> list[Made]:
        month = format_month(self.service.available_since)
        self.service.save(update_fields=["available_since"])
        made = [_made(f"Als verfügbar seit {month} gemeldet:", self.service)]
        if self.cleaned_data.get("coverage"):
            made.append(self._add_coverage())
        made += [
            self._finish(row)
            for row in self.drafts.project_rows
            if self.cleaned_data.get(f"project_{row.pk}")
        ]
        if self.cleaned_data.get("article"):
            made.append(self._draft_article(month))
        return made

    def _add_coverage(self) -> Made:
        report = self.drafts.rollout
        position = _next_place(report.rows)
        CoverageRow.objects.create(
            report=report, position=position, label=self.service.name, service=self.service
        )
        return _made("Zeile ohne Zahlen im Stand des Roll-Outs angelegt:", report)

    def _product(self, row: ProjectRow) -> str:
        return state_in_words(PhaseState(row.phase_product), self.drafts.projects.plan_year)

    def _finish(self, row: ProjectRow) -> Made:
        before = self._product(row)
        row.phase_product = PhaseState.DONE
        row.save(update_fields=["phase_product"])
        text = f"Projekt „{row.label}“: Produkt war „{before}“, jetzt „abgeschlossen“:"
        return _made(text, self.drafts.projects)

    def _draft_article(self, month: str) -> Made:
        name, level = escape(self.service.name), escape(self.service.level_heading)
        article = Article.objects.create(
            edition=self.drafts.edition,
            title=self.cleaned_data["title"],
            body=f"<p>Die Online-Verwaltungsleistung „{name}“ {level} ist seit {month} verfügbar.</p>",
        )
        article.services.add(self.service)
        rubric = self.cleaned_data["rubric"]
        if rubric:
            rubric.take(article)
        return _made("Beitrag entworfen:", article)


def _next_place(rows) -> int:
    return (rows.aggregate(last=Max("position"))["last"] or 0) + 1


def _made(text: str, obj: Model) -> Made:
    return Made(text, str(obj), form_address(obj))


class DiscontinuedForm(MonthlyForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["month"].label = "eingestellt seit"
        self.fields["month"].help_text = "Monat und Jahr, zum Beispiel 12/2022"

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("month"):
            self.check(discontinued_since=cleaned["month"])
        return cleaned

    def save(self) -> list[Made]:
        self.service.save(update_fields=["discontinued_since"])
        month = format_month(self.service.discontinued_since)
        return [_made(f"Als eingestellt seit {month} gemeldet:", self.service)]


class PostponedForm(MonthlyForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before = format_month(self.service.planned_for)
        self.fields["month"].label = "Fertigstellung geplant in"
        self.fields["month"].help_text = f"Bisher geplant: {self.before}."

    def clean(self):
        cleaned = super().clean()
        month = cleaned.get("month")
        if month and month == self.service.planned_for:
            self.add_error(
                "month", f"{self.before} ist schon der geplante Monat. Bitte geben Sie den neuen an."
            )
        elif month:
            self.check(planned_for=month)
        return cleaned

    def save(self) -> list[Made]:
        self.service.save(update_fields=["planned_for"])
        month = format_month(self.service.planned_for)
        return [_made(f"Plan verschoben von {self.before} auf {month}:", self.service)]


# --- pages -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Action:
    """One kind of report: `ready` says whether a service can be reported so, `refused` why not."""

    title: str
    button: str
    form: type[MonthlyForm]
    ready: Callable[[Service], bool]
    refused: str


def _is_planned(service: Service) -> bool:
    return service.is_planned


def _is_available(service: Service) -> bool:
    return not service.is_planned and not service.is_discontinued


NOT_PLANNED = "Diese Leistung ist nicht (mehr) geplant: {}."
AVAILABLE = Action("Als verfügbar melden", "Melden", AvailableForm, _is_planned, NOT_PLANNED)
DISCONTINUED = Action(
    "Als eingestellt melden",
    "Melden",
    DiscontinuedForm,
    _is_available,
    "Diese Leistung ist nicht verfügbar: {}.",
)
POSTPONED = Action("Plan verschieben", "Verschieben", PostponedForm, _is_planned, NOT_PLANNED)


@transaction.atomic
def report(request, pk: int, action: Action):
    """The page of one report. The service is locked while it is changed."""
    if not request.user.has_perm("catalogue.change_service"):
        raise PermissionDenied
    # NO KEY UPDATE: a row that takes the service meanwhile need not wait, and cannot be waited for in turn.
    services = Service.objects.select_for_update(no_key=True) if request.method == "POST" else Service.objects
    service: Service = get_object_or_404(services, pk=pk)
    if not action.ready(service):
        messages.warning(request, action.refused.format(months_in_words(service)))
        return HttpResponseRedirect(form_address(service))
    form = _form(request, service, action)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = form.save()
                connection.check_constraints()  # two rows on one place would be refused only at the very end
        except IntegrityError:  # a draft was published, or its rows changed, at the same moment
            form.add_error(
                None, "Nicht gespeichert: Ein Entwurf wurde gerade anderswo geändert. Bitte prüfen."
            )
        else:
            return _done(request, service, made)
    return render(request, "admin/monthly.html", _context(request, pk, action, form))


def _form(request, service, action) -> MonthlyForm:
    data = request.POST if request.method == "POST" else None
    if action is AVAILABLE:
        return AvailableForm(data, service=service, drafts=Drafts(service, request.user))
    return action.form(data, service=service)


def _done(request, service, made):
    admin.site.get_model_admin(Service).log_change(request, service, [{"changed": {"fields": ["Monat"]}}])
    for one in made:
        messages.success(request, format_html('{} <a href="{}">{}</a>', one.text, one.address, one.label))
    return HttpResponseRedirect(form_address(service))


def _context(request, pk, action, form):
    return {
        **admin.site.each_context(request),
        "opts": Service._meta,
        "original": Service.objects.get(pk=pk),  # as it is, whatever the form has tried
        "title": action.title,
        "button": action.button,
        "form": form,
        "missing": form.drafts.missing if action is AVAILABLE else [],
    }


def addresses(site) -> list:
    """The pages, for the admin's own addresses."""
    parts = [
        ("verfuegbar", "report_available", AVAILABLE),
        ("eingestellt", "report_discontinued", DISCONTINUED),
        ("verschieben", "postpone", POSTPONED),
    ]
    return [
        path(
            f"catalogue/service/<int:pk>/{part}/",
            site.admin_view(report),
            {"action": action},
            name=f"catalogue_service_{name}",
        )
        for part, name, action in parts
    ]
