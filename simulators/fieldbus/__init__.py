"""Modbus devices with a known truth, behind lines that lie, delay, cut and repeat."""
