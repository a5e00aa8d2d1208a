from django.urls import path

from . import views

app_name = "subscription"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("aendern/", views.change, name="change"),
    path("gesendet/", views.said, {"what": "sent"}, name="sent"),
    path("bestaetigen/<str:token>/", views.confirm, name="confirm"),
    path("bestaetigt/", views.said, {"what": "confirmed"}, name="confirmed"),
    path("geaendert/", views.said, {"what": "moved"}, name="moved"),
    path("verwalten/<str:token>/", views.manage, name="manage"),
    path("verwalten/<str:token>/daten.json", views.download, name="download"),
    path("links-ungueltig/", views.said, {"what": "revoked"}, name="revoked"),
    path("abmelden/<str:token>/", views.leave, name="leave"),
    path("beendet/", views.said, {"what": "left"}, name="left"),
]
