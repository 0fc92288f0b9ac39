"""The rules: what is decided, and how recorded events fold into state."""
