"""Who may see, change and approve the rules of the hotline in the studio."""

from __future__ import annotations

from service.web.rules import Rule

_READ = Rule(
    "rules",
    "Administrators, who change rules; the head of the agency, who approves that; auditors.",
    frozenset({"ADMIN", "AGENCY_LEAD", "AUDITOR"}),
)
_CHANGE = Rule("rules' change", "Administrators.", frozenset({"ADMIN"}))
_APPROVE = Rule(
    "rules' approval",
    "Administrators and the head of the agency, of what somebody else has drafted.",
    frozenset({"ADMIN", "AGENCY_LEAD"}),
)
ROUTES = (
    (
        _READ,
        """
        GET /studio
        GET /studio/<kind>/<id_>
        GET /studio/<kind>/<id_>/file
        GET /studio/<kind>/<id_>/draft
        GET /studio/<kind>/<id_>/draft/file
        GET /studio/<kind>/<id_>/draft/trial
        GET /studio/<kind>/<id_>/draft/back-test
        GET /studio/<kind>/<id_>/compare
        GET /studio/<kind>/<id_>/compare/picture
        """,
    ),
    (
        _CHANGE,
        """
        GET /studio/process/<id_>/running
        POST /studio/process/<id_>/running
        GET /studio/process/<id_>/running/<int:key>
        GET /studio/new
        POST /studio/new
        POST /studio/<kind>/<id_>/draft
        GET /studio/<kind>/<id_>/draft/edit
        POST /studio/<kind>/<id_>/draft/proposal
        POST /studio/<kind>/<id_>/draft/end
        POST /studio/<kind>/<id_>/draft/back
        """,
    ),
    (
        _APPROVE,
        """
        POST /studio/<kind>/<id_>/draft/approval
        POST /studio/<kind>/<id_>/draft/return
        """,
    ),
)
