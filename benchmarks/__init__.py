"""Measures the registry beside an empty RPC, beside peers and beside plain SQL."""
