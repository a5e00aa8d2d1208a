"""The editors' pages of who has what in use: one record, many of a service or of an authority at once."""

from copy import copy

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from django.utils import timezone

from catalogue.admin import ChoosesServices
from catalogue.models import Service
from stand import history
from stand.admin import EditorAdmin
from stand.draftadmin import Tool, form_address
from stand.forms import RuleForm, TextField
from stand.months import MonthFormField
from stand.templatetags.stand import number

from .adoption_exchange import HEADINGS, NOT_RECORDED, plan_of_adoptions, texts_of
from .models import Adoption, AdoptionState, Authority, RegisterEdition, Solution
from .recording import Duties, Entry, Heirloom, heirlooms, lock, pass_on, record, records_of
from .sheet_admin import SheetPages
from .ticking import Row, Ticking, tick_page

RIGHTS = ["rollout.add_adoption", "rollout.change_adoption", "rollout.delete_adoption"]


# --- one record --------------------------------------------------------------------------------


class AdoptionForm(RuleForm):
    """Of an authority that is competent only."""

    places = {
        "rollout_adoption_says_when": "since",
        "rollout_adoption_until_not_before_since": "until",
        "rollout_adoption_one_at_a_time": "since",
        "rollout_adoption_one_example_at_a_time": "since",
    }

    def _post_clean(self):
        super()._post_clean()
        wanted = ("authority", "service")
        if all(getattr(self.instance, f"{name}_id") for name in wanted) and not self.errors.keys() & set(
            wanted
        ):
            refusal = Duties([self.instance.service]).refusal(self.instance)
            if refusal:
                self.add_error("authority", refusal)


class AdoptionDistrictFilter(admin.SimpleListFilter):
    title = "Landkreis"
    parameter_name = "landkreis"

    def lookups(self, request, model_admin):
        return list(Authority.objects.districts().values_list("key", "name"))

    def queryset(self, request, queryset):
        known = dict(self.lookup_choices)
        return queryset.filter(authority__key__startswith=self.value()) if self.value() in known else queryset


