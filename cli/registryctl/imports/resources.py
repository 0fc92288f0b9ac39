"""Resources as an export writes them, read back as facts: each value from when it holds."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import zip_longest
from typing import Any

from google.protobuf.message import Message

from registry.events.v1.values_pb2 import Effective
from registry.v1 import cluster_service_pb2 as clusters
from registry.v1 import edition_service_pb2 as editions
from registry.v1 import organisation_service_pb2 as organisations
from registry.v1 import participation_service_pb2 as participations
from registry.v1 import partnership_service_pb2 as partnerships
from registryctl.imports.cells import UNKNOWN
from registryctl.imports.fact import Mapping, Reader, Said
from registryctl.imports.lines import Record
from registryctl.imports.table import Refused

Facts = Iterator[Said]


def organisation(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """An organisation and its identifiers."""
    one: Any = record.resource
    fields = {
        "organisation_id": _id(one, "organisation"),
        "name": one.name,
        **_name_effective(one),
        "country": one.country,
        "kind_as_stated": one.kind_as_stated,
    }
    yield Said("register_organisation", fields, "organisation", _at(one, "established"))
    yield from _identifiers(one, "organisation")


def cluster(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """A cluster, its aliases, legal entity, place, ecosystems and identifiers."""
    one: Any = record.resource
    name = {"cluster": one.cluster}
    fields = {
        "cluster_id": _id(one, "cluster"),
        "name": one.name,
        **_name_effective(one),
        "country": one.country,
        "established_meaning": one.established_meaning,
    }
    yield Said("register_cluster", fields, "cluster", _at(one, "established"))
    for alias, since in zip_longest(one.aliases, one.aliases_since):
        if alias is None:
            raise Refused("aliasesSince", "INVALID_FIELD", "there are more of them than aliases")
        yield Said("add_cluster_alias", {**name, "alias": alias}, "aliases", _known(since))
    if one.HasField("legal_entity"):
        entity = {**name, "legal_entity": one.legal_entity}
        since = _at(one, "legal_entity_since")
        yield Said("set_cluster_legal_entity", entity, "legalEntity", since)
    if one.HasField("location"):
        place = {**name, **_same(one.location, clusters.LocateClusterRequest)}
        yield Said("locate_cluster", place, "location", _at(one.location, "since"))
    if one.ecosystems or one.HasField("ecosystems_since"):
        tags = {**name, "ecosystems": one.ecosystems}
        yield Said("set_cluster_ecosystems", tags, "ecosystems", _at(one, "ecosystems_since"))
    yield from _identifiers(one, "cluster")


def dissolved(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """The end of a cluster; its memberships are ended by then."""
    one: Any = record.resource
    if one.HasField("dissolved"):
        said = {"cluster": one.cluster}
        yield Said("dissolve_cluster", said, "dissolved", _at(one, "dissolved"))


def partnership(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """A partnership."""
    one: Any = record.resource
    fields = {
        "partnership_id": _id(one, "partnership"),
        **_same(one, partnerships.FormPartnershipRequest),
    }
    yield Said("form_partnership", fields, "partnership", _at(one, "formed"))


def relations(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """How it stands to others, which may be partnerships of the same file."""
    one: Any = record.resource
    for relation in one.relations:
        fields = {
            "partnership": one.partnership,
            **_same(relation, partnerships.RelatePartnershipRequest),
        }
        yield Said("relate_partnership", fields, "relations", _at(relation, "since"))


def course(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """What became of a partnership once it had its members."""
    one: Any = record.resource
    name = {"partnership": one.partnership}
    if one.HasField("coordinator_change"):
        change = one.coordinator_change
        said = {**name, "member": change.member}
        yield Said("change_coordinator", said, "coordinatorChange", _at(change, "since"))
    if one.HasField("activated"):
        yield Said("activate_partnership", name, "activated", _at(one, "activated"))
    if one.HasField("ended"):
        yield Said("end_partnership", name, "ended", _at(one, "ended"))


def membership(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """A membership and its end."""
    one: Any = record.resource
    role = one.joined_role or one.role
    fields = {"partnership": one.partnership, "member": one.member, "role": role}
    joined = {**fields, "role_as_stated": one.role_as_stated}
    yield Said("join_partnership", joined, "member", _at(one, "joined"))
    if one.HasField("left"):
        yield Said("leave_partnership", fields, "left", _at(one, "left"))


def edition(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """An edition, its dates as decided last, and that it was held."""
    one: Any = record.resource
    name = {"edition": one.edition}
    fields = {"edition_id": _id(one, "edition"), **_same(one, editions.AnnounceEditionRequest)}
    yield Said("announce_edition", fields, "edition", _at(one, "announced"))
    if _at(one, "dates_since") != _at(one, "announced"):
        dates = {**name, "dates": one.dates}
        yield Said("reschedule_edition", dates, "dates", _at(one, "dates_since"))
    if one.state == editions.EDITION_STATE_HELD:
        yield Said("hold_edition", name, "state", _at(one, "state_since"))


def cancelled(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """That an edition does not take place: those who had registered are registered by then."""
    one: Any = record.resource
    if one.state == editions.EDITION_STATE_CANCELLED:
        yield Said("cancel_edition", {"edition": one.edition}, "state", _at(one, "state_since"))


_STATUSES = {
    participations.PARTICIPATION_STATUS_CONFIRMED: "confirm_participation",
    participations.PARTICIPATION_STATUS_WITHDRAWN: "withdraw_participation",
}


def participation(record: Record, _: AbstractSet[str] = frozenset()) -> Facts:
    """A registration, and what became of it."""
    one: Any = record.resource
    fields = _same(one, participations.RegisterParticipationRequest)
    since = _at(one, "status_since")
    if one.HasField("registered"):
        yield Said("register_participation", fields, "participation", _at(one, "registered"))
    if one.status == participations.PARTICIPATION_STATUS_ATTENDED:
        yield Said("attend_participation", fields, "participation", since)
    elif command := _STATUSES.get(one.status):
        yield Said(command, {"participation": one.participation}, "status", since)


def _id(one: Message, field: str) -> str:
    """Id in the resource name that a field has.

    Raises:
        Refused: where it has none.
    """
    kind, _, found = str(getattr(one, field)).partition("/")
    if kind != f"{field}s" or not found:
        raise Refused(field, "INVALID_FIELD", f"must be a resource name: {field}s/{{id}}")
    return found


def _same(one: Message, request: type[Message]) -> dict[str, Any]:
    """Fields of a resource that a request has under the same names, where they say something."""
    wanted = request.DESCRIPTOR.fields_by_name
    return {field.name: value for field, value in one.ListFields() if field.name in wanted}


def _at(one: Message, field: str) -> dict[str, Any]:
    return _known(getattr(one, field) if one.HasField(field) else None)


def _known(at: Effective | None) -> dict[str, Any]:
    """Effective date as the fields of a command; not known where it is absent."""
    if at is None or at.bound == Effective.BOUND_UNKNOWN:
        return UNKNOWN
    return {"date": at.date, "bound": at.bound}


def _name_effective(one: Any) -> dict[str, Any]:
    """From when a name holds; left out where that is not known, as it need not be said."""
    since = _at(one, "name_since")
    return {} if since is UNKNOWN else {"name_effective": since}


def _identifiers(one: Any, kind: str) -> Facts:
    name = {kind: getattr(one, kind)}
    for each in one.identifiers:
        fields = {**name, "scheme": each.scheme, "value": each.value}
        yield Said(f"add_{kind}_identifier", fields, "identifiers", _at(each, "from"))
        if each.HasField("until"):
            yield Said(f"end_{kind}_identifier", fields, "identifiers", _at(each, "until"))


def _mapping(
    name: str, kind: type[Message], key: str, passes: Sequence[Reader], *closing: Reader
) -> Mapping:
    return Mapping(f"{name}.ndjson", {}, (), tuple(passes), closing=closing, key=key, kind=kind)


ORGANISATIONS = _mapping(
    "organisations", organisations.Organisation, "organisation", [organisation]
)
CLUSTERS = _mapping("clusters", clusters.Cluster, "cluster", [cluster], dissolved)
PARTNERSHIPS = _mapping(
    "partnerships", partnerships.Partnership, "partnership", [partnership, relations], course
)
MEMBERS = _mapping("partnership_members", partnerships.Membership, "", [membership])
EDITIONS = _mapping("editions", editions.Edition, "edition", [edition], cancelled)
PARTICIPATIONS = _mapping(
    "participations", participations.Participation, "participation", [participation]
)
