"""Measuring against messages that others wrote, and how fast it is."""
