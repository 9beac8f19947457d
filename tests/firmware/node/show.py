"""Prints as JSON what a ring still has to tell.

Usage: show.py <firmware directory> <ring directory>
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import support

store = support.open_ring(sys.argv[2], limit_bytes=1048576)
told = [[seq, what] for seq, what in support.everything(store)]
sys.stdout.write(json.dumps({"newest": store.newest, "acked": store.acked, "told": told}))
