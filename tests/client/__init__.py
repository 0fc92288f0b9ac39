"""Tests of the client package, against a real service."""
