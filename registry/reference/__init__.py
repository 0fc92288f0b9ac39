"""Reference tables shipped with the package: countries, statistical regions, industrial ecosystems.

Nothing is read from disk before the first look-up. Sources and terms: `docs/data-sources.md`.
"""
