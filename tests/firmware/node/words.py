"""Says as JSON which words this firmware's records may carry."""

import json
import sys

sys.path.insert(0, sys.argv[1])

import record

json.dump(
    {"conditions": record.CONDITIONS, "edges": record.EDGES, "reasons": record.REASONS}, sys.stdout
)
