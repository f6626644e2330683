"""`python -m crd_gen` is the crd-gen command."""

from crd_gen.cli import main

main()
