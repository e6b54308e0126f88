"""What SQL must answer about the hotline: matters, units, people, notices, the calendar; no rule of the regulation."""
