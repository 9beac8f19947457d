"""Lots and what happens to them: files, entries that are kept, and what burns by them."""
