"""Closed-loop enterprise planning: plan, execute, monitor, adjust, learn, from one set of numbers."""

__version__ = "0.3.0"
