"""A co-firing unit whose kilograms are known, behind six Modbus TCP meters."""
