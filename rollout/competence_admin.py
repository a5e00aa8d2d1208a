"""The editors' pages of who is competent: sets, who it is in each municipality, and which set a service goes by."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path

from catalogue.admin import ServiceAdmin
from catalogue.models import Service
from stand import history
from stand.admin import EditorAdmin, Table
from stand.draftadmin import Tool
from stand.exchange import Difference
from stand.forms import RuleForm
from stand.uploads import Sheet

from .adoption_admin import AdoptionsOfService
from .competence import decide, decisions, within
from .models import Authority, Competence, CompetenceSet, RegisterEdition, ServiceCompetence
from .recording import Refused
from .sheet_admin import Heading, SheetFault, SheetPages, SheetPlan, lines_of
from .ticking import Row, Ticking, tick_page

# --- which set a service goes by ---------------------------------------------------------------

MOST_NAMED = 5


class ServiceCompetenceForm(RuleForm):
    """A set that fits what is recorded already."""

    def clean(self):
        cleaned = super().clean()
        kept = cleaned.get("set")
        if kept is None or self.instance.service_id is None or "set" not in self.changed_data:
            return cleaned
        adoptions = self.instance.service.adoptions.real().filter(until=None, authority__closed_on=None)
        competent = kept.competences.filter(edition=RegisterEdition.objects.newest())
        strangers = Authority.objects.filter(
            pk__in=adoptions.exclude(authority__in=competent.values("authority")).values("authority")
        ).by_name()
        names = [one.full_name for one in strangers]
        if names:
            more = f" und {len(names) - MOST_NAMED} weitere" if len(names) > MOST_NAMED else ""
            self.add_error(
                "set",
                f"Danach wären nicht zuständig, obwohl ihr Einsatz erfasst ist: {', '.join(names[:MOST_NAMED])}{more}. "
                "Bitte berichtigen Sie erst deren Einträge.",
            )
        return cleaned


class ServiceCompetenceTable(Table):
    model = ServiceCompetence
    form = ServiceCompetenceForm
    fields = ["set", "illustrative"]
    max_num = 1
    # Django heads a table of one row with the singular.
    verbose_name = verbose_name_plural = "Zuständigkeit"


# The catalogue knows nothing of competences; its page is completed from here.
admin.site.unregister(Service)


@admin.register(Service)
class ServiceWithCompetenceAdmin(AdoptionsOfService, ServiceAdmin):
    inlines = [*ServiceAdmin.inlines, ServiceCompetenceTable]


# --- sets --------------------------------------------------------------------------------------

TO_DECIDE, DECIDED = "zu entscheiden", "festgelegt"
# Filters the list of municipalities.
OPEN_ONLY = urlencode({"zustand": TO_DECIDE})
PROPOSAL, OWN, UNIT, DISTRICT, NAMED = "vorschlag", "selbst", "einheit", "landkreis", "behoerde"


class CompetentForm(forms.Form):
    """Who is competent in all ticked municipalities."""

    who = forms.ChoiceField(
        label="zuständig ist",
        initial=PROPOSAL,
        choices=[
            (PROPOSAL, "wer vorgeschlagen ist"),
            (OWN, "die Gemeinde selbst"),
            (UNIT, "ihre Verwaltungsgemeinschaft, ihr Verwaltungsverband oder sie selbst"),
            (DISTRICT, "ihr Landkreis oder die Kreisfreie Stadt selbst"),
            (NAMED, "die Behörde mit diesem Schlüssel:"),
        ],
    )
    key = forms.CharField(
        label="Schlüssel", required=False, max_length=12, help_text="zum Beispiel 14522 oder 14627210"
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("who") != NAMED:
            return cleaned
        authority = Authority.objects.current().at_address(cleaned.get("key", "").strip()).first()
        if authority is None:
            self.add_error(
                "key", "Diesen Schlüssel gibt es nicht. Bitte geben Sie ihn wie 14522 oder 14627210 an."
            )
        return cleaned | {"authority": authority}


HEADINGS = (
    Heading("Gemeindeschlüssel", needed=True),
    Heading("Gemeinde", read=False),
    Heading("Schlüssel der Behörde", needed=True),
    Heading("zuständige Behörde", read=False),
)


class CompetenceSetForm(RuleForm):
    places = {"rollout_competenceset_territory_of_its_rule": "territory"}


@admin.register(CompetenceSet)
class CompetenceSetAdmin(SheetPages, EditorAdmin):
    form = CompetenceSetForm
    list_display = ["name", "key", "rule", "territory", "authorities", "open", "services"]
    search_fields = ["name", "key"]
    search_help_text = "Bezeichnung oder Kürzel"
    fields = ["name", "key", "territory", "note", "rule"]
    sheet_of_object = True
    sheet_headings = HEADINGS
    sheet_explanation = (
        "Die Datei ist die ganze Tabelle zum neuesten Register: Jede Gemeinde steht genau einmal darin. "
        "Auch die Tabelle einer Zuständigkeit, die aus dem Register entsteht, eignet sich als Anfang.",
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_counts(RegisterEdition.objects.newest())

    def get_readonly_fields(self, request, obj=None):
        return ["rule", "key", "territory"] if obj else ["rule"]

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_by_hand)

    @admin.display(description="Behörden", ordering="authority_count")
    def authorities(self, obj):
        return obj.authority_count

    @admin.display(description="Leistungen", ordering="service_count")
    def services(self, obj):
        return obj.service_count

    @admin.display(description="Gemeinden ohne Behörde")
    def open(self, obj):
        return obj.territory_count - obj.municipality_count

    # --- municipalities ---

    def get_urls(self):
        view = self.admin_site.admin_view(self.places_view)
        name = "rollout_competenceset_places"
        return [path("<int:pk>/gemeinden/", view, name=name), *super().get_urls()]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        return [Tool("Zuständigkeit je Gemeinde", self.address_of("places", obj.pk)), *tools]

    def _may_decide(self, request, obj) -> bool:
        return obj.is_by_hand and self.has_change_permission(request, obj)

    def places_view(self, request, pk):
        kept = self.get_object(request, str(pk))
        edition = RegisterEdition.objects.newest()
        if kept is None or edition is None:
            raise Http404("Diese Zuständigkeit gibt es nicht, oder noch kein Register.")
        may_change = self._may_decide(request, kept)
        if not self.has_view_permission(request, kept) or (request.method == "POST" and not may_change):
            raise PermissionDenied
        introduction = [f"{edition}. Gilt für: {kept.get_territory_display()}."]
        introduction += [] if kept.is_by_hand else ["Diese Zuständigkeit entsteht aus dem Register."]
        ticking = Ticking(
            title="Zuständigkeit je Gemeinde",
            headings=(
                "Gemeinde",
                "Landkreis",
                "zuständig",
                "im Register davor",
                "Vorschlag",
                "zu entscheiden",
            ),
            rows=lambda: [_row(one) for one in decisions(kept, edition)],
            act=lambda rows, cleaned: _decide(kept, edition, rows, cleaned),
            lock=lambda: list(CompetenceSet.objects.select_for_update().filter(pk=kept.pk)),
            form=CompetentForm,
            button="Für alle angekreuzten festlegen",
            may_change=may_change,
            introduction=tuple(introduction),
        )
        return tick_page(self, request, kept, ticking)

    # --- files ---

    def may_import(self, request, obj):
        return self._may_decide(request, obj) and RegisterEdition.objects.exists()

    def sheet_file_name(self, obj):
        return f"zustaendigkeit-{obj.key}"

    def sheet_rows(self, request, obj):
        rows = obj.competences.filter(edition=RegisterEdition.objects.newest()).with_authorities()
        return [
            [row.municipality.key, row.municipality.name, row.authority.key, row.authority.full_name]
            for row in rows
        ]

    def sheet_plan(self, obj, sheet):
        list(CompetenceSet.objects.select_for_update().filter(pk=obj.pk))
        return plan_of_competences(obj, RegisterEdition.objects.newest(), sheet)


def _row(one) -> Row:
    municipality = one.row.authority
    district = "" if one.row.is_urban else one.row.district.name
    names = [
        authority.full_name if authority else "" for authority in (one.competent, one.before, one.proposal)
    ]
    return Row(
        number=municipality.pk,
        cells=(municipality.name, district, *names, one.reason),
        shown=one.competent.pk if one.competent else None,
        subject=one,
        district=district,
        status=TO_DECIDE if one.competent is None else DECIDED,
        keys=municipality.key,
        ticked=one.proposal is not None,
        told=lambda: _who_decided(one),
    )


def _who_decided(one) -> str:
    row = Competence.objects.filter(municipality=one.row.authority, edition=one.row.edition_id).first()
    return history.who_and_when(Competence, row.pk) if row else ""


def _decide(kept, edition, rows, cleaned) -> str:
    competent, unknown = {}, []
    for row in rows:
        authority = _competent(row.subject, cleaned)
        if authority is None:
            unknown.append(row.name)
        else:
            competent[row.number] = authority
    if unknown:
        raise Refused(
            [f"{name}: Es ist niemand vorgeschlagen. Bitte wählen Sie jemanden." for name in unknown]
        )
    count = decide(kept, edition, competent)
    return (
        "Zuständigkeit in 1 Gemeinde festgelegt."
        if count == 1
        else f"Zuständigkeit in {count} Gemeinden festgelegt."
    )


def _competent(one, cleaned) -> int | None:
    if cleaned["who"] == PROPOSAL:
        return one.proposal.pk if one.proposal else None
    if cleaned["who"] == NAMED:
        return cleaned["authority"].pk
    return {OWN: one.row.authority_id, UNIT: one.row.unit_id, DISTRICT: one.row.district_id}[cleaned["who"]]


def plan_of_competences(kept: CompetenceSet, edition: RegisterEdition, sheet: Sheet) -> SheetPlan:
    """What a file says of all municipalities of the territory; SheetFault for a gap, a double and unknown keys."""
    register = list(edition.municipalities.with_authorities())
    places = {row.authority.key: row.authority for row in within(kept.territory, register)}
    present = {one.key: one for row in register for one in (row.authority, row.district, row.unit)}
    # The five digits of a Kreisfreie Stadt are its second key.
    present |= {
        one.district_key: one for one in list(present.values()) if one.kind == one.Kind.URBAN_DISTRICT
    }
    found: dict[str, Authority] = {}
    errors = []
    for number, texts in lines_of(sheet):
        key, authority_key = texts["Gemeindeschlüssel"], texts["Schlüssel der Behörde"]
        if key not in places:
            outside = key in present and present[key].is_municipality
            why = (
                f"gehört nicht dazu (gilt für: {kept.get_territory_display()})"
                if outside
                else f"steht im {edition} nicht als Gemeinde"
            )
            errors.append(f"Zeile {number}, Gemeindeschlüssel: „{key}“ {why}.")
        elif key in found:
            errors.append(f"Zeile {number}, Gemeindeschlüssel: {places[key]} steht schon weiter oben.")
        elif authority_key not in present:
            errors.append(
                f"Zeile {number}, Schlüssel der Behörde: „{authority_key}“ steht nicht im {edition} "
                f"(für {places[key]})."
            )
        else:
            found[key] = present[authority_key]
    missing = [] if errors else [str(one) for key, one in places.items() if key not in found]
    errors += [f"Für {name} steht keine Behörde in der Datei." for name in missing]
    if errors:
        raise SheetFault(errors)
    known = {row.municipality.key: row for row in kept.competences.filter(edition=edition).with_authorities()}
    numbers = {texts["Gemeindeschlüssel"]: number for number, texts in lines_of(sheet)}
    differences = [
        Difference(
            "geändert" if key in known else "neu",
            numbers[key],
            str(places[key]),
            [("zuständige Behörde", str(known[key].authority) if key in known else "", str(authority))],
        )
        for key, authority in found.items()
        if key not in known or known[key].authority != authority
    ]
    return SheetPlan(
        differences=differences,
        state=[edition.pk, *sorted([row.municipality_id, row.authority_id] for row in known.values())],
        apply=lambda: decide(kept, edition, {places[key].pk: one.pk for key, one in found.items()}),
    )
