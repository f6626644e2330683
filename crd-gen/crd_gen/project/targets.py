"""Models by target, `package.module:Class`, from the command line or [tool.crd-gen]."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from crd_gen.errors import CrdGenError, ProjectError
from crd_gen.resources.resource import CustomResource


def load(target: str) -> list[type[CustomResource]]:
    """Import a target; a module without a class stands for all resources that it declares.

    Raises ProjectError, which distinguishes a missing module from one that fails to import.
    """
    module_name, _, class_name = target.partition(":")
    module = _import(module_name, target)
    if class_name:
        found = getattr(module, class_name, None)
        if not (isinstance(found, type) and issubclass(found, CustomResource)):
            raise ProjectError(f"{target}: {module_name} has no CustomResource named {class_name!r}")
        return [found]
    declared = [model for model in vars(module).values() if _is_resource(model)]
    if not declared:
        raise ProjectError(
            f"{target}: the module declares no CustomResource; name a class, {target}:ClassName"
        )
    return sorted(declared, key=lambda model: (model.names.plural, model.version.name))


def kinds(targets: Iterable[str], root: Path | None = None) -> dict[str, list[type[CustomResource]]]:
    """Import targets and group the versions of each kind by the name of its definition.

    Modules that are not installed are imported from root, the project's folder, or its src/.
    """
    folder = root or Path.cwd()
    # A console script does not have the current folder on its path.
    sys.path[:0] = [
        entry
        for entry in (str(folder), str(folder / "src"))
        if entry not in sys.path and Path(entry).is_dir()
    ]
    found: dict[str, list[type[CustomResource]]] = {}
    for target in targets:
        for model in load(target):
            versions = found.setdefault(f"{model.names.plural}.{model.names.group}", [])
            if model not in versions:
                versions.append(model)
    return found


def _is_resource(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, CustomResource) and "version" in vars(model)


def _import(module_name: str, target: str) -> object:
    if not module_name:
        raise ProjectError(f"{target!r} names no module; write package.module:ClassName")
    try:
        return importlib.import_module(module_name)
    except CrdGenError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise ProjectError(f"{target}: no module named {error.name!r}") from error
        raise ProjectError(
            f"{target}: {module_name} imports {error.name!r}, which is not installed"
        ) from error
    except Exception as error:
        raise ProjectError(f"{target}: importing {module_name} failed: {error}") from error
