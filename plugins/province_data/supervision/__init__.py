"""Keep a group of programs running on one machine: start, restart, stop, and leave nothing behind."""
