from django.urls import path

from . import views

app_name = "rollout"
urlpatterns = [
    path("", views.current, name="current"),
    path("<day:date>/", views.report, name="report"),
]
