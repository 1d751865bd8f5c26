"""Which citizen of population a record means."""
