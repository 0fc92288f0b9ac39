"""Adding to the buckets of figures, of which each total is the sum."""

from tests.interpreter.places import AMBIGUOUS, LEFT, UNLOCATED


def add(counts, field, key, remainder):
    """Count one more under a key, or in a remainder where there is none."""
    if key:
        getattr(counts, field)[key] += 1
    else:
        increase(counts, remainder)


def add_place(counts, place, version):
    """Count one more in its country and region, or in their remainders."""
    add(counts, "by_country", place.country, "country_unknown")
    add_bucket(counts, place.bucket(version))


def add_bucket(counts, bucket):
    """Count one more in a region, or in a remainder."""
    if bucket in {AMBIGUOUS, LEFT, UNLOCATED}:
        increase(counts, bucket)
    else:
        counts.by_region[bucket] += 1


def increase(counts, field, by=1):
    """Count one more, or none."""
    setattr(counts, field, getattr(counts, field) + by)
