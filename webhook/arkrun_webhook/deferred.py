"""A package of which only a part is used, and loaded; and one that is not used where it is there.

`import kubernetes.aio` runs `kubernetes/__init__.py` first, which loads the synchronous client with the HTTP
and OAuth libraries it is built on: 230 modules, 7 MB and 0.07 s of each start, and nothing here calls them.
Discovery and leader election of `kubernetes.aio` are another 40 and 2 MB, uvicorn's command line and reloader
26 and 2 MB.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from typing import Any


def defer(name: str) -> None:
    """Let a package run its own code only when an attribute that no loaded part bears is asked for.

    Its parts are imported as ever (PEP 562 has the hook). Does nothing when it is loaded, or not there;
    raises ModuleNotFoundError when the package it is part of is not there.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:
        return
    loader, package = spec.loader, module_from_spec(spec)

    def attribute(wanted: str) -> Any:
        # `import a.b as c` asks `a` for `b` while `b` still loads, so before `a` has been told of it.
        if part := sys.modules.get(f"{name}.{wanted}"):
            return part
        del vars(package)["__getattr__"]
        loader.exec_module(package)
        return getattr(package, wanted)

    vars(package)["__getattr__"] = attribute
    sys.modules[name] = package
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, package)


@contextmanager
def absent(name: str) -> Iterator[None]:
    """Let imports in this block find no package of this name, so that who could do with it does without.

    https://docs.python.org/3/reference/import.html#the-module-cache: None in sys.modules stops an import.
    """
    loaded = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if loaded is not None:
            sys.modules[name] = loaded
