"""Tests of the registry, laid out like its packages."""
