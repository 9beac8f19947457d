"""Runs files of the node suite on whatever Python this is, and says as JSON what ran.

Usage: run.py <firmware directory> <golden directory> <scratch directory> <module> ...
"""

import gc
import json
import sys


def main():
    firmware, golden, scratch = sys.argv[1:4]
    sys.path.insert(0, firmware)
    import scratch as shared  # noqa: PLC0415, the path is an argument

    shared.GOLDEN = golden
    shared.SCRATCH = scratch
    ran, failed = [], {}
    for name in sys.argv[4:]:
        module = __import__(name)
        for key in sorted(dir(module)):
            if key.startswith("test_"):
                gc.collect()
                try:
                    getattr(module, key)()
                except Exception as error:  # noqa: BLE001, whatever fails is reported
                    failed[name + "." + key] = repr(error)
                    if hasattr(sys, "print_exception"):
                        sys.print_exception(error, sys.stderr)
                    else:
                        __import__("traceback").print_exc()
                ran.append(name + "." + key)
    json.dump({"python": sys.implementation.name, "ran": ran, "failed": failed}, sys.stdout)


main()
