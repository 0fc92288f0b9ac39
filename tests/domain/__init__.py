"""The rules, by given and decide."""
