"""A mail server on loopback that takes every mail and keeps none; prints its port. For make bench."""

import asyncio
import contextlib


async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As little of SMTP as a mail needs."""
    writer.write(b"220 sink\r\n")
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while line := await reader.readline():
            command = line[:4].upper()
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 OK\r\n")
            if command == b"QUIT":
                break
    writer.close()


async def serve() -> None:
    server = await asyncio.start_server(take, "127.0.0.1", 0, limit=2**22)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
