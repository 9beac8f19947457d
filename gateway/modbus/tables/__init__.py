"""Words of vendors' register tables: what their columns, addresses, types and units mean."""
