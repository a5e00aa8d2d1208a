import pytest

from .server import MailServer

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(params=[False, True], ids=["", "pipelining"])
def server(request, settings):
    """A mail server on this machine, with PIPELINING and without, and settings that lead to it.

    They are set by the fixture that tests set theirs by: overrides of two kinds, undone in the order in which they were
    made, would leave those of this server to the next tests.
    """
    with MailServer(pipelining=request.param) as running:
        for name, value in settings_for(running).items():
            setattr(settings, name, value)
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
