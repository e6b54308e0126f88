"""The ways in which a diagram is broken: each changes its XML, and knows which elements a refusal must name."""

from __future__ import annotations

from tests.broken_diagrams import places, references
from tests.broken_diagrams.shapes import Breaking

EVERY: tuple[Breaking, ...] = (
    references.no_id,
    references.another_id,
    references.same_id,
    references.flow_to_nowhere,
    references.another_default,
    references.another_host,
    references.reference,
    references.no_definition,
    references.called,
    references.no_feel,
    references.no_condition,
    references.no_time,
    references.mapping,
    references.no_extension,
    references.python,
    places.no_start,
    places.no_node,
    places.foreign,
    places.unknown,
    places.unknown_extension,
    places.same_flow,
    places.another_type,
    places.another_event,
    places.two_events,
    places.elsewhere,
    places.cycle,
    places.long_name,
    places.loop,
    places.not_executable,
    places.no_process_id,
    places.odd_value,
    places.odd_text,
    places.no_value,
    places.no_part,
    places.moved,
    places.another_space,
)
