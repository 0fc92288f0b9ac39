"""Hostile input: generated requests of every method, and what must hold of the answers."""
