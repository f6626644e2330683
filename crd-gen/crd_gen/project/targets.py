"""Models by target, `package.module:Class`, from the command line or [tool.crd-gen]."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from crd_gen.errors import CrdGenError, ProjectError
from crd_gen.project.layout import import_paths
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
        if not _is_resource(found):
            raise ProjectError(f"{target}: {class_name} does not declare {_undeclared(found)}")
        return [found]
    declared = [model for model in vars(module).values() if _is_resource(model)]
    if not declared:
        raise ProjectError(_none_declared(module_name, module))
    return sorted(declared, key=lambda model: (model.names.plural, model.version.name))


def kinds(
    targets: Iterable[str], root: Path | None = None, paths: Sequence[Path] = ()
) -> dict[str, list[type[CustomResource]]]:
    """Import targets and group the versions of each kind by the name of its definition.

    Modules that are not installed are imported from root, the project's folder, or from where the usual
    layouts have them. Raises ProjectError for all targets that cannot be imported.
    """
    found: dict[str, list[type[CustomResource]]] = {}
    errors: list[ProjectError] = []
    for target in targets:
        # A console script does not have the current folder on its path.
        folders = import_paths(target.partition(":")[0], root or Path.cwd(), paths)
        sys.path[:0] = [str(folder) for folder in folders if str(folder) not in sys.path]
        try:
            models = load(target)
        except ProjectError as error:
            errors.append(error)
            continue
        for model in models:
            versions = found.setdefault(f"{model.names.plural}.{model.names.group}", [])
            if model not in versions:
                versions.append(model)
    if errors:
        raise ProjectError("\n".join(str(error) for error in errors))
    return found


def _undeclared(model: type[CustomResource]) -> str:
    missing = [word for word in ("names", "version") if not hasattr(model, word)] or ["version"]
    return " and ".join(f"{word}: ClassVar = {word.capitalize()}(...)" for word in missing)


def _none_declared(module_name: str, module: object) -> str:
    """Return the reason why a module stands for no kind, with the classes that almost are one."""
    incomplete = [
        f"{model.__name__} does not declare {_undeclared(model)}"
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, CustomResource) and model is not CustomResource
    ]
    instead = "; ".join(incomplete) or f"name a class, {module_name}:ClassName"
    return f"{module_name}: the module declares no CustomResource; {instead}"


def _is_resource(model: object) -> bool:
    is_class = isinstance(model, type) and issubclass(model, CustomResource)
    return is_class and hasattr(model, "version") and hasattr(model, "names") and "version" in vars(model)


def _import(module_name: str, target: str) -> object:
    if not module_name or module_name.startswith("."):
        raise ProjectError(f"{target!r} names no module; write package.module:ClassName")
    try:
        # What a module prints must not become a part of the definitions on the standard output.
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(module_name)
    except CrdGenError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise ProjectError(
                f"{target}: no module named {error.name!r}: install it, name its folder in"
                ' [tool.crd-gen] paths = ["lib"], or set PYTHONPATH'
            ) from error
        raise ProjectError(
            f"{target}: {module_name} imports {error.name!r}, which is not installed"
        ) from error
    except SystemExit as error:
        raise ProjectError(
            f"{target}: importing {module_name} ended the program: exit({error.code})"
        ) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ProjectError(f"{target}: importing {module_name} failed: {_said(error)}") from error


def _said(error: BaseException) -> str:
    kind = type(error).__name__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{kind}: {' '.join(lines)}" if lines else kind
