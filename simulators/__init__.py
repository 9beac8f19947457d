"""Stand-ins for a plant, a fuel yard and boards, with a known answer."""
