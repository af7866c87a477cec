#!/usr/bin/env python3
"""Makes the tracebacks next to this file: what Python itself prints, short and longer than 4 KiB.

Each kind fails in two orders, 4711 and 9182, so that a test can hold that they are one group.
"""

import traceback
from pathlib import Path

HERE = Path(__file__).parent


def frames(count):
    """Functions that call each other, so that Python does not fold them as repeated lines."""
    source = ["def step_0(fail):\n    fail()  # connection.retry(timeout=10)\n"]
    for at in range(1, count):
        source.append(f"def step_{at}(fail):\n    step_{at - 1}(fail)  # connection.timeout = 503\n")
    scope = {}
    exec(compile("\n".join(source), "/srv/app/connection/timeout.py", "exec"), scope)
    return scope[f"step_{count - 1}"]


def short(order):
    payload = {"order": order}
    payload["timeout"]


def long(order):
    def fail():
        try:
            raise ConnectionResetError(104, "Connection reset by peer")
        except ConnectionResetError:
            raise ValueError(f"order {order} has no valid address")

    frames(200)(fail)


def message_of_many_lines(order):
    def fail():
        raise LookupError(f"order {order} is not priced\nprice list: none\n" + "  row: none\n" * 40)

    frames(180)(fail)


def printed(fail, order):
    try:
        fail(order)
    except Exception as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError("it did not fail")


for fail in (short, long, message_of_many_lines):
    for order in (4711, 9182):
        text = printed(fail, order).replace(str(HERE), "/srv/app")
        (HERE / f"{fail.__name__}_{order}.txt").write_text(text)
