"""A believable group whose truth is known: events, the ledger that follows from them, and what was planted, from one seed."""
