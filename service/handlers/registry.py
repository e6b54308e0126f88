"""Which job types are done in process, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.handlers import (
    JobHandler,
    activate_unit,
    check_coverage,
    close_sharing,
    compile_analysis,
    compile_annual_report,
    count_lookups,
    draw_calls,
    erase_personal_data,
    export_results,
    find_expired_matters,
    find_inactive_units,
    find_long_calls,
    find_repeats,
    freeze_period,
    issue_certificate,
    list_bodies,
    list_governments,
    look_up_staff,
    open_sharing,
    publish_entry,
    publish_information,
    publish_message,
    publish_results,
    publish_roster,
    push_shared_matter,
    record_approval,
    send_notice,
    withdraw_entry,
    withdraw_information,
)
from service.handlers.activate_unit import Activate
from service.handlers.compile_analysis import CompileAnalysis
from service.handlers.compile_annual_report import CompileReport
from service.handlers.count_lookups import CountLookups
from service.handlers.draw_calls import DrawCalls
from service.handlers.erase_personal_data import Erase
from service.handlers.export_results import ExportResults
from service.handlers.find_expired_matters import Expired
from service.handlers.find_inactive_units import FindInactive
from service.handlers.find_long_calls import FindLongCalls
from service.handlers.find_repeats import FindRepeats
from service.handlers.freeze_period import Freeze
from service.handlers.issue_certificate import Issue
from service.handlers.list_bodies import ListBodies
from service.handlers.list_governments import ListGovernments
from service.handlers.look_up_staff import LookUpStaff
from service.handlers.open_sharing import Open
from service.handlers.publish_entry import PublishEntry
from service.handlers.publish_information import PublishInformation
from service.handlers.publish_message import Publish
from service.handlers.publish_results import PublishResults
from service.handlers.publish_roster import PublishRoster
from service.handlers.push_shared_matter import Push
from service.handlers.record_approval import RecordApproval
from service.handlers.send_notice import Post
from service.handlers.withdraw_entry import Withdraw


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out into the world that handlers need."""

    post: Post
    publish: Publish
    publish_entry: PublishEntry
    withdraw_entry: Withdraw
    publish_information: PublishInformation
    withdraw_information: Withdraw
    activate_unit: Activate
    record_approval: RecordApproval
    publish_roster: PublishRoster
    issue_certificate: Issue
    compile_analysis: CompileAnalysis
    compile_annual_report: CompileReport
    export_results: ExportResults
    freeze_period: Freeze
    list_governments: ListGovernments
    publish_results: PublishResults
    expired: Expired
    erase: Erase
    open_sharing: Open
    push_shared_matter: Push
    close_sharing: Withdraw
    find_repeats: FindRepeats
    find_long_calls: FindLongCalls
    draw_calls: DrawCalls
    count_lookups: CountLookups
    list_bodies: ListBodies
    find_inactive: FindInactive
    look_up_staff: LookUpStaff


HANDLERS: Mapping[str, Callable[[Ways], JobHandler]] = {
    "send-notice": lambda ways: send_notice.handler(ways.post),
    "publish-message": lambda ways: publish_message.handler(ways.publish),
    "publish-entry": lambda ways: publish_entry.handler(ways.publish_entry),
    "withdraw-entry": lambda ways: withdraw_entry.handler(ways.withdraw_entry),
    "publish-information": lambda ways: publish_information.handler(ways.publish_information),
    "withdraw-information": lambda ways: withdraw_information.handler(ways.withdraw_information),
    "activate-unit": lambda ways: activate_unit.handler(ways.activate_unit),
    "record-approval": lambda ways: record_approval.handler(ways.record_approval),
    "check-coverage": lambda ways: check_coverage.handler(),
    "publish-roster": lambda ways: publish_roster.handler(ways.publish_roster),
    "find-expired-matters": lambda ways: find_expired_matters.handler(ways.expired),
    "erase-personal-data": lambda ways: erase_personal_data.handler(ways.erase),
    "issue-certificate": lambda ways: issue_certificate.handler(ways.issue_certificate),
    "compile-analysis": lambda ways: compile_analysis.handler(ways.compile_analysis),
    "compile-annual-report": lambda ways: compile_annual_report.handler(ways.compile_annual_report),
    "export-results": lambda ways: export_results.handler(ways.export_results),
    "freeze-period": lambda ways: freeze_period.handler(ways.freeze_period),
    "list-governments": lambda ways: list_governments.handler(ways.list_governments),
    "publish-results": lambda ways: publish_results.handler(ways.publish_results),
    "open-sharing": lambda ways: open_sharing.handler(ways.open_sharing),
    "find-repeats": lambda ways: find_repeats.handler(ways.find_repeats),
    "find-long-calls": lambda ways: find_long_calls.handler(ways.find_long_calls),
    "draw-calls": lambda ways: draw_calls.handler(ways.draw_calls),
    "count-lookups": lambda ways: count_lookups.handler(ways.count_lookups),
    "list-bodies": lambda ways: list_bodies.handler(ways.list_bodies),
    "find-inactive-units": lambda ways: find_inactive_units.handler(ways.find_inactive),
    "look-up-staff": lambda ways: look_up_staff.handler(ways.look_up_staff),
    "push-shared-matter": lambda ways: push_shared_matter.handler(ways.push_shared_matter),
    "close-sharing": lambda ways: close_sharing.handler(ways.close_sharing),
}


def all_handlers(ways: Ways) -> Mapping[str, JobHandler]:
    """Job type → handler."""
    return {type_: make(ways) for type_, make in HANDLERS.items()}
