"""The editors' pages of the register: look at it, read a new edition in, say who took whose place."""

import datetime

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html

from stand.admin import EditorAdmin, ReadOnlyAdmin
from stand.draftadmin import Tool
from stand.forms import RuleForm
from stand.templatetags.stand import number

from .adoption_admin import AdoptionsOfAuthority, PassesAdoptionsOn
from .competence_admin import OPEN_ONLY
from .models import Authority, AuthorityKind, CompetenceSet, RegisterEdition, Succession
from .register import LARGEST_FILE, RegisterFault, from_plain, parse, to_plain
from .register_import import plan, take_over, with_population_date

# --- authorities -------------------------------------------------------------------------------


class DistrictFilter(admin.SimpleListFilter):
    title = "Landkreis"
    parameter_name = "landkreis"

    def lookups(self, request, model_admin):
        return list(Authority.objects.districts().values_list("key", "name"))

    def queryset(self, request, queryset):
        known = dict(self.lookup_choices)
        return queryset.within_district(self.value()) if self.value() in known else queryset


class LifeFilter(admin.SimpleListFilter):
    """What somebody has to decide is who took the place of whom, so that it can be listed."""

    title = "Bestand"
    parameter_name = "bestand"

    def lookups(self, request, model_admin):
        return [
            ("heute", "im neuesten Register"),
            ("frueher", "nicht mehr im Register"),
            ("offen", "nicht mehr im Register, ohne Rechtsnachfolge"),
        ]

    def queryset(self, request, queryset):
        if self.value() == "heute":
            return queryset.current()
        if self.value() == "frueher":
            return queryset.closed()
        return queryset.without_successor() if self.value() == "offen" else queryset


