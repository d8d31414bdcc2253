"""What a process of ours uses of the machine.

It leaves the peak of its memory, in bytes, in the file that PLIMSOLL_USAGE names, when the interpreter ends. With PLIMSOLL_YIELDS it takes
only what others leave of the processor.
"""

import atexit
import os
import resource

PATH = os.environ.get("PLIMSOLL_USAGE")
OWNER = os.getpid()


def peak():
    # What ru_maxrss says of this process includes the one that started it; VmHWM counts from the interpreter's start.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration, ValueError):
        pass
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * 1024


def leave():
    if os.getpid() != OWNER:
        return
    with open(PATH + ".part", "w", encoding="ascii") as file:
        file.write(str(peak()))
    os.replace(PATH + ".part", PATH)


if os.environ.get("PLIMSOLL_YIELDS"):
    os.nice(19)
if PATH:
    atexit.register(leave)
