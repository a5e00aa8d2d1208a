from django.urls import path

from . import views

app_name = "projects"
urlpatterns = [
    path("", views.current, name="current"),
    path("<day:date>/", views.report, name="report"),
    path("<slug:slug>/", views.project, name="project"),
]
