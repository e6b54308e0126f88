"""What the service remembers: tables, keys, the unit of work, and their migrations."""
