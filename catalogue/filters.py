import django_filters
from django import forms

from .models import Audience, Platform, Service, State


class ServiceFilter(django_filters.FilterSet):
    """The questions that a visitor may put to the catalogue. A value that makes no sense is passed over."""

    q = django_filters.CharFilter(
        label="Suchwort",
        method="matching",
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": 200}),
    )
    fuer = django_filters.ChoiceFilter(
        label="Für meine Verwaltung", choices=Audience.choices, method="for_audience", empty_label="alle"
    )
    zustand = django_filters.ChoiceFilter(
        label="Zustand", choices=State.choices, field_name="state", empty_label="alle"
    )
    jahr = django_filters.ChoiceFilter(label="Jahr", method="in_year", empty_label="alle")
    plattform = django_filters.ChoiceFilter(
        label="Plattform",
        choices=[
            *[choice for choice in Platform.choices if choice[0]],
            ("nicht-amt24", f"nicht auf {Platform.AMT24.label}"),
        ],
        method="on_platform",
        empty_label="alle",
    )

    class Meta:
        model = Service
        fields: list[str] = []

    def __init__(self, *args, years=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["jahr"].extra["choices"] = [(str(year), str(year)) for year in years]

    def matching(self, queryset, name, value):
        return queryset.matching(value)

    def for_audience(self, queryset, name, value):
        return queryset.for_audience(value)

    def in_year(self, queryset, name, value):
        return queryset.in_year(int(value))

    def on_platform(self, queryset, name, value):
        return (
            queryset.elsewhere_than(Platform.AMT24)
            if value == "nicht-amt24"
            else queryset.filter(platform=value)
        )
