from django.urls import path

from . import views

app_name = "newsletter"
urlpatterns = [
    path("", views.archive, name="archive"),
    path("<month:month>/", views.edition, name="edition"),
    path("<month:month>.pdf", views.edition_pdf, name="edition-pdf"),
    path("<month:month>/<slug:slug>/", views.article, name="article"),
]
