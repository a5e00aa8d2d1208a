import django_filters
from django import forms

from .models import Authority, AuthorityKind, SizeClass

GROSSE_KREISSTADT = ("grosse-kreisstadt", "Große Kreisstadt")


class AuthorityFilter(django_filters.FilterSet):
    """The questions that a visitor may put to the register. A value that makes no sense is passed over.

    `queryset` comes from `Authority.objects.in_register()`. Who has left the register is found by a word only.
    """

    q = django_filters.CharFilter(
        label="Name oder Schlüssel",
        method="matching",
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": 200}),
    )
    art = django_filters.ChoiceFilter(label="Art", method="of_kind", empty_label="alle")
    landkreis = django_filters.ChoiceFilter(label="Landkreis", method="within_district", empty_label="alle")
    groesse = django_filters.ChoiceFilter(
        label="Einwohner", choices=SizeClass.choices, method="of_size", empty_label="alle"
    )

    class Meta:
        model = Authority
        fields: list[str] = []

    def __init__(self, *args, districts=(), with_grosse_kreisstaedte=False, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind.plural) for kind in AuthorityKind]
        self.filters["art"].extra["choices"] = [*kinds, *[GROSSE_KREISSTADT] * with_grosse_kreisstaedte]
        self.filters["landkreis"].extra["choices"] = [(one.key, one.name) for one in districts]

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("q"):
            queryset = queryset.current()
        return super().filter_queryset(queryset)

    def matching(self, queryset, name, value):
        return queryset.matching(value)

    def of_kind(self, queryset, name, value):
        if value == GROSSE_KREISSTADT[0]:
            return queryset.grosse_kreisstaedte()
        return queryset.filter(kind=value)

    def within_district(self, queryset, name, value):
        return queryset.within_district(value)

    def of_size(self, queryset, name, value):
        return queryset.of_size(SizeClass(value))
