"""A session of an editor ends two hours after its last request and twelve hours after the login.

Django alone knows one span, which every change of a session starts anew.
"""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from .middleware import EDITORS

BEGUN, SEEN = "session_begun", "session_seen"
STEP = 60  # seconds that may pass until a request is noted, so that not each one writes


class SessionLimitsMiddleware:
    """Public pages do not look who is there, and so do not count as use."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(EDITORS) and request.user.is_authenticated:
            _end_or_go_on(request, int(time.time()))
        return self.get_response(request)


def just_begun(session) -> bool:
    return time.time() - session.get(BEGUN, 0) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _end_or_go_on(request, now: int) -> None:
    session = request.session
    # One from before this rule begins now.
    begun, seen = session.get(BEGUN, now), session.get(SEEN, now)
    if now - seen > settings.SESSION_IDLE_SECONDS or now - begun > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif now - seen > STEP or BEGUN not in session:
        session[BEGUN], session[SEEN] = begun, now


@receiver(user_logged_in)
def begin(request, **kwargs):
    request.session[BEGUN] = request.session[SEEN] = int(time.time())
