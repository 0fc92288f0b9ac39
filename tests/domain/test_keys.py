"""Keys: what other streams ask for is found from the event alone."""

import pytest

from registry.domain.keys import keys_of
from tests.domain.test_golden import events, recorded

EXPECTED = {
    "OrganisationIdentifierAdded": ("identifier:eu-pic:999987745",),
    "OrganisationIdentifierEnded": ("identifier:eu-pic:999987745",),
    "ClusterLegalEntitySet": ("party:organisations/nca",),
    "ClusterIdentifierAdded": ("identifier:eccp:dolina-lotnicza",),
    "ClusterIdentifierEnded": ("identifier:eccp:dolina-lotnicza",),
    "PartnershipPartnerJoined": ("member:clusters/nanoprogress",),
    "PartnershipPartnerLeft": ("member:clusters/nanoprogress",),
    "PartnershipRelated": ("party:partnerships/adpack",),
    "EditionAnnounced": ("edition-number:8", "party:organisations/nca"),
    "EditionCancelled": ("edition-number:8",),
    "ParticipationRegistered": ("participant:regions/PL82", "participations-of:editions/ee"),
    "ParticipationAttended": ("participant:regions/PL82", "participations-of:editions/ee"),
}


@pytest.mark.parametrize("name", sorted(events()))
def test_an_event_has_these_keys_and_no_others(name):
    """Keys are stored for ever, so their form does not change."""
    stream = "editions/ee/participations/region-pl82"
    assert keys_of(stream, recorded_event(name)) == EXPECTED.get(name, ())


def recorded_event(name):
    """The event of a golden file."""
    return recorded(name, "any", 1).event
