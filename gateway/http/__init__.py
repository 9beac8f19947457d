"""REST and the live stream, and the operator page's files."""
