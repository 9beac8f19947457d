"""Modbus TCP inside TLS: who is trusted, what to do where not, and frames in any pieces."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.config import Line as Settings
from gateway.modbus.errors import LinkError
from gateway.modbus.line import Line, Timing

pytestmark = pytest.mark.debian

MakeServer = Callable[..., Any]

REGISTERS = {n: 1000 + n for n in range(130)}
PATIENT_S = 10.0
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
LONG_AGO = ["faketime", "2020-01-01 00:00:00"]


def run(*words: str | Path) -> None:
    assert shutil.which(words[0]), f"needs Debian's {words[0]}: sudo apt-get install {words[0]}"
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


class Authority:
    """An authority with a folder of its own, and the certificates it signs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.certificate = folder / "ca.pem"
        run("openssl", "req", "-x509", *NEW_KEY, "-days", "3650", "-subj", "/CN=Plant",
            "-keyout", folder / "ca.key", "-out", self.certificate)  # fmt: skip

    def sign(self, name: str, alternative: str, *, before: list[str] | None = None) -> Path:
        """A certificate and, beside it, its key; `before` goes before the signing command."""
        key, request, extra = (self.folder / f"{name}.{end}" for end in ("key", "csr", "ext"))
        run("openssl", "req", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extra.write_text(f"subjectAltName={alternative}\n")
        signed = self.folder / f"{name}.pem"
        run(*(before or []), "openssl", "x509", "-req", "-in", request, "-CA", self.certificate,
            "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", extra, "-out", signed)  # fmt: skip
        return signed


class Papers:
    """All certificates of these tests."""

    def __init__(self, folder: Path) -> None:
        self.plant = Authority(folder / "plant")
        self.stranger = Authority(folder / "stranger")
        self.meter = self.plant.sign("meter", "IP:127.0.0.1")
        self.named = self.plant.sign("named", "DNS:meter7.plant.example")
        self.expired = self.plant.sign("expired", "IP:127.0.0.1", before=LONG_AGO)
        self.forged = self.stranger.sign("meter", "IP:127.0.0.1")
        self.self_made = folder / "self_made.pem"
        run("openssl", "req", "-x509", *NEW_KEY, "-days", "2", "-subj", "/CN=meter",
            "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE",
            "-keyout", self.self_made.with_suffix(".key"), "-out", self.self_made)  # fmt: skip
        self.gateway = self.plant.sign("gateway", "DNS:gateway")
        self.intruder = self.stranger.sign("intruder", "DNS:gateway")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("tls"))


