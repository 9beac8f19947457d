"""Boards in: from bytes on a broker to samples with a capture time, each exactly once."""
