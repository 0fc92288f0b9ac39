"""Faults: processes are killed, connections cut, disks filled, and nothing acknowledged is lost."""
