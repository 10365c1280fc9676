"""Servers on this machine that play Feishu, and anything else that takes JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

TOKEN = "0f1e2d3c-bot-token"
TAKEN = {"code": 0, "msg": "success", "data": {}}


class Answer(NamedTuple):
    body: object
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    drip: float = 0.0


class Feishu:
    """A server that answers with ``answers`` in turn, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.sizes: list[int] = []
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/open-apis/bot/v2/hook/{TOKEN}"

    @property
    def tries(self) -> int:
        return len(self.requests)

    def texts(self, language: str = "en_us") -> list[str]:
        """The title and the lines of the last notice."""
        post = self.requests[-1]["content"]["post"][language]
        return [post["title"], *(tag["text"] for line in post["content"] for tag in line)]

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(feishu: Feishu) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                feishu.requests.append(json.loads(data))
                feishu.paths.append(self.path)
                feishu.sizes.append(len(data))
                answer = feishu.answers[min(feishu.tries, len(feishu.answers)) - 1]
                feishu.closing.wait(answer.delay)
                body = answer.body
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                try:
                    self.answer(answer, text)
                except OSError:  # the other side had enough
                    self.close_connection = True

            def answer(self, answer: Answer, text: bytes) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(text)))
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                pieces = [bytes([byte]) for byte in text] if answer.drip else [text]
                for piece in pieces:
                    self.wfile.write(piece)
                    feishu.closing.wait(answer.drip)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def servers() -> Iterator[Any]:
    """Give a function that starts servers; they end with the block."""
    started: list[Feishu] = []

    def start(*answers: Answer) -> Feishu:
        started.append(Feishu(*(answers or (Answer(TAKEN),))))
        return started[-1]

    try:
        yield start
    finally:
        for server in started:
            server.close()
