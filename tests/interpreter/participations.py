"""Participations as of a day: who, how, and where they stand."""

from registry.events.v1 import participation_pb2 as pb
from registry.v1 import participation_service_pb2 as service
from tests.interpreter.dates import NEVER

STATUSES = {
    pb.ParticipationRegistered: service.PARTICIPATION_STATUS_REGISTERED,
    pb.ParticipationConfirmed: service.PARTICIPATION_STATUS_CONFIRMED,
    pb.ParticipationAttended: service.PARTICIPATION_STATUS_ATTENDED,
    pb.ParticipationWithdrawn: service.PARTICIPATION_STATUS_WITHDRAWN,
}


def participation(facts, day):
    """A participation."""
    who, status = attendance(facts), standing(facts, day)
    registered = facts.on(day, pb.ParticipationRegistered)
    return service.Participation(
        participation=facts.stream,
        edition=edition(facts),
        participant=who.participant,
        classification_version=who.classification_version,
        roles=who.roles,
        roles_as_stated=who.roles_as_stated,
        kind_as_stated=who.kind_as_stated,
        status=STATUSES[type(status.event)] if status else 0,
        status_since=status.at if status else None,
        registered=registered.at if registered else None,
        version=facts.length,
    )


def edition(facts):
    """Resource name of its edition."""
    return facts.stream.partition("/participations/")[0]


def attendance(facts):
    """Who takes part and how, as recorded last; what the last does not say stays as it was."""
    said = facts.listed(NEVER, pb.ParticipationRegistered, pb.ParticipationAttended)
    who = pb.Attendance()
    for fact in said:
        if fact.event.attendance.roles:
            who.ClearField("roles")
        who.MergeFrom(fact.event.attendance)
    return who


def standing(facts, day):
    """The fact that says where it stands: who attended has attended, whatever is dated later."""
    return facts.on(day, pb.ParticipationAttended) or facts.on(day, *STATUSES)


def status(facts, day):
    """Where it stands on a day; 0 before it was registered."""
    found = standing(facts, day)
    return STATUSES[type(found.event)] if found else 0
