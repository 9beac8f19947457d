"""What Hinoban decides: alarms and factors, without clock, file, socket or await."""
