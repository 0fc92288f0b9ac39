"""The cluster registry: immutable events in, questions answered as of any day."""
