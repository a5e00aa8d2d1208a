from django.http import HttpResponse


def page(request, slug):
    return HttpResponse(slug)


licences = livez = readyz = robots = sitemap = page
