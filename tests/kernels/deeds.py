"""What the children in these tests do: functions that a zygote finds by name."""

import json
import os
import random
import signal
import subprocess
import sys
import time


def give_back(value):
    """Return it."""
    return value


def leave(value):
    """sys.exit with it."""
    sys.exit(value)


def fail():
    """An exception that nobody catches."""
    raise ValueError("nobody catches this")


def die(number):
    """Killed by a signal of its own."""
    os.kill(os.getpid(), number)


def sleep(beside=None):
    """For ever, telling its process id; `beside` is written with that of a process that it started."""
    if beside:
        other = subprocess.Popen(["sleep", "600"])
        with open(beside + ".new", "w") as file:
            file.write(str(other.pid))
        os.rename(beside + ".new", beside)
    time.sleep(600)


def say(*names):
    """Print something of what it is like, as JSON."""
    draws = {"python": random.random()}
    if "numpy.random" in sys.modules:
        draws["numpy"] = sys.modules["numpy.random"].random()
    mine = f"/proc/{os.getpid()}/fd"
    known = {
        "environ": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid(), "ppid": os.getppid(), "draws": draws,
        "leads": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()], "zone": time.tzname, "stdin": sys.stdin.read(),
        "descriptors": sorted(int(number) for number in os.listdir(mine) if os.path.exists(f"{mine}/{number}")),
        "interrupt": signal.getsignal(signal.SIGINT).__name__, "umask": [os.umask(0o22), os.umask(0o22)][0],
        "ignored": [number for number in signal.valid_signals() if signal.getsignal(number) == signal.SIG_IGN],
        "threads": len(os.listdir("/proc/self/task")),
    }  # fmt: skip
    print(json.dumps({name: known[name] for name in names}))


def read(name):
    """A constant of the module `moving`, as its exit code."""
    import moving

    return getattr(moving, name)


def write_at_exit(path):
    """Written by an exit function."""
    import atexit
    from pathlib import Path

    atexit.register(Path(path).write_text, "written")
