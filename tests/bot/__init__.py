"""Tests of the room that people reach."""
