"""`python -m controlplane.programs.helm …`: run the tests' Helm, building it if necessary."""

import os
import sys

from controlplane.errors import ControlPlaneError
from controlplane.programs.binaries import find_tools
from controlplane.programs.tools import HELM

if __name__ == "__main__":
    try:
        program = find_tools([HELM], lambda line: print(line, file=sys.stderr))[HELM]
    except ControlPlaneError as error:
        sys.exit(str(error))
    os.execv(program, [str(program), *sys.argv[1:]])
