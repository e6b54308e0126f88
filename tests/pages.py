"""Every page that somebody opens, and who does: the bench times them, a browser looks at them in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Who opens pages: who oversees, whoever takes calls, a unit's handler, who changes the rules, and nobody in particular.
LEAD, CALLS, HANDLER, RULES, ANYBODY = "zheng-hong", "zhao-jing", "dept-labour.handler", "shen-yi", ""


@dataclass(frozen=True, slots=True)
class Page:
    who: str
    path: str
    # Editors are heavy by nature; they are the only pages that may be.
    is_editor: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What pages show: a matter of the unit of `HANDLER`, and a user task of it that waits for them."""

    number: str
    task: str
    unit: str
    process: str = "hotline-intake"
    decision: str = "deadline-graph"
    form: str = "handle"
    figure: str = "on_time_rate"


def all_of(shown: Shown) -> Iterator[Page]:
    for path in ("/portal", "/portal/file", "/portal/track", "/about", "/knowledge", "/statistics", "/sign-in"):
        yield Page(ANYBODY, path)
    for who in (LEAD, HANDLER):
        for path in ("/", "/tasks", "/matters", "/figures"):
            yield Page(who, path)
        yield Page(who, f"/matters/{shown.number}")
    for part in ("way", "way/changes", "decisions", "record"):
        yield Page(LEAD, f"/matters/{shown.number}/{part}")
    yield Page(LEAD, "/supervision")
    yield Page(HANDLER, f"/tasks/{shown.task}")
    yield Page(CALLS, "/intake")
    yield Page(CALLS, f"/matters/{shown.number}/attachments")
    for path in ("/operations", "/coverage", "/units", f"/units/{shown.unit}", "/duties", "/roster"):
        yield Page(LEAD, path)
    yield Page(LEAD, "/heat")
    yield Page(LEAD, "/heat/hotline-intake")
    yield Page(LEAD, "/heat/hotline-intake/judge-acceptance?part=through")
    yield Page(LEAD, f"/figures/{shown.figure}")
    yield Page(LEAD, f"/figures/{shown.figure}/denominator")
    yield Page(RULES, "/studio")
    yield Page(RULES, "/studio/new")
    yield Page(RULES, f"/studio/process/{shown.process}/running")
    for kind in ("process", "decision", "form"):
        yield Page(RULES, f"/studio/{kind}/{getattr(shown, kind)}")
        yield Page(RULES, f"/studio/{kind}/{getattr(shown, kind)}/compare")
        yield Page(RULES, f"/studio/{kind}/{getattr(shown, kind)}/draft")
        yield Page(RULES, f"/studio/{kind}/{getattr(shown, kind)}/draft/edit", is_editor=True)
