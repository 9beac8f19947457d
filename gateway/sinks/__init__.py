"""Sinks: where else the samples go, each with a cursor of its own."""
