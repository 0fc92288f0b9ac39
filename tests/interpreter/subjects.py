"""What a summary is of, as requests say it."""

from typing import NamedTuple

from registry.reference import nuts
from tests.interpreter.words import EDITIONS, SLUGS


class Subject(NamedTuple):
    """An ecosystem, a region or an edition, and the versions of NUTS that are asked for."""

    of: str
    """Field of a request: "ecosystem", "region" or "edition"."""
    key: str
    """Slug, code or resource name."""
    version: int = 0
    by_version: int = 0

    @property
    def fields(self):
        """Fields of a request."""
        return {self.of: self.key, "version": self.version, "byVersion": self.by_version}

    @property
    def summarised(self):
        """Whether the request of its summary has the fields: a version is said with regions."""
        return self.of == "region" or not self.version

    @property
    def region_version(self):
        """Version of NUTS that the region is of."""
        return self.version or nuts.LATEST

    @property
    def counted_in(self):
        """Version of NUTS that is counted in."""
        return self.by_version or self.region_version


ECOSYSTEMS = tuple(
    Subject("ecosystem", slug, *versions) for slug in SLUGS for versions in ((), (2013,), (0, 2013))
)
REGIONS = (
    *(Subject("region", code, 2024) for code in ("PL", "PL8", "PL82", "PL823", "UK", "EL")),
    *(Subject("region", "PL91", 2024, 2013), Subject("region", "PL12", 2013, 2024)),
    *(Subject("region", "PL32", 2013), Subject("region", "UKD", 2021, 2024)),
)
HELD = tuple(Subject("edition", stream) for stream in EDITIONS)
SUBJECTS = (*ECOSYSTEMS, *REGIONS, *HELD)
