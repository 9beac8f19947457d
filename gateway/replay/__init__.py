"""What would have alarmed under other limits, from what is recorded."""
