"""What the world said: parameters, sources, snapshots, and their reconciliation."""
