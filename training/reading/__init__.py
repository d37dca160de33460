"""Uploaded bytes -> lines of cells. One file a format; every limit stands in `limits`."""
