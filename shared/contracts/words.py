"""The field's words for states, tasks and events, the same in every service and on every screen."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """The four tiers of the network (DOMAIN §1); township centres stand beside community ones."""

    EMERGENCY_CENTRE = "emergency_centre"
    FIRST_AID_STATION = "first_aid_station"
    COMMUNITY_HEALTH_CENTRE = "community_health_centre"
    TOWNSHIP_HEALTH_CENTRE = "township_health_centre"


class TransportMode(StrEnum):
    """How somebody gets there."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    E_BIKE = "e_bike"
    MOTORCYCLE = "motorcycle"
    CAR = "car"


class AedState(StrEnum):
    """Whether a device can be used; unknown is neither."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    UNKNOWN = "unknown"


class AedAccess(StrEnum):
    """Who can get at a device during its hours."""

    PUBLIC = "public"
    STAFF = "staff"
    PRIVATE = "private"
    UNKNOWN = "unknown"


class RescuerState(StrEnum):
    """Trained is not enrolled, enrolled is not verified (DOMAIN §1)."""

    ENROLLED = "enrolled"
    VERIFIED = "verified"
    SUSPENDED = "suspended"


class PlaceKind(StrEnum):
    """Which of a rescuer's usual places it is."""

    HOME = "home"
    WORK = "work"
    OTHER = "other"


class UnitKind(StrEnum):
    """What a station sends."""

    AMBULANCE = "ambulance"
    HEALTH_TEAM = "health_team"


class UnitState(StrEnum):
    """Where a unit is in its work."""

    AVAILABLE = "available"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    MOBILE = "mobile"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    RETURNING = "returning"
    OFF_DUTY = "off_duty"
    OUT_OF_SERVICE = "out_of_service"


class OrderState(StrEnum):
    """The life of an order to a unit."""

    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    MOBILE = "mobile"
    ON_SCENE = "on_scene"
    AT_PATIENT = "at_patient"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    FREE = "free"
    CANCELLED = "cancelled"
    ESCALATED = "escalated"


class Task(StrEnum):
    """What a responder is asked to do."""

    DIRECT = "direct"
    VIA_AED = "via_aed"
    GUIDE = "guide"


class MessageKind(StrEnum):
    """What a message to a rescuer is about."""

    ALERT = "alert"
    UPDATE = "update"
    STAND_DOWN = "stand_down"
    FOLLOW_UP = "follow_up"
    """It is over, and whoever accepted may say how it was; it can wait."""


class AlertState(StrEnum):
    """The life of an alert to a rescuer."""

    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TIMED_OUT = "timed_out"
    UNDELIVERED = "undelivered"
    AED_COLLECTED = "aed_collected"
    ARRIVED = "arrived"
    STOOD_DOWN = "stood_down"


class DeliveryState(StrEnum):
    """What a channel knows about a message."""

    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    PASSED_ON = "passed_on"
    """This channel did not get it there; another one still has it, or is tried next."""
    FAILED = "failed"
    """None got it there; told once, after the last."""


class IncidentState(StrEnum):
    """The life of an incident."""

    OPEN = "open"
    ACTIVATED = "activated"
    CALLED_OFF = "called_off"
    MERGED = "merged"
    CLOSED = "closed"


class Gate(StrEnum):
    """Why volunteers must not be sent (DOMAIN §3); units go all the same."""

    VIOLENCE = "violence"
    TRAFFIC = "traffic"
    FIRE = "fire"
    ELECTRICITY = "electricity"
    GAS = "gas"
    DROWNING = "drowning"
    TRAUMA = "trauma"
    HANGING = "hanging"
    OVERDOSE_WITH_DANGER = "overdose_with_danger"
    SMALL_CHILD = "small_child"
    DO_NOT_RESUSCITATE = "do_not_resuscitate"


class TimelineEvent(StrEnum):
    """What can happen in an incident; together they carry every Utstein time point (DOMAIN §4)."""

    CALL_RECEIVED = "call_received"
    ADDRESS_KNOWN = "address_known"
    ARREST_RECOGNISED = "arrest_recognised"
    GATE_CLOSED = "gate_closed"
    PLAN_MADE = "plan_made"
    ACTIVATED = "activated"
    CALLED_OFF = "called_off"
    TELEPHONE_CPR_STARTED = "telephone_cpr_started"
    BYSTANDER_CPR_STARTED = "bystander_cpr_started"
    ALERT_SENT = "alert_sent"
    ALERT_DELIVERED = "alert_delivered"
    ALERT_SEEN = "alert_seen"
    ALERT_UNDELIVERED = "alert_undelivered"
    ALERT_ACCEPTED = "alert_accepted"
    ALERT_DECLINED = "alert_declined"
    ALERT_WITHDRAWN = "alert_withdrawn"
    ALERT_TIMED_OUT = "alert_timed_out"
    NO_MOVEMENT = "no_movement"
    DEPARTED = "departed"
    AED_COLLECTED = "aed_collected"
    AED_MISSING = "aed_missing"
    TASK_CHANGED = "task_changed"
    RESCUER_AT_BUILDING = "rescuer_at_building"
    RESCUER_ARRIVED = "rescuer_arrived"
    CPR_STARTED = "cpr_started"
    AED_ON = "aed_on"
    SHOCK_DELIVERED = "shock_delivered"
    UNIT_NOTIFIED = "unit_notified"
    UNIT_ACKNOWLEDGED = "unit_acknowledged"
    UNIT_MOBILE = "unit_mobile"
    AMBULANCE_ARRIVED = "ambulance_arrived"
    HEALTH_TEAM_ARRIVED = "health_team_arrived"
    UNIT_AT_PATIENT = "unit_at_patient"
    UNIT_TRANSPORTING = "unit_transporting"
    UNIT_AT_HOSPITAL = "unit_at_hospital"
    UNIT_FREE = "unit_free"
    ORDER_ESCALATED = "order_escalated"
    ORDER_CANCELLED = "order_cancelled"
    WIDENED = "widened"
    TARGET_MISSED = "target_missed"
    PLACE_CORRECTED = "place_corrected"
    DETAILS_CORRECTED = "details_corrected"
    LINK_OFFERED = "link_offered"
    MERGED = "merged"
    SPLIT = "split"
    NOTE = "note"
    NOT_AN_ARREST = "not_an_arrest"
    CANCELLED = "cancelled"
    TAKEN_OVER = "taken_over"
    ROSC = "rosc"
    STOOD_DOWN = "stood_down"
    INCIDENT_CLOSED = "incident_closed"