def shown(certificate: Path) -> ssl.SSLContext:
    """What a server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


def secured(make: MakeServer, certificate: Path, script: Any = None) -> Any:
    server = make(REGISTERS, script)
    server.tls = shown(certificate)
    return server


async def read(port: int, clock: Clock, papers: Papers, **more: Any) -> tuple[int, ...]:
    settings = {"tls_ca": papers.plant.certificate, "host": "127.0.0.1"} | more
    line = Line(Settings(id="line", transport="tls", port=port, **settings), clock.now)
    link = line.link(1, Timing(PATIENT_S))
    try:
        first = await link.read("holding", 10, 3)
        assert (await link.read("holding", 10, 3)).values == first.values
        return first.values
    finally:
        link.close()


def test_a_trusted_device_is_read(lying_server: MakeServer, clock: Clock, papers: Papers) -> None:
    async def main() -> None:
        async with secured(lying_server, papers.meter) as server:
            assert await read(server.port, clock, papers) == (1010, 1011, 1012)
            assert server.connections == 1

    asyncio.run(main())


def test_a_certificate_for_a_name(lying_server: MakeServer, clock: Clock, papers: Papers) -> None:
    async def main() -> None:
        async with secured(lying_server, papers.named) as server:
            name = "meter7.plant.example"
            assert (await read(server.port, clock, papers, tls_name=name))[0] == 1010

    asyncio.run(main())


@pytest.mark.parametrize("certificate", ["meter", "forged", "self_made"])
def test_a_device_may_be_trusted_by_its_own_certificate(
    lying_server: MakeServer, clock: Clock, papers: Papers, certificate: str
) -> None:
    async def main() -> None:
        own: Path = getattr(papers, certificate)
        async with secured(lying_server, own) as server:
            assert (await read(server.port, clock, papers, tls_ca=own))[0] == 1010
        async with secured(lying_server, own) as server:
            with pytest.raises(LinkError, match="not trusted"):
                await read(server.port, clock, papers, tls_ca=papers.named)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("certificate", "more", "words"),
    [
        pytest.param("forged", {}, "not trusted .*set tls_ca", id="signed by a stranger"),
        pytest.param("meter", {"tls_ca": None}, "not trusted .*set tls_ca", id="no authority"),
        pytest.param(
            "named", {}, r"another name than '127\.0\.0\.1': set tls_name", id="no such name"
        ),
        pytest.param("meter", {"tls_name": "m8"}, "another name than 'm8'", id="another name"),
        pytest.param("expired", {}, "expired: renew it", id="expired"),
        pytest.param(
            "meter", {"tls_ca": Path("/no/ca.pem")}, "tls_ca = '/no/ca.pem' cannot be used",
            id="no file",
        ),
        pytest.param(
            "meter", {"tls_certificate": Path("/no/me.pem")}, "tls_certificate = '/no/me.pem' with",
            id="no certificate",
        ),
    ],
)  # fmt: skip
def test_an_untrusted_device_is_asked_nothing(
    lying_server: MakeServer,
    clock: Clock,
    papers: Papers,
    certificate: str,
    more: dict[str, Any],
    words: str,
) -> None:
    async def main() -> None:
        async with secured(lying_server, getattr(papers, certificate)) as server:
            with pytest.raises(LinkError, match=words):
                await read(server.port, clock, papers, **more)
            assert server.asked == []

    asyncio.run(main())


def test_files_are_read_again_after_a_failure(
    lying_server: MakeServer, clock: Clock, papers: Papers, tmp_path: Path
) -> None:
    async def main() -> None:
        authority = tmp_path / "ca.pem"
        shutil.copy(papers.stranger.certificate, authority)
        async with secured(lying_server, papers.meter) as server:
            settings = Settings(
                id="line", transport="tls", host="127.0.0.1", port=server.port, tls_ca=authority
            )
            link = Line(settings, clock.now).link(1, Timing(PATIENT_S))
            with pytest.raises(LinkError, match="not trusted"):
                await link.read("holding", 10, 1)
            shutil.copy(papers.plant.certificate, authority)
            assert (await link.read("holding", 10, 1)).values == (1010,)
            link.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
def test_a_device_that_asks_who_reads(
    lying_server: MakeServer, clock: Clock, papers: Papers, version: ssl.TLSVersion
) -> None:
    def signed(certificate: Path) -> dict[str, Path]:
        return {"tls_certificate": certificate, "tls_key": certificate.with_suffix(".key")}

    async def main() -> None:
        server = secured(lying_server, papers.meter)
        server.tls.verify_mode = ssl.CERT_REQUIRED
        server.tls.load_verify_locations(papers.plant.certificate)
        server.tls.maximum_version = version
        async with server:
            known = await read(server.port, clock, papers, **signed(papers.gateway))
            assert known == (1010, 1011, 1012)
            asked = len(server.asked)
            with pytest.raises(LinkError, match="tls_certificate"):
                await read(server.port, clock, papers)
            with pytest.raises(LinkError, match="tls_certificate"):
                await read(server.port, clock, papers, **signed(papers.intruder))
            assert len(server.asked) == asked

    asyncio.run(main())


def test_a_device_without_tls(lying_server: MakeServer, clock: Clock, papers: Papers) -> None:
    async def main() -> None:
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"\x00\x01\x00\x00\x00\x03\x01\x83\x01" * 3)
            with contextlib.suppress(OSError):
                await reader.read()
            writer.close()
            over.set()

        async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(LinkError, match='check the port, or use transport "tcp"'):
                await read(port, clock, papers)
            await over.wait()

    over = asyncio.Event()
    asyncio.run(main())


def test_a_reply_in_many_records(lying_server: MakeServer, clock: Clock, papers: Papers) -> None:
    async def main() -> None:
        def split(asked: Any) -> list[object]:
            frame = asked.frame(asked.pdu(REGISTERS))
            return [frame[n : n + 1] for n in range(len(frame))]

        async with secured(lying_server, papers.meter, split) as server:
            assert await read(server.port, clock, papers) == (1010, 1011, 1012)

    asyncio.run(main())


@contextlib.asynccontextmanager
async def crumbling(port: int) -> AsyncIterator[int]:
    """The port of a way to `port` on which every few bytes travel alone."""
    serving: set[asyncio.Task[None]] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(7):
                writer.write(data)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            serving.add(task)
        back, onward = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(forward(reader, onward), forward(back, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*serving)


def test_records_in_many_packets(lying_server: MakeServer, clock: Clock, papers: Papers) -> None:
    async def main() -> None:
        async with (
            secured(lying_server, papers.meter) as server,
            crumbling(server.port) as port,
        ):
            assert await read(port, clock, papers) == (1010, 1011, 1012)

    asyncio.run(main())


def test_the_lies_of_tcp_are_none_the_less_lies(
    lying_server: MakeServer, clock: Clock, papers: Papers
) -> None:
    async def main() -> None:
        def stale(asked: Any) -> list[object]:
            return [asked.frame(asked.pdu(REGISTERS), transaction=0)]

        async with secured(lying_server, papers.meter, stale) as server:
            line = Line(
                Settings(
                    id="line",
                    transport="tls",
                    host="127.0.0.1",
                    port=server.port,
                    tls_ca=papers.plant.certificate,
                ),
                clock.now,
            )
            with pytest.raises(LinkError, match="foreign or no transaction id"):
                await line.link(1, Timing(0.3)).read("holding", 10, 1)

    asyncio.run(main())
