import pytest
from django.test import override_settings

from .server import MailServer

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(params=[False, True], ids=["", "pipelining"])
def server(request):
    """A mail server on this machine, with PIPELINING and without, and settings that lead to it."""
    with MailServer(pipelining=request.param) as running, override_settings(**settings_for(running)):
        yield running


def settings_for(server) -> dict:
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": server.port,
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_TIMEOUT": 10,
        "MAIL_RATE": 0,
    }
