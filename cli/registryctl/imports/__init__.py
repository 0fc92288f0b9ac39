"""From tables of rows to commands: reading, mapping, sending, reporting."""
