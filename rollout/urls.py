from django.urls import path

from . import views

app_name = "rollout"
urlpatterns = [
    path("", views.current, name="current"),
    path("<day:date>/", views.report, name="report"),
    path("karte/", views.maps, name="maps"),
    path("karte/<slug:slug>/", views.service_map, name="map"),
    path("karte/<slug:slug>/beispiel/", views.service_map, {"example": True}, name="example_map"),
]
