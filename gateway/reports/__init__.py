"""Reports on paper and as tables: a month of co-firing, with everything a verifier asks for."""
