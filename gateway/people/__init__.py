"""Users, their roles, sessions and machine tokens."""

from gateway.people.roles import Person, Role
from gateway.people.store import People, PeopleError

__all__ = ["People", "PeopleError", "Person", "Role"]
