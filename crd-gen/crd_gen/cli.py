"""The crd-gen executable: errors are printed without a traceback."""

import gc
import os
import sys

from crd_gen.errors import CrdGenError, ProjectError

TRACEBACK = "CRD_GEN_TRACEBACK"


def main() -> None:
    """Run one command."""
    # The process is short-lived: garbage collection and pydantic's plugins only cost time.
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from crd_gen.commands import run  # noqa: PLC0415 - errors of the import are handled below

        sys.exit(run(sys.argv[1:]))
    except CrdGenError as error:
        sys.stderr.write(f"crd-gen: {error}\n")
        sys.exit(2 if isinstance(error, ProjectError) else 1)
    except KeyboardInterrupt:
        sys.stderr.write("crd-gen: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the output has ended; Python must not write to it again at its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"crd-gen: {where}{error.strerror or error}\n")
        sys.exit(2)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        sys.stderr.write(
            f"crd-gen: internal error: {type(error).__name__}: {error}\n"
            f"  Please report it with the output of: {TRACEBACK}=1 crd-gen …\n"
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
