"""The only mutable state: versions, plan cells, findings and the journal."""
