"""Start of crd-gen: what it refuses is told in its own words, without a traceback."""

import gc
import os
import sys

from crd_gen.errors import CrdGenError, ProjectError


def main() -> None:
    """Run one command."""
    # A short life: what is no longer needed goes with the process, and no plugin has to see a validation.
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        if sys.argv[1:] == ["check"]:
            from crd_gen.checking import check_project  # noqa: PLC0415 - without the cost of a command line

            sys.exit(check_project())
        from crd_gen.commands import app  # noqa: PLC0415 - an error while importing is told like any other

        app()
    except CrdGenError as error:
        sys.stderr.write(f"crd-gen: {error}\n")
        sys.exit(2 if isinstance(error, ProjectError) else 1)


if __name__ == "__main__":
    main()
