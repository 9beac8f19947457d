"""Signed commands: which of them this board obeys.

A command carries a rising number and the time on the board's own uptime at which it expires, and
its MAC covers the site, the board and the boot for which it was made. So it counts once, here, now.
"""

import binascii
import hashlib
import json

import counter
import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from counter import Counter
    from remote import Remote

KEY_BYTES = 32
MAX_BYTES = 1024
_BLOCK_BYTES = 64  # of SHA-256


class RefusedError(Exception):
    """A command that is not obeyed.

    Args:
        why: One of ``form``, ``mac``, ``boot``, ``replayed``, ``expired``, ``store``; an op itself
            refuses with ``unknown``, ``bounds`` or ``busy``.
        n: The command's number as read, None when it has none.
        op: Its op as read.
    """

    def __init__(self, why: str, n: "int | None" = None, op: "str | None" = None) -> None:
        super().__init__(why)
        self.why = why
        self.n = n
        self.op = op


class Commands:
    """The commands of one board.

    Args:
        key: The secret shared with the gateway, 32 bytes.
        counter: The highest number obeyed, on flash.
        site: The site's name.
        board: The board's name.
    """

    def __init__(self, key: bytes, counter: "Counter", site: str, board: str) -> None:
        self._key = key
        self._counter = counter
        self._site = site
        self._board = board

    def take(self, payload: bytes, boot: int, up_ms: int) -> "tuple[int, str, list[object]]":
        """Decide about a command; one that is returned counts as obeyed, whatever becomes of it.

        Args:
            payload: The message.
            boot: This boot's number.
            up_ms: Time since it began [ms].

        Returns:
            Its number, op and arguments.

        Raises:
            RefusedError: It is not obeyed.
        """
        n, op, args, exp_up_ms, mac = _fields(payload)
        # The MAC is looked at before anything that a forger could have chosen.
        if not same(mac, self._mac(n, op, args, boot, exp_up_ms)):
            before = boot > 0 and same(mac, self._mac(n, op, args, boot - 1, exp_up_ms))
            raise RefusedError("boot" if before else "mac", n, op)
        if n <= self._counter.value:
            raise RefusedError("replayed", n, op)
        if up_ms > exp_up_ms:
            raise RefusedError("expired", n, op)
        try:
            self._counter.rise(n)
        except OSError:
            raise RefusedError("store", n, op)  # noqa: B904 -- MicroPython chains no causes
        return n, op, args

    def _mac(self, n: int, op: str, args: "list[object]", boot: int, exp_up_ms: int) -> bytes:
        """The MAC that a command must have, as 64 hexadecimal digits."""
        text = canonical(self._site, self._board, n, op, args, boot, exp_up_ms)
        return binascii.hexlify(hmac_sha256(self._key, text))


def admit(
    remote: "Remote", payload: bytes
) -> "tuple[int | None, str | None, list[object], str | None]":
    """A message's number, op and arguments; and why it is no command for this board, if so."""
    settings = remote.settings
    kept = counter.Counter(str(settings["ring"]) + "/command")
    try:
        section = settings["update"]
        path = section["command_key"] if isinstance(section, dict) else ""
        key = files.read(str(path)) or b""
        if len(key) != KEY_BYTES:
            raise RefusedError("key")
        known = Commands(key, kept, str(settings["site"]), str(settings["board"]))
        n, op, args = known.take(payload, remote.boot, remote.program.clock.ms())
        return n, op, args, None
    except RefusedError as error:
        return error.n, error.op, [], error.why
    except Exception as error:
        return None, None, [], "error: %r" % error
    finally:
        remote.told["cmd_n"] = kept.value


def canonical(
    site: str, board: str, n: int, op: str, args: "list[object]", boot: int, exp_up_ms: int
) -> bytes:
    """The text under a command's MAC."""
    return json.dumps([site, board, n, op, args, boot, exp_up_ms], separators=(",", ":")).encode()


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    """HMAC-SHA-256 with a key of at most 64 bytes. Source: RFC 2104, section 2."""
    key = key + bytes(_BLOCK_BYTES - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]))
    inner.update(text)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]))
    outer.update(inner.digest())
    return bytes(outer.digest())


def same(one: bytes, other: bytes) -> bool:
    """Whether two byte strings are equal, in a time that does not tell where they differ."""
    differing = len(one) ^ len(other)
    for i in range(min(len(one), len(other))):
        differing |= one[i] ^ other[i]
    return differing == 0


def _fields(payload: bytes) -> "tuple[int, str, list[object], int, bytes]":
    """Number, op, arguments, expiry [ms of uptime] and MAC of a command.

    Arguments are whole numbers, ASCII text or null: other JSON is written differently by the two
    Pythons, and the MAC covers the writing.

    Raises:
        RefusedError: It has no such form.
    """
    try:
        if len(payload) > MAX_BYTES:
            raise ValueError
        given = json.loads(payload)
        n, op, args = given["n"], given["op"], given["args"]
        exp_up_ms, mac = given["exp_up_ms"], given["mac"]
        numbers = _whole(n) and _whole(exp_up_ms)
        if not (numbers and _ascii(op) and isinstance(args, list)):
            raise RefusedError("form")
        if not (isinstance(mac, str) and all(a is None or _whole(a) or _ascii(a) for a in args)):
            raise RefusedError("form", n, op)
        return n, op, args, exp_up_ms, mac.encode()
    except (ValueError, KeyError, TypeError, RuntimeError):  # the last: nested too deeply
        raise RefusedError("form")  # noqa: B904 -- MicroPython chains no causes


def _whole(value: object) -> bool:
    """Whether a value is a whole number a command may carry."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _ascii(value: object) -> bool:
    """Whether a value is text that every JSON writer writes alike."""
    return isinstance(value, str) and all(32 <= byte < 127 for byte in value.encode())
