"""Tests of registry.eventstore."""
