"""Mutants: small changes that break a promise, each of which a test must notice."""
