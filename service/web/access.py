"""Who sees and does what of the user tasks and instances of /v2; permissions.py says which routes ask it.

| who                         | may                                                                                 |
|-----------------------------|-------------------------------------------------------------------------------------|
| ADMIN                       | everything; that a task is given beyond its candidates is told to auditors          |
| INTEGRATOR                  | everything but that, and of user tasks only to complete what is theirs              |
| SUPERVISOR, AGENCY_LEAD     | see all user tasks and instances, jobs, incidents, messages that are waited for, and |
|                             | who did what; give any open task to one of its candidates, put it back, change its  |
|                             | dates and priority; complete what is theirs                                         |
| everybody who has signed in | see the definitions; see the user tasks that are theirs, and the instances of these |
|                             | with their variables and decisions, and what was done in them but not by whom else; |
|                             | claim such a task for themselves, put it back, complete it unless a colleague has   |
|                             | claimed it                                                                          |
| whom a matter is against    | nothing of it, whatever else they may                                               |
| anybody                     | ask whether the service is well                                                     |

These four roles count for people of the agency and for those of no unit: a unit cannot give them. A user task is
somebody's who is its assignee or has completed it, or who is a candidate while it is open. A task that names no
candidates may be given to anybody.
"""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)

from service.engine import audit
from service.errors import Forbidden, NotFound
from service.hotline.people import against, is_of_agency, no_instance_against, not_against, visible_to
from service.store.queries import unsought
from service.store.tables import (
    element_instance,
    incident,
    job,
    matter,
    message_subscription,
    process_instance,
    user_task,
    user_task_candidate,
)
from service.web import here
from service.web.auth import Person, by_id, caller
from service.web.permissions import OVERSIGHT, has_role

_ADMIN = frozenset({"ADMIN"})
_MANY = 2_000
_OWNERS = (
    (process_instance, process_instance.c.key),
    (element_instance, element_instance.c.instance_key),
    (incident, incident.c.instance_key),
)


def groups(person: Person) -> tuple[str, ...]:
    """The candidate groups that somebody is in: the unit, and the roles in it; the agency's roles stand alone."""
    own = (person.unit_id,) if person.unit_id else ()
    if is_of_agency(person):
        return (*own, *person.roles)
    return (*own, *(f"{person.unit_id}:{role}" for role in person.roles))


def may_oversee(person: Person) -> bool:
    """Whether somebody sees all user tasks and gives them to others."""
    return has_role(person, OVERSIGHT)


def seen_tasks(*, walked: bool = False) -> ColumnElement[bool]:
    """The user tasks that the caller sees, as a condition; `walked`: as one that is asked of each task in turn."""
    free = not_against(caller(), user_task.c.root_key)
    return free if may_oversee(caller()) else and_(free, _own_tasks(caller(), walked=walked))


def own_tasks() -> ColumnElement[bool]:
    """The user tasks that are the caller's, as a condition; to oversee is not to have."""
    return and_(not_against(caller(), user_task.c.root_key), _own_tasks(caller()))


def has_many_tasks(connection: Connection) -> bool:
    """Whether so many user tasks are the caller's, and no more are seen, that those are sooner asked than sorted."""
    if may_oversee(caller()):
        return False
    own = select(user_task.c.key).where(_own_tasks(caller())).limit(_MANY).subquery()
    return connection.execute(select(func.count()).select_from(own)).scalar_one() == _MANY


def seen_instances(instance_key: ColumnElement[Any]) -> ColumnElement[bool]:
    """The instances that the caller sees, by the column that holds their key."""
    free = no_instance_against(caller(), instance_key)
    if may_oversee(caller()):
        return free
    return and_(free, instance_key.in_(select(user_task.c.instance_key).where(_own_tasks(caller()))))


