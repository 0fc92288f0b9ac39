"""The registry at scale: a generated one, what it costs to load, to keep and to ask."""
