from django.urls import path

from . import opendata_views as views

app_name = "daten"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("katalog.jsonld", views.dcat, name="dcat"),
    path("<slug:name>/", views.data_set, name="set"),
    path("<slug:name>/datapackage.json", views.package, name="package"),
    path("<slug:name>/tableschema.json", views.schema, name="schema"),
    path("<slug:name>/<slug:key>.<slug:kind>", views.download, name="download"),
    path("<path:rest>", views.lost),
]
