"""The historian: everything that is kept, from the commit to the closed hour."""
