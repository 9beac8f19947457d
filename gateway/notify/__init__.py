"""Notify: who is told of alarms, how often, and with what result; the horn; the heartbeat."""
