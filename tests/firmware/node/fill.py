"""Appends samples to a ring and prints each seq once flash has it.

Usage: fill.py <firmware directory> <ring directory> <how many> <boot>
"""

import sys

sys.path.insert(0, sys.argv[1])

import support

store = support.open_ring(sys.argv[2], boot=int(sys.argv[4]), limit_bytes=1048576)
for number in range(int(sys.argv[3])):
    item = support.edge(number=number) if number % 40 == 39 else support.sample(number)
    sys.stdout.write(f"{store.append(item)}\n")
