"""A bare aiohttp server behind TLS that answers every POST with as many bytes as it is told: what HTTP itself costs.

`python -m nhnload.bench.floor SIZE…` prints `{"port", "certificate"}` on one line and serves until it is stopped;
`/0` answers with the first size, `/1` with the second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Sequence


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate of its own for localhost, and that certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, pem.decode()


async def serve(sizes: Sequence[int]) -> None:
    """Serve until cancelled."""
    bodies = [json.dumps("x" * (size - 2)).encode() for size in sizes]

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=bodies[int(request.match_info["which"])], content_type="application/json")

    application = web.Application()
    application.router.add_post("/{which:[0-9]}", answer)
    runner = web.AppRunner(application, access_log=None, keepalive_timeout=300.0)
    with tempfile.TemporaryDirectory() as folder:
        context, pem = certificate(Path(folder))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        sys.stdout.write(json.dumps({"port": runner.addresses[0][1], "certificate": pem}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve([int(size) for size in sys.argv[1:]]))
