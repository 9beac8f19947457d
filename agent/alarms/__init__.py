"""Alarms: which conditions stand, who has seen them, and what to do about them."""
