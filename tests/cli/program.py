"""`ark` as a person runs it: a program with arguments, its output and its exit code."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ARK = str(Path(sys.executable).with_name("ark"))

Done = subprocess.CompletedProcess[str]
Ark = Callable[..., Done]