class AuthorityForm(RuleForm):
    """What the register does not know; `kind` is what the rule about it needs."""

    known = ("kind",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "is_grosse_kreisstadt" in self.fields and self.instance.kind != AuthorityKind.MUNICIPALITY:
            self.fields["is_grosse_kreisstadt"].disabled = True


class AuthorityListForm(AuthorityForm):
    """A row of the list; each tick brings along what it showed, so that nobody takes back a newer one unseen."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["is_grosse_kreisstadt"].show_hidden_initial = True


@admin.register(Authority)
class AuthorityAdmin(AdoptionsOfAuthority, EditorAdmin):
    form = AuthorityForm
    list_display = ["in_list", "key", "kind", "district", "inhabitants", "is_grosse_kreisstadt", "closed"]
    list_editable = ["is_grosse_kreisstadt"]
    list_filter = ["kind", DistrictFilter, "is_grosse_kreisstadt", LifeFilter]
    list_per_page = 100
    search_fields = ["name"]
    search_help_text = "Name oder Schlüssel, zum Beispiel 14713000"
    fields = ["name", "designation", "key", "kind", "is_grosse_kreisstadt", "closed_on"]
    readonly_fields = ["name", "designation", "key", "kind", "closed_on"]

    def get_queryset(self, request):
        authorities = super().get_queryset(request)
        edition = RegisterEdition.objects.newest()
        return authorities.in_register(edition) if edition else authorities.in_no_register()

    def get_search_results(self, request, queryset, search_term):
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    def get_changelist_form(self, request, **kwargs):
        return super().get_changelist_form(request, **{"form": AuthorityListForm, **kwargs})

    @admin.display(description="Name", ordering="sort_name")
    def in_list(self, obj):
        return obj.name

    @admin.display(description="gegangen", ordering="closed_on", empty_value="")
    def closed(self, obj):
        return obj.closed_on

    @admin.display(description="Landkreis", ordering="district_name", empty_value="")
    def district(self, obj):
        return obj.district_name if obj.kind != AuthorityKind.DISTRICT else None

    @admin.display(description="Einwohner", ordering="population", empty_value="")
    def inhabitants(self, obj):
        return None if obj.population is None else number(obj.population)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


# --- successions -------------------------------------------------------------------------------


class SuccessionForm(RuleForm):
    places = {"rollout_succession_of_another": "successor", "rollout_succession_once": "successor"}

    def clean_predecessor(self):
        predecessor = self.cleaned_data["predecessor"]
        if predecessor.closed_on is None:
            raise forms.ValidationError(
                f"{predecessor.full_name} steht noch im Register. Bitte wählen Sie eine Kommune, "
                "die es nicht mehr gibt."
            )
        return predecessor


@admin.register(Succession)
class SuccessionAdmin(PassesAdoptionsOn, EditorAdmin):
    form = SuccessionForm
    list_display = ["predecessor", "successor", "date"]
    list_select_related = ["predecessor", "successor"]
    search_fields = ["predecessor__name", "predecessor__key", "successor__name", "successor__key"]
    search_help_text = "Name oder Schlüssel"
    fields = ["predecessor", "successor", "date"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        closed = db_field.name == "predecessor"
        kwargs["queryset"] = Authority.objects.closed().by_name() if closed else Authority.objects.by_name()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


# --- editions ----------------------------------------------------------------------------------


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Datei",
        help_text=(
            "Gemeindeverzeichnis des Statistischen Bundesamtes, wie veröffentlicht: der „Auszug“ als XLSX "
            f"oder GV100AD als Text in UTF-8, höchstens {LARGEST_FILE // 2**20} MB."
        ),
        error_messages={"required": "Bitte wählen Sie eine Datei.", "empty": "Die Datei ist leer."},
    )
    population_date = forms.DateField(
        label="Einwohner vom",
        required=False,
        input_formats=["%d.%m.%Y", "%Y-%m-%d"],
        widget=forms.TextInput(attrs={"size": 10, "placeholder": "TT.MM.JJJJ"}),
        help_text="Nur wo die Datei es nicht nennt, wie bei GV100AD, zum Beispiel 31.12.2022.",
        error_messages={"invalid": "Bitte geben Sie einen Tag an, zum Beispiel 31.12.2022."},
    )

    plan = None

    def clean(self):
        cleaned = super().clean()
        file = cleaned.get("file")
        if not file or self.errors:
            return cleaned
        try:
            if file.size > LARGEST_FILE:  # before it is read into memory
                raise RegisterFault(f"Die Datei ist größer als {LARGEST_FILE // 2**20} MB.")
            register = parse(file.read(), settings.STATE_KEY)
        except RegisterFault as fault:
            self.add_error("file", str(fault))
            return cleaned
        try:
            self.plan = plan(with_population_date(register, cleaned["population_date"]))
        except RegisterFault as fault:
            asks_for_date = register.population_date is None and not cleaned["population_date"]
            self.add_error("population_date" if asks_for_date else "file", str(fault))
        return cleaned


# What somebody was shown travels through their browser, signed: the confirmed file is the one that was shown.
SALT = "rollout.register"
HOURS_TO_DECIDE = 12
MERGED = (
    'Zusammenschlüsse sind als <a href="{}">Rechtsnachfolgen</a> angelegt: Bitte tragen Sie den Tag nach und '
    "entscheiden Sie, welcher Einsatz übergeht."
)
PAST = "Die Prüfung ist zu alt oder unvollständig angekommen. Bitte wählen Sie die Datei noch einmal."


class ConfirmForm(forms.Form):
    checked = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    @classmethod
    def showing(cls, found, file_name, user):
        """The form that carries a plan."""
        seen = {
            "register": to_plain(found.register),
            "file_name": file_name,
            "state": found.state,
            "user": user.pk,
        }
        return cls(initial={"checked": signing.dumps(seen, salt=SALT, compress=True)}, user=user)

    def clean_checked(self):
        try:
            age = datetime.timedelta(hours=HOURS_TO_DECIDE)
            seen = signing.loads(self.cleaned_data["checked"], salt=SALT, max_age=age)
        except signing.BadSignature:
            raise forms.ValidationError(PAST) from None
        if seen["user"] != self.user.pk:
            raise forms.ValidationError(PAST)
        return seen

    def take_over(self):
        seen = self.cleaned_data["checked"]
        return take_over(from_plain(seen["register"]), seen["file_name"], expected_state=seen["state"])


@admin.register(RegisterEdition)
class RegisterEditionAdmin(ReadOnlyAdmin):
    list_display = [
        "edition",
        "population_date",
        "municipality_count",
        "district_count",
        "unit_count",
        "inhabitants",
        "imported_at",
    ]
    fields = [
        "territory_date",
        "population_date",
        "municipality_count",
        "district_count",
        "unit_count",
        "inhabitants",
        "layout",
        "source",
        "file_name",
        "imported_at",
    ]
    readonly_fields = ["municipality_count", "district_count", "unit_count", "inhabitants"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_counts()

    @admin.display(description="Register", ordering="territory_date")
    def edition(self, obj):
        return str(obj)

    @admin.display(description="Gemeinden")
    def municipality_count(self, obj):
        return obj.municipality_count

    @admin.display(description="Landkreise und Kreisfreie Städte")
    def district_count(self, obj):
        return obj.district_count

    @admin.display(description="Verwaltungseinheiten")
    def unit_count(self, obj):
        return obj.unit_count

    @admin.display(description="Einwohner")
    def inhabitants(self, obj):
        return number(obj.population)

    def may_import(self, request) -> bool:
        return request.user.has_perm("rollout.add_registeredition")

    def list_tools(self, request):
        tools = super().list_tools(request)
        if not self.may_import(request):
            return tools
        return [*tools, Tool("Register einlesen", self.address_of("import"))]

    def get_urls(self):
        views = [("einlesen", "import", self.import_view), ("uebernehmen", "confirm", self.confirm_view)]
        return [
            *(
                path(f"{part}/", self.admin_site.admin_view(view), name=f"rollout_registeredition_{name}")
                for part, name, view in views
            ),
            *super().get_urls(),
        ]

    def import_view(self, request):
        """The choice of a file, and then what it would change."""
        if not self.may_import(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if request.method == "POST" and form.is_valid():
            confirm = ConfirmForm.showing(form.plan, form.cleaned_data["file"].name, request.user)
            return self._page(request, "admin/register_difference.html", form=confirm, plan=form.plan)
        return self._page(request, "admin/register_import.html", form=form)

    def confirm_view(self, request):
        """Takes over what was shown, or says why not."""
        if not self.may_import(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(self.address_of("import"))
        form = ConfirmForm(request.POST, user=request.user)
        try:
            if not form.is_valid():
                raise RegisterFault(PAST)
            found = form.take_over()
        except RegisterFault as fault:
            self.message_user(request, str(fault), messages.ERROR)
            return HttpResponseRedirect(self.address_of("import"))
        edition = RegisterEdition.objects.newest()
        self.log_addition(request, edition, [{"added": {}}])
        self.message_user(request, f"{edition} ist eingelesen.", messages.SUCCESS)
        for kept in CompetenceSet.objects.with_gaps(edition):
            address = self.admin_site.get_model_admin(CompetenceSet).address_of("places", kept.pk)
            link = format_html('<a href="{}?{}">{}</a>', address, OPEN_ONLY, kept.gap_in_words)
            self.message_user(request, link, messages.WARNING)
        if found.difference.mergers:
            successions = self.admin_site.get_model_admin(Succession).address_of("changelist")
            self.message_user(request, format_html(MERGED, successions), messages.WARNING)
        if found.difference.undecided:
            return HttpResponseRedirect(self._undecided(request))
        return HttpResponseRedirect(self.address_of("changelist"))

    def _undecided(self, request):
        text = (
            "Wer an die Stelle dieser Kommunen getreten ist, war nicht erkennbar. "
            "Bitte legen Sie es als Rechtsnachfolge an."
        )
        self.message_user(request, text, messages.WARNING)
        authorities = self.admin_site.get_model_admin(Authority)
        return f"{authorities.address_of('changelist')}?bestand=offen"

    def _page(self, request, template, **context):
        found = context.get("plan")
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Register einlesen",
            "sections": found.sections if found else [],
        }
        return render(request, template, context)
