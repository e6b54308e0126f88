"""docs/permissions.md, the page of who may ask what, and the matters and requests by which each cell of it is tried."""
