"""The footprint: from the journal to factor records that cannot be changed unseen."""
