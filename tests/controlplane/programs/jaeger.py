"""`make jaeger`: build Jaeger into the cache. Its tests are skipped without it: a build takes minutes."""

import sys

from controlplane.errors import ControlPlaneError
from controlplane.programs.binaries import find_tools
from controlplane.programs.tools import JAEGER


def main() -> int:
    """Build Jaeger if necessary and print its path."""
    try:
        print(find_tools([JAEGER], lambda line: print(line, file=sys.stderr))[JAEGER])
    except ControlPlaneError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
