"""Waiting for what other processes do."""

import time


def wait_until(holds, seconds: float = 60, every: float = 0.05):
    """What `holds` gave when it first held, or at last. It is asked once at a time: what held once need not hold a moment later."""
    until = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < until:
        time.sleep(every)
    return found
