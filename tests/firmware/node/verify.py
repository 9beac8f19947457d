"""Says as JSON which signatures are right.

Usage: verify.py <firmware directory> <file of [key, digest, signature] in hexadecimal>
"""

import asyncio
import binascii
import json
import sys

sys.path.insert(0, sys.argv[1])

import ecdsa


async def main():
    with open(sys.argv[2]) as file:  # noqa: PTH123, ASYNC230, MicroPython has no other
        cases = json.load(file)
    verdicts = []
    for case in cases:  # MicroPython has no await in comprehensions
        verdicts.append(  # noqa: PERF401
            await ecdsa.check(*[binascii.unhexlify(part) for part in case])
        )
    sys.stdout.write(json.dumps(verdicts))


asyncio.run(main())
