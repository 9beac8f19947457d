"""Prints as JSON what a ring still has to tell.

Usage: show.py <firmware directory> <ring directory>
"""

import sys

sys.path.insert(0, sys.argv[1])

import support

store = support.open_ring(sys.argv[2], limit_bytes=1048576)
sys.stdout.write(f'{{"newest": {store.newest}, "acked": {store.acked}, "told": [')
comma = ""
for seq, what in support.each(store):  # a full ring is more than the heap holds
    sys.stdout.write(f'{comma}[{seq}, "{what}"]')
    comma = ", "
sys.stdout.write("]}")
