"""From what arrives to what is on disk."""
