"""Hand findings back to the province that can mend them, and read what it answers."""
