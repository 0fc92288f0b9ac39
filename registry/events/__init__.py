"""Generated event messages, by schema version."""
