"""The first process of a PID namespace: it runs a command and reaps orphans."""

import os
import signal
import subprocess
import sys


def main() -> int:
    """Return the command's exit code; with this process the kernel ends all the others."""
    # Ctrl-C is the command's to handle: it tidies up and ends, and so do we. Unlike SIG_IGN, a handler is
    # not handed down.
    signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    command = subprocess.Popen(sys.argv[1:], close_fds=False)
    while True:
        pid, status = os.wait()
        if pid == command.pid:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
