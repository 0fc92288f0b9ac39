"""The log: envelopes, one writer, and recorders for SQLite and PostgreSQL."""
