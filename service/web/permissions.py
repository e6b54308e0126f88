"""Who may ask which route: the one table from which every route takes its rule, and docs/permissions.md is written.

A rule says two things. Its `roles` are asked before the view is, by admission.py: whoever has none of them is refused.
Its `cells` say what comes of it in each relation to the matter that is asked about; there the view asks access.py or
hotline/people.py, which make it a condition of the search. A route without a rule is refused to everybody, and
tests/web/test_permissions.py names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.hotline.people import AGENCY_ROLES, CONTACTING, UNIT_ROLES, is_of_agency
from service.web import matter_rules, page_routes, studio_rules
from service.web.rules import ROLES, Rule, cells

_ALL, _AGENCY, _NONE = frozenset(ROLES), AGENCY_ROLES, frozenset[str]()
EVERYTHING = frozenset({"ADMIN", "INTEGRATOR"})
OVERSIGHT = EVERYTHING | {"SUPERVISOR", "AGENCY_LEAD"}
# Who writes down what service objects say: the call desk, and the systems through which they write.
DESK = frozenset({"CALL_TAKER", "DISPATCHER", "VISITOR", "AGENCY_LEAD", "ADMIN", "INTEGRATOR"})

_ANYBODY = Rule("anybody", "Whoever asks.", is_open=True)
_PUBLIC = Rule(
    "public", "Whoever asks, of what is public; who has signed in, of the rest too.", is_open=True, is_paced=True
)
_CODE = Rule(
    "query code",
    "Who knows the number of a matter and the query code that came with it.",
    is_open=True,
    is_paced=True,
)
_CITIZEN = Rule(
    "service object",
    "Whoever asks: filing a matter, counted by the address; following their own, by number and query code.",
    is_open=True,
    is_paced=True,
)
_SECRET = Rule("secret", "Who has a client's id and secret.", is_open=True)
_BROWSER = Rule("browser", "Who signs in by a browser; each page asks how far they are.", is_open=True, is_paced=True)
_SIGNED = Rule("signed in", "Whoever has signed in.")
_SHARING = Rule("sharing", "The agency and the office of the government; a unit of its own systems.")
_PUSH = Rule(
    "push",
    "Handlers and liaison officers of units, for their unit; administrators and systems, for one that they name.",
    EVERYTHING,
    of_units=frozenset({"UNIT_HANDLER", "UNIT_LIAISON"}),
)
_SHARED = Rule(
    "sharing's secret",
    "Administrators; the liaison officer of the unit whose system it is.",
    frozenset({"ADMIN"}),
    of_units=frozenset({"UNIT_LIAISON"}),
)
_UNSHARE = Rule(
    "sharing's end",
    "Who has reviewed and approved it: the head of the agency, the office of the government; administrators.",
    frozenset({"AGENCY_LEAD", "ADMIN"}),
    of_units=frozenset({"GOV_OFFICE"}),
)
_RESULTS = Rule("results", "The agency, which publishes them; a unit reads its own in the list.", AGENCY_ROLES)
_HEAT = Rule("heat", "The agency: counts of all units, and of each of the matters that one sees.", AGENCY_ROLES)
_ADMIN = Rule("admin", "Administrators.", frozenset({"ADMIN"}))
_ENGINE = Rule("engine", "Administrators and systems.", EVERYTHING)
_OVERSEE = Rule("oversight", "Those who oversee what waits and what is stuck.", OVERSIGHT)
_FILE = Rule("desk", "The call desk, and the systems through which service objects write.", DESK)
_MATTER = Rule("matter", "A matter, or a list of matters.", cells=cells(_ALL, _ALL, _AGENCY, _AGENCY))
_TELL = Rule("desk, matter", "The call desk, of a matter that it sees.", DESK, cells=cells(DESK, DESK, DESK, DESK))
_CALLER = Rule(
    "caller", "Those of the agency who speak with service objects; of the matters that each of them sees.", CONTACTING
)
_CONTACT = Rule(
    "contact",
    "Who works with the service object; a unit unless confidentiality was asked for.",
    cells=cells(CONTACTING | UNIT_ROLES, CONTACTING | UNIT_ROLES, CONTACTING, CONTACTING),
)
_HEAD = frozenset({"AGENCY_LEAD"})
_LEAD = Rule("kept apart", "Whom the table field-access shows state secrets.", cells=cells(_HEAD, _HEAD, _HEAD, _HEAD))
_SEEN = Rule(
    "seen",
    "User tasks of one's own, and the instances of these; those who oversee see all.",
    cells=cells(_ALL, OVERSIGHT, OVERSIGHT, _AGENCY),
)
_CLAIM = Rule(
    "claim",
    "A user task of one's own; those who oversee give any to one of its candidates, administrators to anybody.",
    cells=cells(_ALL, frozenset({"ADMIN"}), frozenset({"ADMIN"}), _AGENCY),
)
_DO = Rule(
    "do",
    "A user task of one's own; administrators any.",
    cells=cells(_ALL, frozenset({"ADMIN"}), frozenset({"ADMIN"}), _AGENCY),
)
_GIVE = Rule(
    "give", "Those who oversee, of any matter.", OVERSIGHT, cells=cells(OVERSIGHT, OVERSIGHT, OVERSIGHT, OVERSIGHT)
)
_ACT = Rule(
    "act",
    "Administrators and systems, of any matter.",
    EVERYTHING,
    cells=cells(EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING),
)


def _listed(*blocks: tuple[Rule, str]) -> Mapping[str, Rule]:
    return {" ".join(line.split()): rule for rule, lines in blocks for line in lines.splitlines() if line.strip()}


# "METHOD path" → its rule.
ROUTES: Mapping[str, Rule] = _listed(
    (
        _ANYBODY,
        """
        GET /v2/status
        GET /v2/license
        GET /v2/openapi.json
        GET /v2/docs
        GET /v2/docs/<name>
        GET /hotline/v1/openapi.json
        GET /hotline/v1/docs
        GET /hotline/v1/docs/<name>
        GET /oauth/jwks
        GET /.well-known/oauth-authorization-server
        GET /.well-known/openid-configuration
        GET /console/static/<path:filename>
        """,
    ),
    (
        _PUBLIC,
        """
        GET /about
        GET /statistics
        GET /knowledge
        GET /knowledge/<entry_id>
        GET /hotline/v1/knowledge
        GET /hotline/v1/knowledge/<entry_id>
        """,
    ),
    (
        _CODE,
        """
        GET /hotline/v1/track/<number>
        POST /hotline/v1/track/<number>/conduct-complaint
        POST /hotline/v1/track/<number>/explanation
        POST /hotline/v1/track/<number>/leak-report
        POST /hotline/v1/track/<number>/retaliation-report
        POST /hotline/v1/track/<number>/supplement
        POST /hotline/v1/track/<number>/survey
        POST /hotline/v1/track/<number>/urge
        POST /hotline/v1/track/<number>/withdrawal
        """,
    ),
    (
        _CITIZEN,
        """
        GET /portal
        GET /portal/file
        POST /portal/file
        GET /portal/receipt
        GET /portal/track
        GET /portal/changes
        POST /portal/track
        GET /portal/track/<what>
        POST /portal/track/<what>
        POST /portal/leave
        """,
    ),
    (_SECRET, "POST /oauth/token"),
    (
        _BROWSER,
        """
        GET /sign-in
        POST /sign-in
        GET /sign-in/provider
        GET /sign-in/provider/callback
        GET /sign-in/code
        POST /sign-in/code
        GET /second-factor
        POST /second-factor
        GET /second-factor/confirmation
        POST /second-factor/confirmation
        POST /sign-out
        """,
    ),
    (
        _SIGNED,
        page_routes.SIGNED
        + """
        GET /hotline/v1/assessments
        GET /hotline/v1/calendar/closures
        GET /hotline/v1/figures
        GET /hotline/v1/figures/<figure>
        POST /hotline/v1/figures/export
        GET /hotline/v1/units
        GET /hotline/v1/units/<unit_id>
        GET /hotline/v1/duties
        GET /hotline/v1/roster
        GET /hotline/v1/starts
        POST /hotline/v1/starts/<process_id>
        GET /v2/topology
        GET /v2/authentication/me
        POST /v2/authentication/me/authorizations/search
        POST /v2/cluster-variables/search
        GET /v2/decision-definitions/<key>
        GET /v2/decision-definitions/<key>/xml
        POST /v2/decision-definitions/search
        GET /v2/decision-requirements/<key>
        GET /v2/decision-requirements/<key>/xml
        POST /v2/decision-requirements/search
        GET /v2/process-definitions/<key>
        GET /v2/process-definitions/<key>/form
        GET /v2/process-definitions/<key>/xml
        POST /v2/process-definitions/search
        GET /v2/resources/<key>
        GET /v2/resources/<key>/content
        GET /v2/resources/<key>/content/binary
        POST /v2/resources/search
        """,
    ),
    *studio_rules.ROUTES,
    *matter_rules.ROUTES,
    (_PUSH, "POST /hotline/v1/knowledge"),
    (_SHARING, "GET /hotline/v1/sharing"),
    (_SHARED, "POST /hotline/v1/sharing/<consumer_id>/secret"),
    (_UNSHARE, "POST /hotline/v1/sharing/<consumer_id>/revocation"),
    (_RESULTS, "POST /hotline/v1/assessments/<period_id>/export"),
    (
        _ADMIN,
        """
        GET /hotline/v1/people/<person_id>/tokens
        POST /hotline/v1/people/<person_id>/tokens
        DELETE /hotline/v1/tokens/<token_id>
        DELETE /hotline/v1/people/<person_id>/second-factor
        PUT /hotline/v1/calendar/closures/<day>
        DELETE /hotline/v1/calendar/closures/<day>
        POST /hotline/v1/calendar/years/<int:year>
        """,
    ),
    (
        _ENGINE,
        """
        POST /hotline/v1/calls
        POST /v2/deployments
        POST /v2/resources/<key>/deletion
        POST /v2/decision-definitions/evaluation
        POST /v2/conditionals/evaluation
        POST /v2/process-instances
        POST /v2/process-instances/cancellation
        POST /v2/process-instances/incident-resolution
        POST /v2/process-instances/migration
        POST /v2/process-instances/migration-check
        POST /v2/process-instances/modification
        POST /v2/process-instances/resumption
        POST /v2/process-instances/suspension
        POST /v2/batch-operations/<key>/cancellation
        POST /v2/messages/correlation
        POST /v2/messages/publication
        POST /v2/signals/broadcast
        POST /v2/jobs/activation
        """,
    ),
    (
        _ACT,
        """
        POST /v2/process-instances/<key>/cancellation
        POST /v2/process-instances/<key>/incident-resolution
        POST /v2/process-instances/<key>/migration
        POST /v2/process-instances/<key>/modification
        POST /v2/process-instances/<key>/resumption
        POST /v2/process-instances/<key>/suspension
        PUT /v2/element-instances/<key>/variables
        POST /v2/element-instances/ad-hoc-activities/<key>/activation
        POST /v2/incidents/<key>/resolution
        POST /operations/incidents/<key>/retry
        POST /operations/incidents/<key>/values
        PATCH /v2/jobs/<key>
        POST /v2/jobs/<key>/completion
        POST /v2/jobs/<key>/error
        POST /v2/jobs/<key>/failure
        """,
    ),
    (_HEAT, page_routes.AGENCY),
    (
        _OVERSEE,
        """
        POST /v2/batch-operations/search
        GET /v2/batch-operations/<key>
        POST /v2/batch-operation-items/search
        GET /operations
        GET /changes/operations
        """,
    ),
    (
        _GIVE,
        """
        POST /v2/jobs/search
        POST /v2/message-subscriptions/search
        POST /v2/incidents/search
        GET /v2/incidents/<key>
        GET /operations/incidents/<key>
        POST /v2/process-instances/<key>/incidents/search
        POST /v2/element-instances/<key>/incidents/search
        PATCH /v2/user-tasks/<key>
        PATCH /v2/user-tasks/<key>/update
        """,
    ),
    (
        _SEEN,
        page_routes.SEEN
        + """
        POST /v2/user-tasks/search
        GET /v2/user-tasks/<key>
        GET /v2/user-tasks/<key>/form
        POST /v2/user-tasks/<key>/variables/search
        POST /v2/user-tasks/<key>/effective-variables/search
        POST /v2/user-tasks/<key>/audit-logs/search
        DELETE /v2/user-tasks/<key>/assignee
        POST /v2/process-instances/search
        GET /v2/process-instances/<key>
        GET /v2/process-instances/<key>/call-hierarchy
        GET /v2/process-instances/<key>/sequence-flows
        GET /v2/process-instances/<key>/statistics/element-instances
        POST /v2/process-definitions/<key>/statistics/element-instances
        POST /v2/element-instances/search
        GET /v2/element-instances/<key>
        POST /v2/variables/search
        GET /v2/variables/<key>
        POST /v2/decision-instances/search
        GET /v2/decision-instances/<key>
        POST /v2/audit-logs/search
        GET /v2/audit-logs/<key>
        """,
    ),
    (_CLAIM, page_routes.CLAIM + "POST /v2/user-tasks/<key>/assignment"),
    (_DO, page_routes.DO + "POST /v2/user-tasks/<key>/completion"),
    (
        _FILE,
        """
        GET /intake
        POST /intake
        POST /intake/check
        POST /hotline/v1/matters
        """,
    ),
    (
        _MATTER,
        page_routes.MATTER
        + matter_rules.FILE
        + """
        GET /hotline/v1/matters
        GET /hotline/v1/matters/<number>
        GET /hotline/v1/matters/<number>/attachments
        GET /hotline/v1/matters/<number>/attachments/<int:key>

        GET /hotline/v1/figures/<figure>/<part>
        POST /hotline/v1/figures/<figure>/<part>/export
        GET /figures/<figure>/<part>
        """,
    ),
    (_CONTACT, page_routes.CONTACT + "POST /hotline/v1/matters/<number>/contact"),
    (_CALLER, "POST /hotline/v1/matters/of-caller"),
    (_LEAD, "POST /hotline/v1/matters/<number>/quarantine"),
    (
        _TELL,
        page_routes.TELL
        + """
        POST /hotline/v1/matters/<number>/attachments
        POST /hotline/v1/matters/<number>/conduct-complaint
        POST /hotline/v1/matters/<number>/explanation
        POST /hotline/v1/matters/<number>/leak-report
        POST /hotline/v1/matters/<number>/misuse
        POST /hotline/v1/matters/<number>/retaliation-report
        POST /hotline/v1/matters/<number>/supplement
        POST /hotline/v1/matters/<number>/survey
        POST /hotline/v1/matters/<number>/urge
        POST /hotline/v1/matters/<number>/withdrawal
        """,
    ),
)


def lets_in(rule: Rule, person: Any) -> bool:
    """Whether somebody has one of the roles of a rule."""
    if rule.roles is None or has_role(person, rule.roles):
        return True
    return not is_of_agency(person) and not rule.of_units.isdisjoint(person.roles)


def has_role(person: Any, roles: frozenset[str]) -> bool:
    """Whether one of these roles of the agency counts for somebody: a unit cannot give them."""
    return is_of_agency(person) and not roles.isdisjoint(person.roles)


def may_ask(person: Any, route: str) -> bool:
    """Whether somebody who has signed in is let in to a route that is served, whatever comes of it then."""
    rule = ROUTES.get(route)
    return rule is not None and lets_in(rule, person)