@admin.register(Adoption)
class AdoptionAdmin(SheetPages, ChoosesServices, EditorAdmin):
    form = AdoptionForm
    sheet_headings = HEADINGS
    sheet_explanation = (
        "Die Datei ergänzt und ändert: Was sie nicht nennt, bleibt. Ein Eintrag wird an Leistung, Schlüssel und dem "
        "Monat erkannt, in dem er beginnt; ohne „seit“ gilt der Monat von „geprüft am“.",
        "Mit „nicht erfasst“ wird ein Eintrag entfernt. Beispieldaten stehen nicht in Dateien.",
    )
    list_display = ["authority", "service", "state", "months", "solution_label", "checked_on", "illustrative"]
    list_filter = ["state", "solution", AdoptionDistrictFilter, "illustrative", "service"]
    list_select_related = ["authority", "service"]
    list_per_page = 100
    search_fields = ["authority__name", "authority__key", "service__name"]
    search_help_text = "Kommune, Schlüssel oder Leistung"
    fields = [
        "authority",
        "service",
        "state",
        "since",
        "until",
        "checked_on",
        "solution",
        "note",
        "illustrative",
    ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "authority":
            kwargs["queryset"] = Authority.objects.by_name()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def may_import(self, request, obj):
        return request.user.has_perms(RIGHTS)

    def sheet_file_name(self, obj):
        return "einsatz"

    def sheet_rows(self, request, obj):
        """What the list shows with its filters and search; without the examples."""
        adoptions = self.get_changelist_instance(request).get_queryset(request)
        found = adoptions.real().select_related("authority", "service")
        return map(texts_of, found.order_by("service__slug", "authority__key", "since", "pk"))

    def sheet_plan(self, obj, sheet):
        return plan_of_adoptions(sheet)

    @admin.display(description="Zeit", ordering="since")
    def months(self, obj):
        return obj.in_words.removeprefix(str(obj.get_state_display())).strip()

    @admin.display(description="Lösung", ordering="solution")
    def solution_label(self, obj):
        return obj.get_solution_display()


# --- many at once ------------------------------------------------------------------------------

KEEP, UNKNOWN, NOTHING = "bleibt", "unbekannt", "nicht-erfasst"


class EntryForm(forms.Form):
    """What is recorded of all ticked rows."""

    state = forms.ChoiceField(
        label="Einsatz",
        initial=AdoptionState.USED,
        choices=[*AdoptionState.choices, (NOTHING, "nicht erfasst: den letzten Eintrag entfernen")],
    )
    since = MonthFormField(
        label="seit", required=False, help_text="Monat und Jahr, zum Beispiel 09/2022; leer, wenn unbekannt"
    )
    checked_on = forms.DateField(
        label="geprüft am",
        required=False,
        initial=timezone.localdate,
        widget=forms.DateInput(format="%d.%m.%Y", attrs={"size": 10}),
        input_formats=["%d.%m.%Y", "%Y-%m-%d"],
        help_text="Tag, an dem man es wusste, zum Beispiel 05.10.2022",
        error_messages={"invalid": "Bitte geben Sie einen Tag an, zum Beispiel 05.10.2022."},
    )
    solution = forms.ChoiceField(
        label="Lösung",
        initial=KEEP,
        choices=[
            (KEEP, "wie bisher, sonst unbekannt"),
            *(choice for choice in Solution.choices if choice[0]),
            (UNKNOWN, "unbekannt"),
        ],
    )
    note = TextField(
        label="Hinweis",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text="zum Beispiel die Quelle; leer: bleibt wie bisher",
    )

    def clean(self):
        cleaned = super().clean()
        recorded = cleaned.get("state") != NOTHING
        if recorded and not self.errors and not cleaned["since"] and not cleaned["checked_on"]:
            self.add_error("since", "Bitte angeben, seit wann das gilt oder an welchem Tag es geprüft wurde.")
        return cleaned

    @staticmethod
    def entry(cleaned) -> Entry:
        solutions = {KEEP: None, UNKNOWN: Solution.UNKNOWN}
        return Entry(
            state="" if cleaned["state"] == NOTHING else cleaned["state"],
            since=cleaned["since"],
            checked_on=cleaned["checked_on"],
            solution=solutions.get(cleaned["solution"], cleaned["solution"]),
            note=cleaned["note"] or None,
        )


def row_of(number_: int, names: tuple[str, ...], records: list[Adoption], subject, **kwargs) -> Row:
    """A line with what is recorded last; `subject` is the authority and the service."""
    last = records[-1] if records else None
    told = last.in_words if last else NOT_RECORDED
    return Row(
        number=number_,
        cells=(*names, told, str(last.get_solution_display()) if last else "", last.note if last else ""),
        shown=_shown(last),
        subject=subject,
        status=str(last.get_state_display()) if last and last.until is None else NOT_RECORDED,
        told=lambda: history.who_and_when(Adoption, last.pk) if last else "",
        **kwargs,
    )


def _shown(last: Adoption | None) -> list:
    if last is None:
        return []
    return [
        last.pk,
        last.state,
        last.solution,
        last.note,
        *map(str, (last.since, last.until, last.checked_on)),
    ]


def record_rows(rows: list[Row], cleaned) -> str:
    done = record([row.subject for row in rows], EntryForm.entry(cleaned))
    parts = [
        f"{count} {words}"
        for count, words in (
            (len(done.made), "neu erfasst"),
            (len(done.changed), "geändert"),
            (len(done.removed), "entfernt"),
        )
        if count
    ]
    return f"Einsatz: {', '.join(parts) or 'nichts war zu ändern'}."


class RecordsAdoptions:
    """Adds the page "Einsatz" to that of a service or an authority."""

    # The heading of what stands in the first columns.
    adoption_headings: tuple[str, ...]
    adoption_introduction: tuple[str, ...] = ()
    adoption_empty: str

    def adoption_rows(self, obj) -> list[Row]:
        raise NotImplementedError

    def adoption_services(self, obj) -> list[Service]:
        """Those of which nobody else may change something meanwhile."""
        raise NotImplementedError

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_adoptions"
        view = self.admin_site.admin_view(self.adoptions_view)
        return [path("<int:pk>/einsatz/", view, name=name), *super().get_urls()]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if not request.user.has_perm("rollout.view_adoption"):
            return tools
        return [*tools, Tool("Einsatz eintragen", self.address_of("adoptions", obj.pk))]

    def adoptions_view(self, request, pk):
        obj = self.get_object(request, str(pk))
        if obj is None:
            raise Http404(f"{self.opts.verbose_name} gibt es nicht.")
        may_change = request.user.has_perms(RIGHTS)
        if not request.user.has_perm("rollout.view_adoption") or (
            request.method == "POST" and not may_change
        ):
            raise PermissionDenied
        ticking = Ticking(
            title="Einsatz eintragen",
            headings=(*self.adoption_headings, "zuletzt erfasst", "Lösung", "Hinweis"),
            rows=lambda: self.adoption_rows(obj),
            act=record_rows,
            lock=lambda: lock(self.adoption_services(obj)),
            form=EntryForm,
            button="Für alle angekreuzten eintragen",
            may_change=may_change,
            introduction=self.adoption_introduction,
            empty=self.adoption_empty,
            status_label="Einsatz",
        )
        return tick_page(self, request, obj, ticking)


SAME_AGAIN = (
    "Derselbe Einsatz noch einmal ändert den letzten Eintrag; ein anderer beendet ihn im Monat vor dem neuen. "
    "Einzelne Einträge lassen sich unter „Einsatz in Kommunen“ berichtigen. Beispieldaten stehen hier nicht."
)


class AdoptionsOfService(RecordsAdoptions):
    """For the page of a service: those who are competent for it."""

    adoption_headings = ("Kommune", "Landkreis", "Einwohner")
    adoption_introduction = ("Hier stehen alle, die für die Leistung zuständig sind.", SAME_AGAIN)
    adoption_empty = (
        "Wer zuständig ist, steht noch nicht fest oder ist nur als Beispiel angenommen: Bitte legen Sie es im "
        "Formular der Leistung fest."
    )

    def adoption_services(self, obj):
        return [obj]

    def adoption_rows(self, obj):
        edition = RegisterEdition.objects.newest()
        if edition is None or not hasattr(obj, "competence") or obj.competence.illustrative:
            return []
        records = records_of(obj.adoptions.real().select_related("authority"))
        authorities = Authority.objects.in_register(edition).filter(
            pk__in=edition.competences.of_service(obj).values("authority")
        )
        return [
            row_of(
                one.pk,
                (one.full_name, one.district_name or "", number(one.population or 0)),
                records.get((one.pk, obj.pk), []),
                (one, obj),
                district=one.district_name or "",
                keys=one.key,
                address=form_address(one),
            )
            for one in authorities.by_name()
        ]


class AdoptionsOfAuthority(RecordsAdoptions):
    """For the page of an authority: the services that it is competent for."""

    adoption_headings = ("Leistung", "Vollzug")
    adoption_introduction = ("Hier stehen alle Leistungen, für die die Kommune zuständig ist.", SAME_AGAIN)
    adoption_empty = (
        "Für keine Leistung ist festgelegt, dass diese Kommune zuständig ist. Vielleicht ist es ihre "
        "Verwaltungseinheit oder ihr Landkreis."
    )

    def adoption_services(self, obj):
        return list(self._services(obj))

    def _services(self, obj):
        edition = RegisterEdition.objects.newest()
        duties = obj.duties.filter(edition=edition)
        return Service.objects.filter(
            competence__set__in=duties.values("set"), competence__illustrative=False
        ).order_by("name", "level")

    def adoption_rows(self, obj):
        records = records_of(obj.adoptions.real().select_related("service"))
        return [
            row_of(
                service.pk,
                (service.name, str(service.get_level_display())),
                records.get((obj.pk, service.pk), []),
                (obj, service),
                address=form_address(service),
            )
            for service in self._services(obj)
        ]


# --- what passes on ----------------------------------------------------------------------------


class PassingForm(forms.Form):
    """From when on the successor has it."""

    since = MonthFormField(
        label="seit", required=False, help_text="der Monat der Rechtsnachfolge; leer, wenn unbekannt"
    )
    checked_on = EntryForm.base_fields["checked_on"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned["since"] and not cleaned["checked_on"]:
            self.add_error("since", "Bitte angeben, seit wann das gilt oder an welchem Tag es geprüft wurde.")
        return cleaned


class PassesAdoptionsOn:
    """Adds to the page of a succession what may pass on to the successor, from all who went into it."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.passing_view)
        return [path("<int:pk>/einsatz/", view, name="rollout_succession_passing"), *super().get_urls()]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if not request.user.has_perm("rollout.add_adoption"):
            return tools
        return [*tools, Tool("Einsatz übergehen lassen", self.address_of("passing", obj.pk))]

    def passing_view(self, request, pk):
        succession = self.get_object(request, str(pk))
        if succession is None:
            raise Http404("Diese Rechtsnachfolge gibt es nicht.")
        if not request.user.has_perm("rollout.add_adoption"):
            raise PermissionDenied
        successor = succession.successor
        form = type("Form", (PassingForm,), {"since": _month_of(succession)})
        ticking = Ticking(
            title=f"Einsatz auf {successor.full_name} übergehen lassen",
            headings=("Leistung", "im Einsatz bei", "zuständig waren", "beim Nachfolger erfasst"),
            rows=lambda: [_passing_row(one) for one in heirlooms(successor)],
            act=lambda rows, cleaned: _pass_on(successor, rows, cleaned),
            lock=lambda: lock([one.service for one in heirlooms(successor)]),
            form=form,
            button="Angekreuzte übergehen lassen",
            may_change=True,
            introduction=(
                "Hier steht, was die bisherigen Kommunen im Einsatz hatten. Angekreuzt ist, was alle hatten, die "
                "zuständig waren; über den Rest entscheiden Sie. Die Einträge der bisherigen Kommunen bleiben.",
            ),
            empty="Von den bisherigen Kommunen ist nichts erfasst, wofür der Nachfolger zuständig ist.",
        )
        return tick_page(self, request, succession, ticking)


def _month_of(succession):
    field = copy(PassingForm.base_fields["since"])
    field.initial = succession.date.replace(day=1) if succession.date else None
    return field


def _passing_row(one: Heirloom) -> Row:
    had = [adoption.authority.full_name for adoption in one.had]
    competent = [authority.full_name for authority in one.competent]
    return Row(
        number=one.service.pk,
        cells=(
            f"{one.service.name} ({one.service.get_level_display()})",
            ", ".join(had),
            ", ".join(competent),
            one.existing.in_words if one.existing else NOT_RECORDED,
        ),
        shown=[had, competent, _shown(one.existing)],
        subject=one,
        ticked=one.is_proposed,
        address=form_address(one.service),
        told=lambda: history.who_and_when(Adoption, one.existing.pk) if one.existing else "",
    )


def _pass_on(successor, rows, cleaned) -> str:
    count = pass_on(successor, [row.subject for row in rows], cleaned["since"], cleaned["checked_on"])
    services = "1 Leistung" if count == 1 else f"{count} Leistungen"
    return f"Einsatz von {services} auf {successor.full_name} übergegangen."
