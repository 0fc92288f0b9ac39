"""Runs the command line as `python -m registryctl`."""

from registryctl.main import main

main()
