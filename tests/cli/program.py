"""`ark` as a program, with arguments, output and exit code."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ARK = str(Path(sys.executable).with_name("ark"))

Done = subprocess.CompletedProcess[str]
Ark = Callable[..., Done]
