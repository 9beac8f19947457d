"""The board's program with a real-time clock of its own: setting it moves the time of the process.

Run it under faketime, which reads the time from the file that FAKETIME_TIMESTAMP_FILE names.

Usage: rtc_board.py <config>; the environment gives FIRMWARE, the firmware directory.
"""

import os
import sys
import time

sys.path.insert(0, os.getenv("FIRMWARE"))

import files
import main
import unixboard


def set_rtc_s(_board, utc_s):
    """As `machine.RTC` takes it: from now on, the clock runs from here."""
    year, month, day, hour, minute, second = time.gmtime(utc_s)[:6]
    moment = f"@{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
    files.replace(os.getenv("FAKETIME_TIMESTAMP_FILE"), moment.encode())


unixboard.UnixBoard.set_rtc_s = set_rtc_s
main.main()
