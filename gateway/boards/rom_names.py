"""Names that MicroPython has already: a board's program may bear them and pays no heap for them."""

from typing import Final

_ROM: Final = """
AF_INET AF_INET6 AF_UNIX AUTO ArithmeticError AssertionError AttributeError BIG_ENDIAN
BaseException BytesIO CERT_NONE CERT_OPTIONAL CERT_REQUIRED CancelledError DeflateIO EACCES
EADDRINUSE EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET EEXIST EHOSTUNREACH
EINPROGRESS EINVAL EIO EISDIR ENOBUFS ENODEV ENOENT ENOMEM ENOTCONN EOFError EOPNOTSUPP EPERM
ETIMEDOUT Ellipsis Event Exception FrameBuffer GZIP GeneratorExit INT16 INT32 INT8 IOBase IOQueue
IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP ImportError IndentationError IndexError KeyError
KeyboardInterrupt LITTLE_ENDIAN Lock LockType LookupError Loop MBEDTLS_VERSION MONO_HLSB MONO_VLSB
MSG_DONTROUTE MSG_DONTWAIT MSG_PEEK MVLSB MemoryError NATIVE NameError NoneType NotImplemented
NotImplementedError OSError OrderedDict OverflowError POLLERR POLLHUP POLLIN POLLOUT
PROTOCOL_DTLS_CLIENT PROTOCOL_DTLS_SERVER PROTOCOL_TLS_CLIENT PROTOCOL_TLS_SERVER PinBase RAW
RGB565 RuntimeError SOCK_DGRAM SOCK_RAW SOCK_STREAM SOL_SOCKET SO_BROADCAST SO_ERROR SO_KEEPALIVE
SO_LINGER SO_REUSEADDR SSLContext Signal SingletonGenerator StopAsyncIteration StopIteration
StreamReader StreamWriter StringIO SyntaxError SystemExit Task TaskQueue ThreadSafeFlag
TimeoutError TypeError UINT16 UINT32 UINT8 UnicodeError ValueError VfsFat VfsLfs1 VfsLfs2 VfsPosix
ViperTypeError ZLIB ZeroDivisionError a2b_base64 abs accept aclose acos acosh acquire add
addressof all allocate_lock any append appendleft args argv array asin asinh atan atan2 atanh
atexit awrite awritestr b2a_base64 big bin bind blit bool buf builtins bytearray bytearray_at
bytecode byteorder bytes bytes_at calcsize callable cancel ceil center chdir choice chr cipher
classmethod clear clock close collect compile complex connect const context copy copysign core
coro cos cosh count crc32 create_task cryptolib cur_task current_task data decode default deflate
degrees delattr deleter deque dict difference difference_update digest dir disable discard divmod
done drain dump dumps ellipse enable encode encoding end endswith enumerate erf erfc errno
errorcode eval event exc exc_info exception exec execfile executable exit exp expm1 extend fabs
factorial file fileno fill filter find flags float floor flush fmod format framebuf frexp
from_bytes fromhex fromkeys frozenset gamma gather get get_event_loop get_extra_info get_ident
getaddrinfo getattr getcwd getenv getrandbits getter getvalue globals gmtime group handler hasattr
hash heap_lock heap_unlock heapify heappop heappush heapq help hex hexlify hline id idle ilistdir
implementation index inet_ntop inet_pton inf input insert int intersection intersection_update
invert ioctl ipoll is_set isalpha isclose isdigit isdisjoint isenabled isfinite isinf isinstance
islower isnan isspace issubclass issubset issuperset isupper items iter join kbd_intr key keys
ldexp len lgamma line list listdir listen little load load_cert_chain load_verify_locations loads
locals localtime locked log log10 log2 lower lstrip machine makefile map match max maxsize md5
mem16 mem32 mem8 mem_alloc mem_current mem_free mem_info mem_peak mem_total memoryview micropython
min mkdir mkfs mktime mode modf modify modules mount namedtuple nan native new_event_loop next
object oct off on open open_connection opt_level ord pack pack_into partition path peek ph_key pi
pixel platform poll poller poly pop popitem popleft pow print print_exception property ps1 ps2
ptr16 ptr32 ptr8 push putenv qstr_info queue_read queue_write radians randint random randrange
range read readblocks readexactly readinto readline rect recv recvfrom register release remove
rename replace repr reverse reversed rfind rindex rmdir round rpartition rsplit rstrip run
run_until_complete schedule scroll search seed seek select self send sendall sendto sep
server_hostname server_side set set_ciphers setattr setblocking setdefault setsockopt setter
settimeout sha1 sha256 sin sinh sizeof sleep sleep_ms sleep_us slice sock sockaddr socket sort
sorted split splitlines sqrt stack_size stack_use start start_new_thread start_server startswith
stat state staticmethod statvfs stderr stdin stdout step stop str stream strip struct sub sum
super symmetric_difference symmetric_difference_update sync sys system sz tan tanh task tau tell
text threshold ticks ticks_add ticks_cpu ticks_diff ticks_ms ticks_us time time_ns time_pulse_us
timeout tls to_bytes trunc tuple type uctypes uint umount unhexlify uniform union unlink unpack
unpack_from unregister unsetenv update upper urandom value values verify_mode version version_info
viper vline wait wait_closed wait_for wait_for_ms wait_io_event waiting websocket wrap_socket
write writeblocks zip
"""

_CHIP: Final = """
ADC ADC1 ADC2 ATTN_0DB ATTN_11DB ATTN_2_5DB ATTN_6DB BROWN_OUT_RESET DEEPSLEEP_RESET Flash
HARD_RESET I2C IN IRQ_FALLING IRQ_HIGH_LEVEL IRQ_LOW_LEVEL IRQ_RISING LSB MSB ONE_SHOT OPEN_DRAIN
OUT OneWire OneWireError PERIODIC PM_NONE PM_PERFORMANCE PULL_DOWN PULL_UP PWM PWRON_RESET
Partition Pin RTC RUNNING SOFT_RESET SPI STA_IF SoftI2C SoftSPI TYPE_APP TYPE_DATA Timer UART WDT
WDT_RESET WLAN active alarm alarm_left atten block block_size bootloader calibration
check_hostname config convert_temp country crc8 datetime deepsleep deinit dhcp disable_irq
disconnect drive enable_irq feed freq get_next_update high hostname ifconfig info init ipconfig
irq isconnected label lightsleep low mark_app_valid_cancel_rollback memory now pull
raw_temperature read_u16 read_uv readbit readbyte readfrom readfrom_into readfrom_mem
readfrom_mem_into reset reset_cause scan select_rom set_boot soft_reset status toggle transport
truncate unique_id wake_on_ext0 wake_reason width write_readinto writebit writebyte writelines
writeto writeto_mem writeto_then_readfrom writevto
"""

ROM: Final = tuple(sorted(_ROM.split(), key=str.swapcase))
"""Names of the core, the built-in modules and asyncio, in the table that every port has in ROM.

Asked of MicroPython 1.29 itself (`micropython.qstr_info`), small letters first. On a port that
lacks one of them it costs what any other name costs.
"""

CHIP: Final = frozenset(_CHIP.split())
"""Names of what chips alone have: machine, network, esp32, rp2 and onewire."""
