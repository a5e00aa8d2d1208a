from django.urls import path

from . import views

app_name = "kommunen"
urlpatterns = [
    path("", views.authorities, name="list"),
    path("<slug:key>/", views.authority, name="authority"),
    path("<slug:key>/beispiel/", views.authority_example, name="example"),
]
