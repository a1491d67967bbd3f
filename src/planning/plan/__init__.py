"""Pure planning: the annual budget and the rolling reforecast, built from tables and models."""
