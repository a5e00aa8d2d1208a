from django.http import HttpResponse


def archive(request):
    return HttpResponse("archive")


def edition(request, month):
    return HttpResponse("edition")


def article(request, month, slug):
    return HttpResponse("article")
