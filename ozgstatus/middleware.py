from django.core.exceptions import BadRequest


class RequestSanityMiddleware:
    """Answers 400 where PostgreSQL would raise: NUL bytes, which no text of the database can hold."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if "\x00" in request.path or any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise BadRequest("NUL")
        return None
