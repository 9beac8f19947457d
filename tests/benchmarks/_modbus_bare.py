"""pymodbus alone: the same blocks from the same meters each second, nothing decoded or kept.

``python _modbus_bare.py PORT DEVICES BLOCKS`` with BLOCKS as JSON ``[[address, count], …]``; one
connection a device, as the poller has. Runs until it is killed.
"""

import asyncio
import json
import sys
import time

from pymodbus.client import AsyncModbusTcpClient


async def poll(client: AsyncModbusTcpClient, unit: int, blocks: list[list[int]]) -> None:
    for address, count in blocks:
        reply = await client.read_input_registers(address, count=count, device_id=unit)
        assert len(reply.registers) == count


async def main(port: int, devices: int, blocks: list[list[int]]) -> None:
    clients = [AsyncModbusTcpClient("127.0.0.1", port=port) for _ in range(devices)]
    for client in clients:
        await client.connect()
    while True:
        await asyncio.sleep(-time.time() % 1)
        await asyncio.gather(*(poll(c, n, blocks) for n, c in enumerate(clients, 1)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
