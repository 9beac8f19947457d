"""A month of a unit whose kilograms are known, and what meters and laboratories say of it."""
