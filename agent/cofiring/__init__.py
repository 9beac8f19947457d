"""Co-firing: from totaliser reads and lots to heat shares and factors, purely."""
