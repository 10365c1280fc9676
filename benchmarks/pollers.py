"""Clients of a board, many in one process: ``pollers.py PORT TASK``, the task in JSON; prints what they met.

Tasks: ``poll`` (pages that follow the table, each over a connection of its own that stays open, or
over a new one each time) and ``dawdle`` (clients that ask for a large answer and hardly read it,
send half a request, or say nothing), which goes on until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import resource
import sys
import time
from typing import Any

from measured import MARK

HOST = "127.0.0.1"
FILES_OF_ITS_OWN = 64
PATIENCE = 60.0  # seconds; no answer by then is an error
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CURSOR = re.compile(rb'"cursor":"([^"]+)"')


class Client:
    """One page: it asks over a connection that stays open, and follows its cursor."""

    def __init__(self, port: int, cursor: str, keeps: bool) -> None:
        self._port, self._cursor, self._keeps = port, cursor, keeps
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def look(self) -> None:
        """Ask what changed.

        :raises OSError: if the answer is none.
        """
        body = await self._get(f"/api/changes?cursor={self._cursor}")
        found = _CURSOR.search(body)
        if found is None:
            raise OSError(f"an answer without a cursor: {body[:100]!r}")
        self._cursor = found[1].decode("ascii")

    async def _get(self, path: str) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode("ascii"))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or length is None:
            raise OSError(f"the board answered {head[:60]!r}")
        body = await reader.readexactly(int(length[1]))
        if not self._keeps:
            self.close()
        return body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def poll(port: int, task: dict[str, Any]) -> dict[str, Any]:
    """Let so many pages look for so long, each so often; return how long each look took."""
    taken: list[float] = []
    errors: list[str] = []
    until = time.perf_counter() + task["seconds"]
    chance = random.Random(1)

    async def page(rest: float) -> None:
        client = Client(port, task["cursor"], task["keeps"])
        await asyncio.sleep(rest)
        while time.perf_counter() < until:
            began = time.perf_counter()
            try:
                await asyncio.wait_for(client.look(), PATIENCE)
                taken.append(time.perf_counter() - began)
            except (OSError, EOFError, TimeoutError, asyncio.TimeoutError) as error:
                errors.append(f"{type(error).__name__}: {error}")
                client.close()
            await asyncio.sleep(task["period"])
        client.close()

    starts = [chance.random() * task["period"] for _ in range(task["clients"])]
    await asyncio.gather(*map(page, starts))
    return {"taken": taken, "errors": errors}


async def dawdle(port: int, task: dict[str, Any]) -> dict[str, Any]:
    """Open so many connections of three kinds, say that they stand, and keep them slow."""
    streams = [await _opened(port, number) for number in range(task["clients"])]
    slow = [asyncio.ensure_future(_go_on(number, *pair)) for number, pair in enumerate(streams)]
    print(f"{MARK}{json.dumps({'open': len(streams)})}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    left = sum(1 for one in slow if not one.done())
    for one in slow:
        one.cancel()
    for _, writer in streams:
        writer.close()
    return {"left": left}


async def _opened(port: int, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    # A small buffer, so that the board itself keeps what is not read.
    reader, writer = await asyncio.open_connection(HOST, port, limit=4096)
    asked = f"GET /api/runs HTTP/1.1\r\nHost: {HOST}\r\n"
    if number % 3 == 0:
        writer.write(f"{asked}\r\n".encode("ascii"))
    elif number % 3 == 1:
        writer.write(asked.encode("ascii"))
    return reader, writer


async def _go_on(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read or send a little each second; end where the board does."""
    while True:
        await asyncio.sleep(1.0)
        if number % 3 == 0 and not await reader.read(1024):
            return
        if number % 3 == 1:
            writer.write(b"X-Slow: 1\r\n")
            await writer.drain()
        if number % 3 == 2 and reader.at_eof():
            return


def main() -> None:
    """Do one task."""
    port, task = int(sys.argv[1]), json.loads(sys.argv[2])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = task["clients"] + FILES_OF_ITS_OWN
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(f"this machine allows {hard} open files; {wanted} are needed (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, 1024), hard))
    work = {"poll": poll, "dawdle": dawdle}[task["kind"]]
    print(f"{MARK}{json.dumps(asyncio.run(work(port, task)))}", flush=True)


if __name__ == "__main__":
    main()
