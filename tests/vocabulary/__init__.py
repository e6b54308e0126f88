"""What may be drawn: one diagram for each kind of element in each place, read and played, and the page made of it."""
