"""Boards as a plant owns them: who they are, what they run, what they are told."""
