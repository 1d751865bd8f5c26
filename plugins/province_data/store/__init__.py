"""Where things are kept: landing zone, warehouse database, ledger, access."""
