"""The names that people read for statuses, lights and roles."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from service.store.tables import unit


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

# Of one matter.
TYPES: Mapping[str, str] = {
    "CONSULT": named("Question"),
    "HELP": named("Request for help"),
    "COMPLAINT": named("Complaint"),
    "REPORT": named("Report of a breach"),
    "SUGGESTION": named("Suggestion"),
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

# What a status means to whoever has raised the matter.
PLAIN: Mapping[str, str] = {
    "RECEIVED": named("We have it, and look at it next."),
    "INCOMPLETE": named("Something is missing. Please add it below, or call 12345."),
    "UNDER_REVIEW": named("We look whether the hotline may take it."),
    "ACCEPTED": named("We have taken it, and choose the unit that has to act."),
    "TO_ASSIGN": named("We choose the unit that has to act."),
    "DISPATCHED": named("It is with the unit that has to act."),
    "IN_HANDLING": named("The unit works on it."),
    "IN_REVIEW": named("The unit has finished, and somebody above looks over the answer."),
    "RETURN_REQUESTED": named("The unit says that another one has to act; we decide that."),
    "IN_DISPUTE": named("Several units differ about who has to act; we decide that."),
    "CO_HANDLING": named("Several units work on it together."),
    "REPLIED": named("The unit has answered."),
    "VISITING": named("The unit has answered. Please tell us whether it is solved."),
    "CLOSED": named("It is finished."),
    "ANSWERED": named("We have answered it at once."),
    "REFUSED": named("The hotline may not take it."),
    "REFERRED": named("Somebody else has to act; we have told you who."),
    "REDIRECTED": named("We have passed it to the emergency line."),
    "WITHDRAWN": named("You have taken it back."),
    "MERGED": named("Others have raised the same; it is handled together with theirs."),
    "TERMINATION_REQUESTED": named("The unit asks to end it without acting; we decide that."),
    "TERMINATED": named("It was ended without acting, for a reason that the rules name."),
    "PLAN_PENDING": named("It takes longer; the unit's plan is being looked at."),
    "PLAN_RUNNING": named("It takes longer; the unit works by a plan with days."),
    "HARD_CASE_L1": named("It is difficult; the office of the government decides how to go on."),
    "HARD_CASE_L2": named("It is difficult; the executive meeting of the government decides how to go on."),
}

GROUNDS: Mapping[str, str] = {
    "LEGAL_PROCEDURE": named("It has to go to a court, an arbitrator or another procedure of the law (Art. 19)."),
    "PETITION": named("It is being handled as a petition already (Art. 19)."),
    "SECRET_PRIVACY_MORALS": named("It touches a secret, somebody's privacy or public morals (Art. 19)."),
    "CONCLUDED": named("It was decided by the law, and nothing new has come up (Art. 19)."),
    "OTHER_LAW": named("Another law says who handles it (Art. 19)."),
    "OUT_OF_TERRITORY": named("It is not in this city (Art. 2)."),
    "OUT_OF_SCOPE": named("It is nothing that the hotline is for (Art. 10)."),
}


def divisions(connection: Connection, language: str) -> dict[str, str]:
    """The areas of the city by their codes, as the register of units has them."""
    rows = connection.execute(select(unit).where(unit.c.kind.in_(("COUNTY", "ZONE"))).order_by(unit.c.id)).mappings()
    if language == "zh":
        return {one["division_code"]: one["name"].removesuffix("人民政府") for one in rows}
    return {one["division_code"]: (one["name_en"] or one["name"]).removesuffix(" Government") for one in rows}
