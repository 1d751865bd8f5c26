"""Print what the ledger says as a Vietnamese administrative document."""
