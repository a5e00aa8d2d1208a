"""What CPython does with memory at the cost of whoever waits for a page."""

import gc
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# Of 8 bytes. With the 1,000 that CPython adds, more than 64 KB and thus a piece of 128 KB: 65 KB are left for calls.
SLOTS = 8000
# New objects that make it look for those that only refer to each other; a page makes some ten thousand that do not.
OBJECTS = 5000


def roomy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that gives all calls of a request one piece of the interpreter's stack.

    CPython keeps its stack in pieces of 16 KB. A loop that calls across the end of one asks the system for a further
    piece with every call and gives it back after it (https://github.com/python/cpython/issues/142183; 3.11 and 3.12
    stay so): an edition took half as long again, by nothing but how many calls deep its templates happened to be
    rendered. What needs more than a piece has is given a larger one, and what it calls stands in the rest of that.
    """

    def respond(request):
        return get_response(request)

    respond.__code__ = respond.__code__.replace(co_stacksize=SLOTS)
    return respond


def settle() -> None:
    """To be called when a process has loaded the site, of which nothing is garbage as long as it runs.

    To look through all of that for garbage took 80 ms, every few pages that were rendered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS)
