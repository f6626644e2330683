"""Execute a program that is killed with its parent: `python guard.py PARENT_PID PROGRAM ARGUMENT…`.

A `finally` or an atexit hook does not run when the parent is killed; the kernel's parent-death signal
does. It is requested here and not in `preexec_fn`, which is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Request the signal, then execute the program."""
    parent, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the signal was requested.
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(program, sys.argv[2:])


if __name__ == "__main__":
    main()
