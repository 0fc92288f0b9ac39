"""What the registry is measured beside, each a program of its own."""
