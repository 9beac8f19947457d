"""Runs the node suite on whatever Python this is, and says as JSON what ran.

Usage: run.py <firmware directory> <golden directory> <scratch directory>
"""

import gc
import json
import sys

MODULES = (
    "node_record",
    "node_ring",
    "node_ring_damage",
    "node_alarm",
    "node_sampler",
    "node_uptime",
    "node_wire",
    "node_outbox",
    "node_packets",
    "node_resolver",
    "node_wallclock",
    "node_ntp",
    "node_ladder",
    "node_conversion",
    "node_loop",
    "node_channel",
    "node_ds18b20",
    "node_max31865",
    "node_ads1115",
    "node_sensors",
    "node_sensorcheck",
    "node_gasp",
    "node_config",
    "node_board",
)


def main():
    firmware, golden, scratch = sys.argv[1:4]
    sys.path.insert(0, firmware)
    import support  # noqa: PLC0415, the path is an argument

    support.GOLDEN = golden
    support.SCRATCH = scratch
    known = set(sys.modules)
    ran, failed = [], {}
    for name in MODULES:
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
        del module
        for loaded in set(sys.modules) - known:  # what one file needed must not crowd the next
            del sys.modules[loaded]
    json.dump({"python": sys.implementation.name, "ran": ran, "failed": failed}, sys.stdout)


main()
