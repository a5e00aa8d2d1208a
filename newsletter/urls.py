from django.urls import path

from . import views

app_name = "newsletter"
urlpatterns = [
    path("", views.archive, name="archive"),
    path("vergleich/", views.choose_comparison, name="choose-comparison"),
    path("<month:before>/vergleich/<month:after>/", views.comparison, name="comparison"),
    path("<str:before>/vergleich/<str:after>/", views.no_comparison),
    path("<month:month>/", views.edition, name="edition"),
    path("<month:month>.pdf", views.edition_pdf, name="edition-pdf"),
    path("<month:month>/<slug:slug>/", views.article, name="article"),
]
