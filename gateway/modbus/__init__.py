"""Meters: registers in, samples and counts out. Reads only."""
