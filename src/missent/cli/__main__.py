"""Run the command line as ``python -m missent.cli``."""

from missent.cli import main

main()
