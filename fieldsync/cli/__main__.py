"""`python -m fieldsync.cli` does what `fieldsync` does."""

from fieldsync.cli import main

main(prog_name="fieldsync")
