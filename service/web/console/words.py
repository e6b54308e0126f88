"""The names that people read for statuses, lights and roles."""

from __future__ import annotations

from collections.abc import Mapping


def named(text: str) -> str:
    """Marks words of a catalogue."""
    return text


STATUSES: Mapping[str, str] = {
    "RECEIVED": named("Received"),
    "INCOMPLETE": named("Incomplete"),
    "UNDER_REVIEW": named("Under review"),
    "ACCEPTED": named("Accepted"),
    "TO_ASSIGN": named("To be assigned"),
    "DISPATCHED": named("Dispatched"),
    "IN_HANDLING": named("In handling"),
    "IN_REVIEW": named("In the unit's review"),
    "RETURN_REQUESTED": named("To be returned"),
    "IN_DISPUTE": named("Duty in dispute"),
    "CO_HANDLING": named("Handled by several units"),
    "REPLIED": named("Replied"),
    "VISITING": named("Return visit"),
    "CLOSED": named("Closed"),
    "ANSWERED": named("Answered at once"),
    "REFUSED": named("Not accepted"),
    "REFERRED": named("Referred elsewhere"),
    "REDIRECTED": named("Passed to an emergency line"),
    "WITHDRAWN": named("Withdrawn"),
    "MERGED": named("Merged into another"),
    "TERMINATION_REQUESTED": named("To be ended"),
    "TERMINATED": named("Ended without handling"),
    "PLAN_PENDING": named("Plan under review"),
    "PLAN_RUNNING": named("Plan being carried out"),
    "HARD_CASE_L1": named("Studied by the government office"),
    "HARD_CASE_L2": named("Before the executive meeting"),
}

LIGHTS: Mapping[str, str] = {
    "GREEN": named("in time"),
    "YELLOW": named("due soon"),
    "RED": named("overdue"),
}

ROLES: Mapping[str, str] = {
    "CALL_TAKER": named("Call takers"),
    "DISPATCHER": named("Dispatchers"),
    "VISITOR": named("Return visitors"),
    "SUPERVISOR": named("Supervisors"),
    "QA": named("Quality inspectors"),
    "ANALYST": named("Analysts"),
    "KB_ADMIN": named("Keepers of the knowledge base"),
    "AGENCY_LEAD": named("Leaders of the agency"),
    "AUDITOR": named("Auditors"),
    "ADMIN": named("Administrators"),
    "INTEGRATOR": named("Other systems"),
}

UNIT_ROLES: Mapping[str, str] = {
    "UNIT_HANDLER": named("Handlers of units"),
    "UNIT_LIAISON": named("Liaison officers of units"),
    "UNIT_PRINCIPAL": named("Main persons in charge of units"),
    "COUNTY_DISPATCHER": named("Dispatchers of counties"),
    "TOWN_HANDLER": named("Handlers of towns"),
    "GOV_OFFICE": named("Office of the government"),
    "GOV_EXEC_MEETING": named("Executive meeting of the government"),
    "SUPERVISION_DEPT": named("Supervision department"),
    "COMPETENT_ORGAN": named("Competent organ"),
    "POLICE_LIAISON": named("Liaison officer of the police"),
}

CHANNELS: Mapping[str, str] = {
    "PHONE": named("Phone"),
    "WECHAT": named("WeChat"),
    "WEIBO": named("Weibo"),
    "SMS": named("Text message"),
    "WEB": named("Web site"),
    "APP": named("App"),
    "MAILBOX": named("Mayor's mailbox"),
    "PROVINCIAL": named("From the province"),
    "LINK_110": named("From 110"),
    "MEDIA": named("News media"),
}

TYPES: Mapping[str, str] = {
    "CONSULT": named("Questions"),
    "HELP": named("Requests for help"),
    "COMPLAINT": named("Complaints"),
    "REPORT": named("Reports"),
    "SUGGESTION": named("Suggestions"),
    "PRAISE": named("Praise"),
}

DIMENSIONS: Mapping[str, str] = {
    "unit": named("Unit"),
    "division": named("Division"),
    "channel": named("Channel"),
    "category": named("Category"),
    "type": named("Kind of matter"),
}

COUNTED: Mapping[str, str] = {
    "matter": named("Matters"),
    "call": named("Calls"),
    "check": named("Checks of the knowledge base"),
}

CARRIERS: Mapping[str, str] = {
    "process": named("Process"),
    "lane": named("Lane"),
    "element": named("Element"),
    "rule": named("Rule"),
    "decision": named("Decision"),
    "field": named("Field"),
    "route": named("Route"),
    "page": named("Page"),
    "report": named("Report"),
    "permission": named("Permission"),
    "test": named("Test"),
    "story": named("Story"),
}

KNOWLEDGE: Mapping[str, str] = {
    "LAW": named("Laws and regulations"),
    "POLICY": named("Policies"),
    "CASE": named("Explained cases"),
    "CONVENIENCE": named("Useful information"),
    "OTHER": named("Other"),
}

# In the order in which they are shown.
UNITS: Mapping[str, str] = {
    "GOV_OFFICE": named("Office of the government"),
    "AGENCY": named("Hotline agency"),
    "COUNTY": named("Counties, cities and districts"),
    "ZONE": named("Development zones"),
    "DEPARTMENT": named("Municipal departments"),
    "ENTERPRISE": named("Public enterprises"),
    "INSTITUTION": named("Public institutions"),
    "COUNTY_DEPT": named("Departments of counties"),
    "TOWN": named("Towns and sub-districts"),
    "OTHER": named("Other units"),
}

SUBJECTS: Mapping[str, str] = {
    "CITIZEN": named("Citizen"),
    "LEGAL_PERSON": named("Legal person"),
    "OTHER_ORG": named("Other organization"),
}

STANDARDS: Mapping[str, str] = {
    "PHONE_ANSWER": named("A call is answered within, seconds"),
    "CONNECT_RATE": named("Of all calls are answered in a day, per cent at least"),
    "NEWMEDIA": named("New media are answered within, minutes"),
    "T_HANDLE": named("A matter is handled within, working days"),
    "T_VISIT": named("A return visit follows within, working days"),
}

PUBLICATIONS: Mapping[str, str] = {
    "CHANNELS": named("Channels"),
    "SCOPE": named("What is accepted"),
    "PROCEDURE": named("Procedures"),
    "STATISTICS": named("Figures"),
    "PLAN": named("Plans"),
    "SCHEME": named("Scheme of assessment"),
    "OTHER": named("Other"),
}
