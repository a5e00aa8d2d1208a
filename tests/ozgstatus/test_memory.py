"""What CPython does with memory costs no page its time."""

import subprocess
import sys
from resource import RUSAGE_THREAD, getrusage

from django.conf import settings

from ozgstatus.memory import roomy
from ozgstatus.settings import BASE_DIR

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
    assert settings.MIDDLEWARE[0] == "ozgstatus.memory.roomy"


A_WORKER_STARTS = """
import gc, runpy
import django.http
loaded = len(gc.get_objects())
runpy.run_path("gunicorn.conf.py")["post_worker_init"](None)
assert len(gc.get_objects()) < loaded / 10, (len(gc.get_objects()), loaded)
"""


def test_a_worker_does_not_look_for_garbage_in_what_it_has_loaded():
    subprocess.run([sys.executable, "-c", A_WORKER_STARTS], cwd=BASE_DIR, check=True)