def seen_locals() -> ColumnElement[bool]:
    """The element instances, of those process instances, whose own variables the caller sees: not the user tasks of
    others."""
    if may_oversee(caller()):
        return true()
    element = element_instance.c
    here = select(user_task.c.key).where(user_task.c.instance_key == element.instance_key)
    others = here.where(user_task.c.element_instance_key == element.key, ~_own_tasks(caller()))
    return ~others.exists()


def require_instance(connection: Connection, key: int) -> None:
    """Raises Forbidden for an instance in which the caller has no user task, or whose matter is against the caller."""
    require_free(connection, key)
    if may_oversee(caller()):
        return
    query = select(user_task.c.key).where(user_task.c.instance_key == key, _own_tasks(caller())).limit(1)
    if connection.execute(query).first() is None:
        raise _no_task()


def require_free(connection: Connection, key: int) -> None:
    """Raises Forbidden for what is of a matter against the caller, in the same words as for what is of others.

    The key is that of a process instance, an element instance or an incident.
    """
    owner = union_all(*(select(column).where(table.c.key == key) for table, column in _OWNERS))
    mine = process_instance.c.key.in_(owner)
    query = select(process_instance.c.key).where(mine, ~not_against(caller(), process_instance.c.root_key))
    if connection.execute(query).first() is not None:
        raise _no_task()


def is_accused(connection: Connection) -> bool:
    """Whether there is a matter against the caller."""
    return connection.execute(against(caller()).limit(1)).first() is not None


def require_free_job(connection: Connection, key: int) -> None:
    """Raises Forbidden for a job of a matter against the caller."""
    theirs = job.c.root_key.in_(against(caller()))
    if connection.execute(select(job.c.key).where(job.c.key == key, theirs)).first() is not None:
        raise _no_task()


def require_free_message(connection: Connection, name: str, correlation_key: str, *about: Any) -> None:
    """Raises Forbidden for a message that a matter waits for which the caller does not see, or one against the caller,
    and for one that is about such a matter: by its correlation key, or by what it says that it is `about`."""
    waits, own = message_subscription.c, process_instance.c
    waiting = select(own.root_key).join_from(message_subscription, process_instance, own.key == waits.instance_key)
    waiting = waiting.where(waits.name == name, waits.correlation_key == correlation_key)
    numbers = [one for one in (correlation_key, *about) if isinstance(one, str) and one]
    meant = or_(matter.c.number.in_(numbers), matter.c.instance_key.in_(waiting))
    unseen = select(matter.c.number).where(meant, ~visible_to(caller()))
    accused = waiting.where(own.root_key.in_(against(caller())))
    if connection.execute(select(or_(unseen.exists(), accused.exists()))).scalar():
        raise _no_task()


def require_seen(connection: Connection, task_key: int) -> None:
    """Raises NotFound for a user task that is not there, Forbidden for one that the caller does not see."""
    row = _task(connection, task_key)
    if row["against"] or not (row["own"] or may_oversee(caller())):
        raise _not_yours()


def require_claim(connection: Connection, task_key: int, assignee: str) -> bool:
    """Whether the caller may take the task from whoever has it.

    Raises NotFound, Forbidden for whoever may not give it to this person at all.
    """
    require_seen(connection, task_key)
    if may_oversee(caller()):
        _require_candidate(connection, task_key, assignee)
        return True
    if assignee != caller().id:
        raise Forbidden("You may claim a user task for yourself only.")
    return False


def require_candidates(connection: Connection, task_key: int) -> None:
    """Raises Forbidden for whoever may not change who the candidates of a task are: they are drawn."""
    if not has_role(caller(), _ADMIN):
        raise Forbidden("Who may do a user task is drawn. Only an administrator changes its candidates.")
    _tell(connection, "candidates-changed", task_key)


