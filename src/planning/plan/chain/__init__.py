"""A company's budget as a chain: its drivers, measured in its books or given, and the plan events that follow from them."""
