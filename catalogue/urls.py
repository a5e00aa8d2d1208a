from django.urls import path

from . import views

app_name = "catalogue"
urlpatterns = [
    path("<slug:slug>/", views.service, name="service"),
]
