"""Bearer tokens as the store keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.hotline.organisation import shipped
from service.web.auth import hash_token
from service.web.scopes import usual

_ROLES = {one["id"]: one["roles"] for one in shipped()["people"]}


def kept(token: str, person_id: str, at: datetime, *roles: str) -> dict[str, Any]:
    """The row of a token that is for all that the fictional people's are for; somebody else's roles are told."""
    scopes = usual(roles or _ROLES.get(person_id, ()))
    return {"token_hash": hash_token(token), "person_id": person_id, "created_at": at, "scopes": scopes}
