"""A fuel yard that warms and gasses by a simple model; for tuning and training only."""
