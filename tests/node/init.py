"""The first process of a PID namespace: it runs a command and reaps orphans."""

import os
import signal
import subprocess
import sys


def main() -> int:
    """Run the command and return its exit code; the kernel then kills all remaining processes."""
    # Ctrl-C is handled by the command: this process exits when the command does. Unlike SIG_IGN, a handler is
    # not inherited by the command.
    signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    command = subprocess.Popen(sys.argv[1:], close_fds=False)
    while True:
        pid, status = os.wait()
        if pid == command.pid:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
