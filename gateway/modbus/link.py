"""Link: the connection to one device. It can read, and nothing else.

The only importer of pymodbus, and of its requests only the four that read. pymodbus takes a reply
with transaction id 0 or too few registers for a good one, tries again and reconnects by itself:
here every frame is judged by `frames` first, nothing is tried twice, and the caller says when to
connect.
"""

import asyncio
import logging
import os
import random
from typing import Final, Literal

from pymodbus.exceptions import ModbusException
from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest
from pymodbus.transaction import TransactionManager
from pymodbus.transport import CommParams, CommType

from gateway.modbus import frames
from gateway.modbus.errors import LinkError, MeterError

Kind = Literal["coil", "discrete", "holding", "input"]

_REQUESTS: Final[dict[Kind, type[ModbusPDU]]] = {
    "coil": ReadCoilsRequest,
    "discrete": ReadDiscreteInputsRequest,
    "holding": ReadHoldingRegistersRequest,
    "input": ReadInputRegistersRequest,
}
_LAST_TRANSACTION: Final = 65_000


class Link:
    """A Modbus TCP connection to one unit, for one request at a time.

    Args:
        host: Name or address.
        port: TCP port.
        unit: Unit number.
        timeout_s: Longest wait for a connection, and for a reply [s].
        pause_s: Silence the device needs between a reply and the next request [s].
    """

    def __init__(
        self, host: str, port: int, unit: int, timeout_s: float, pause_s: float = 0.0
    ) -> None:
        self._params = CommParams(
            comm_name="meter",
            comm_type=CommType.TCP,
            host=host,
            port=port,
            reconnect_delay=0,
            timeout_connect=timeout_s,
        )
        self._unit = unit
        self._pause_s = pause_s
        self._connection: _Connection | None = None
        self._next_transaction = random.randrange(1, _LAST_TRANSACTION)  # noqa: S311 - no secret
        self._quiet_until_s = 0.0
        self.strays = 0
        # Every failure is raised here, in the words of the plant; pymodbus would log it again.
        logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

    async def ready(self) -> None:
        """Connect if there is no connection, and keep the device's pause.

        Raises:
            LinkError: The device cannot be reached.
        """
        if self._connection is not None and not self._connection.usable:
            self.close()
        if self._connection is None:
            self._connection = await self._connect()
        loop = asyncio.get_running_loop()
        if (pause_s := self._quiet_until_s - loop.time()) > 0:
            await asyncio.sleep(pause_s)

    async def read(self, kind: Kind, address: int, count: int) -> tuple[int, ...]:
        """Read neighbouring registers or bits; call `ready` first.

        Args:
            kind: "coil", "discrete", "holding" or "input": function code 1, 2, 3 or 4.
            address: First one, zero-based.
            count: How many.

        Returns:
            Exactly `count` registers (0–65535) or bits (0 or 1).

        Raises:
            RefusedError: The device refused; the connection stays.
            LinkError: No trustworthy answer came in time; the connection is dropped.
        """
        connection = self._connection
        if connection is None or not connection.usable:
            raise LinkError("not connected")
        request = _REQUESTS[kind](address=address, count=count, dev_id=self._unit)
        expected = frames.Expected(self._unit, request.function_code, count)
        try:
            reply = await connection.ask(request, expected)
        except (LinkError, asyncio.CancelledError):
            self.close()  # a late reply would come in the midst of the next request
            raise
        finally:
            self.strays += connection.take_strays()
            self._next_transaction = connection.next_tid
            self._quiet_until_s = asyncio.get_running_loop().time() + self._pause_s
        return tuple(int(bit) for bit in reply.bits[:count]) or tuple(reply.registers)

    def close(self) -> None:
        """Drop the connection, and with it what may still arrive on it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connect(self) -> "_Connection":
        connection = _Connection(self._params, self._next_transaction)
        try:
            await connection.open()
        except OSError as error:
            connection.close()
            raise LinkError(
                f"cannot reach {self._params.host}:{self._params.port}: {self._why(error)};"
                " check cable, address and port"
            ) from error
        return connection

    def _why(self, error: OSError) -> str:
        if error.errno is not None and error.errno > 0:
            return os.strerror(error.errno)
        return error.strerror or f"no connection within {self._params.timeout_connect:g} s"


class _Framer(FramerSocket):
    """Lets only the expected reply through; sorts the rest out by transaction id."""

    MAX_SIZE = 4096

    def __init__(self) -> None:
        super().__init__(DecodePDU(False))
        self.expected: frames.Expected | None = None
        self.strays = 0
        self.error: MeterError | None = None

    # The name is pymodbus's.
    def handleFrame(  # noqa: N802
        self, data: bytes, exp_devid: int, exp_tid: int
    ) -> tuple[int, ModbusPDU | None]:
        """Called with all bytes not yet used: how many are used now, and the reply among them."""
        used, reply = 0, None
        try:
            while frame := frames.first_frame(data[used:]):
                used += frame.size
                if self.expected is None or frame.transaction != exp_tid:
                    self.strays += 1
                    continue
                expected, self.expected = self.expected, None
                frames.check(frame, expected)
                reply = self._reply(frame)
        except MeterError as error:
            self.error = error
        return used, reply

    def _reply(self, frame: frames.Frame) -> ModbusPDU:
        reply = self.decoder.decode(frame.pdu)
        if reply is None:
            raise LinkError(f"the reply {frame.pdu.hex(' ')} cannot be read")
        reply.dev_id = frame.unit
        reply.transaction_id = frame.transaction
        return reply


class _Connection(TransactionManager):
    """One TCP connection; a new one is made for each."""

    def __init__(self, params: CommParams, first_transaction: int) -> None:
        self._frames = _Framer()
        super().__init__(params, self._frames, 0, False, None, None, None)
        self._first_transaction = first_transaction
        self._broken = False
        self._asking = False

    @property
    def usable(self) -> bool:
        """Whether the next reply can be told from what came before."""
        half_a_frame = bool(self.recv_buffer)
        return self.is_active() and not self._broken and not half_a_frame

    async def open(self) -> None:
        """Connect, within the time-out."""
        async with asyncio.timeout(self.comm_params.timeout_connect):
            await self.call_create()
        # A transaction id used on the connection before must not come back soon on this one.
        self.next_tid = self._first_transaction

    async def ask(self, request: ModbusPDU, expected: frames.Expected) -> ModbusPDU:
        """One request, one reply."""
        self._frames.expected = expected
        self._asking = True
        try:
            return await self.execute(False, request)
        except ModbusException as error:
            answer = f"no answer within {self.comm_params.timeout_connect:g} s"
            if self._frames.strays:
                answer += f", but {self._frames.strays} with a foreign or no transaction id"
            raise LinkError(answer) from error
        finally:
            self._asking = False

    def take_strays(self) -> int:
        """Replies that belonged to no request, since the last call."""
        strays, self._frames.strays = self._frames.strays, 0
        return strays

    def callback_data(self, data: bytes, addr: tuple[str, int] | None = None) -> int:
        """Called by the transport with all bytes not yet used."""
        used = super().callback_data(data, addr)
        error, self._frames.error = self._frames.error, None
        if error is not None:
            self._fail(error)
        return used

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Called by the transport when the device has gone."""
        super().callback_disconnected(exc)
        self._fail(LinkError("the device closed the connection"))

    def _fail(self, error: MeterError) -> None:
        self._broken = self._broken or isinstance(error, LinkError)
        if self._asking and not self.response_future.done():
            self.response_future.set_exception(error)
