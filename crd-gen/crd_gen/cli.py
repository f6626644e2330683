"""The crd-gen executable: errors are printed without a traceback."""

import gc
import os
import sys

from crd_gen.errors import CrdGenError, ProjectError


def main() -> None:
    """Run one command."""
    # The process is short-lived: garbage collection and pydantic's plugins only cost time.
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        if sys.argv[1:] == ["check"]:
            # Every CI run executes this command, and importing typer takes longer than the check.
            from crd_gen.output.stale import check_project  # noqa: PLC0415

            sys.exit(check_project())
        from crd_gen.commands import app  # noqa: PLC0415 - errors of the import are handled below

        app()
    except CrdGenError as error:
        sys.stderr.write(f"crd-gen: {error}\n")
        sys.exit(2 if isinstance(error, ProjectError) else 1)


if __name__ == "__main__":
    main()
