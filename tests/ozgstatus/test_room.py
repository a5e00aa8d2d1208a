"""The interpreter's stack has room for the calls of a request, however deep they are."""

from resource import RUSAGE_THREAD, getrusage

from django.conf import settings

from ozgstatus.room import roomy

CALLS = 2000
DEEPEST = 300  # about twice as many calls as a page stands below its server


def call_often(depth):
    """Calls something `CALLS` times from that many calls below."""
    if depth:
        return call_often(depth - 1)
    for _ in range(CALLS):
        call_nothing()


def call_nothing():
    pass


def pieces_of_memory(call, depth):
    """How often the system had to hand out memory meanwhile."""
    before = getrusage(RUSAGE_THREAD).ru_minflt
    call(depth)
    return getrusage(RUSAGE_THREAD).ru_minflt - before


def test_a_loop_at_any_depth_asks_for_no_memory_with_each_call():
    assert max(pieces_of_memory(roomy(call_often), depth) for depth in range(DEEPEST)) < CALLS / 10


def test_everything_that_answers_a_request_stands_below():
    assert settings.MIDDLEWARE[0] == "ozgstatus.room.roomy"