def _require_candidate(connection: Connection, task_key: int, assignee: str) -> None:
    """Raises Forbidden for a task of a matter against whom it is given to, and for one that is for others than them;
    the latter is taken from administrators, and told."""
    person = caller() if assignee == caller().id else by_id(connection, assignee)
    if person is not None:
        theirs = ~not_against(person, user_task.c.root_key)
        if connection.execute(select(user_task.c.key).where(user_task.c.key == task_key, theirs)).first() is not None:
            raise Forbidden(f"“{assignee}” may not do this task: the matter is against them, or against their unit.")
    candidate = user_task_candidate.c
    query = select(candidate.kind, candidate.name).where(candidate.task_key == task_key).order_by(candidate.name)
    named = {(row.kind, row.name) for row in connection.execute(query)}
    mine = {("user", assignee), *(("group", one) for one in (groups(person) if person else ()))}
    if not named or named & mine:
        return
    if not has_role(caller(), _ADMIN):
        _refuse(assignee, sorted(name for _, name in named))
    _tell(connection, "given-beyond-candidates", task_key, to=assignee if person else "")


def _refuse(assignee: str, named: list[str]) -> NoReturn:
    """In words that name for whom the task is."""
    whom = "This user task is not yours to claim" if assignee == caller().id else f"“{assignee}” may not do this task"
    raise Forbidden(f"{whom}: it is for {', '.join(named)}.")


def _tell(connection: Connection, kind: str, task_key: int, **what: str) -> None:
    at = here().engine.clock()
    audit.record(connection, at, kind, who=caller().id, subject=f"user-task {task_key}", **what)


def require_put_back(connection: Connection, task_key: int) -> None:
    """Raises NotFound, Forbidden for whoever neither has the user task nor oversees."""
    if may_oversee(caller()):
        require_seen(connection, task_key)
    else:
        require_own(connection, task_key)


def require_own(connection: Connection, task_key: int) -> None:
    """Raises NotFound, Forbidden for a user task that is not the caller's to do. Overseeing is not doing."""
    row = _task(connection, task_key)
    if row["against"]:
        raise _not_yours()
    if has_role(caller(), _ADMIN):
        return
    if not row["own"]:
        raise _not_yours()
    if row["state"] == "CREATED" and row["assignee"] not in (None, caller().id):
        raise Forbidden("A colleague has claimed this user task.")


def _own_tasks(person: Person, *, walked: bool = False) -> ColumnElement[bool]:
    # A union, as one condition over three ways would be answered by reading every task.
    own = union_all(
        select(user_task.c.key).where(user_task.c.assignee == person.id).correlate(None),
        select(user_task.c.key).where(user_task.c.completed_by == person.id).correlate(None),
        select(user_task_candidate.c.task_key).where(_named(person.id, groups(person))),
    )
    return unsought(user_task.c.key, is_sqlite=walked and here().database.is_sqlite).in_(own)


def _named(me: Any, mine: Any) -> ColumnElement[bool]:
    candidate = user_task_candidate.c
    return or_(
        and_(candidate.kind == "user", candidate.name == me),
        and_(candidate.kind == "group", candidate.name.in_(mine)),
    )


_ME = bindparam("me", type_=Text)
# Built once, and asked of the candidates of this one task: a group may have thousands of others.
_TASK = select(
    user_task.c.state,
    user_task.c.assignee,
    or_(
        user_task.c.assignee == _ME,
        user_task.c.completed_by == _ME,
        exists().where(
            user_task_candidate.c.task_key == user_task.c.key, _named(_ME, bindparam("groups", expanding=True))
        ),
    ).label("own"),
).where(user_task.c.key == bindparam("asked"))


def _task(connection: Connection, key: int) -> RowMapping:
    asked = {"asked": key, "me": caller().id, "groups": groups(caller())}
    against = ~not_against(caller(), user_task.c.root_key)
    row = connection.execute(_TASK.add_columns(against.label("against")), asked).mappings().first()
    if row is None:
        raise NotFound(f"There is no user task {key}.", key=str(key))
    return row


def _no_task() -> Forbidden:
    return Forbidden("You have no user task in this process instance.")


def _not_yours() -> Forbidden:
    return Forbidden("This user task is not yours: you are neither its assignee nor one of its candidates.")
