"""The only place that launches a notebook or publishes a run."""
