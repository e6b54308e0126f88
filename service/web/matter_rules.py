"""The rules of what is done at the file of a matter by those who speak with service objects, and who supervise."""

from __future__ import annotations

from service.hotline.people import AGENCY_ROLES, CONTACTING, UNIT_ROLES
from service.web import page_routes
from service.web.rules import Rule, cells

_SPEAK = Rule(
    "speak",
    "Those of the agency who speak with service objects; units, of their own matters and of those below them.",
    CONTACTING,
    of_units=UNIT_ROLES,
    cells=cells(CONTACTING | UNIT_ROLES, CONTACTING | UNIT_ROLES, CONTACTING, CONTACTING),
)
_SUPERVISORS = frozenset({"SUPERVISOR", "AGENCY_LEAD", "ADMIN"})
_DEPARTMENT = frozenset({"SUPERVISION_DEPT"})
_SUPERVISE = Rule(
    "supervise",
    "Who supervises: the agency of every matter, the supervision department of those that it sees (Art. 26).",
    _SUPERVISORS,
    of_units=_DEPARTMENT,
    cells=cells(_SUPERVISORS | _DEPARTMENT, _SUPERVISORS | _DEPARTMENT, _SUPERVISORS, _SUPERVISORS),
)
_LADDER = Rule(
    "ladder",
    "The agency and the supervision department, of the matters that they see.",
    AGENCY_ROLES,
    of_units=_DEPARTMENT,
)
# What may be asked of a file by whoever sees the matter.
FILE = """
POST /hotline/v1/matters/export
POST /hotline/v1/matters/<number>/export
GET /hotline/v1/matters/<number>/notes
POST /hotline/v1/matters/<number>/notes
GET /hotline/v1/matters/<number>/path
GET /hotline/v1/matters/<number>/record
"""
# Each rule with its routes, as permissions.py lists them.
ROUTES: tuple[tuple[Rule, str], ...] = (
    (_SPEAK, page_routes.SPEAK + "POST /hotline/v1/matters/<number>/public-notes"),
    (_SUPERVISE, page_routes.SUPERVISE + "POST /hotline/v1/matters/<number>/supervision"),
    (_LADDER, page_routes.LADDER + "GET /hotline/v1/supervision"),
)
