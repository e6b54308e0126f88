"""A made-up year of matters: ways that were really played, copied to other days, places, people and answers."""
