"""The HTTP server: uvicorn on uvloop and httptools, with the patience and the bounds that it lacks by itself.

uvicorn waits for ever for the head of a request, keeps a head of any size, and goes on reading the body of a request
that was already refused. Here a head has ten seconds and 32 KiB, a refused body five seconds more, and connections
beyond the limit are answered 503 in the API's own form.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

import uvicorn
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from uvicorn.supervisors import Multiprocess

from arna.errors import ConfigError
from arna.settings import Settings
from producers.gateway.problems import Problem, choose_language, problem_response

DEFAULT_PORT: Final = 8090
HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 32 * 1024
REFUSED_BODY_SECONDS: Final = 5.0
_KEEP_ALIVE_SECONDS: Final = 30


async def _refuse_connection(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a request of a connection too many."""
    language = choose_language(Headers(scope=scope).get("accept-language"))
    problem = Problem("too_busy", {"Connection": "close"})
    await problem_response(problem, language, "urn:arna:connection-limit")(scope, receive, send)


class GuardedProtocol(HttpToolsProtocol):
    """One connection whose head, size and number are bounded."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._max_connections = config.limit_concurrency
        self.limit_concurrency = None  # ours answers in the API's form
        self._head_bytes = 0
        self._in_head = True
        self._in_body = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the first head."""
        super().connection_made(transport)
        if self._max_connections is not None and len(self.connections) > self._max_connections:
            self.app = _refuse_connection
            if len(self.connections) > 2 * self._max_connections:
                transport.abort()
                return
        self._start_timer(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, as long as the head keeps within its bound."""
        if self.transport.is_closing():
            return
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._answer_and_close(Problem("head_too_large"))

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its text is for a log
        """Answers what is no HTTP in the API's form."""
        self._answer_and_close(Problem("request_malformed"))

    def _answer_and_close(self, problem: Problem) -> None:
        if self.transport.is_closing():
            return
        answer = problem_response(problem, "en", "urn:arna:unread-request")
        head = [f"HTTP/1.1 {problem.kind.status} {problem.kind.name}".encode(), b"connection: close"]
        head += [b": ".join(pair) for pair in answer.raw_headers]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def on_message_begin(self) -> None:
        """Begins to wait for a head."""
        self._head_bytes, self._in_head = 0, True
        self._start_timer(HEAD_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there; the application times the body."""
        self._in_head, self._in_body = False, True
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there."""
        self._in_body = False
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Gives a body that nobody wants any more a moment to end, so that the caller can read the answer."""
        super().on_response_complete()
        if self._in_body and not self.transport.is_closing():
            self._start_timer(REFUSED_BODY_SECONDS)

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def server_config(settings: Settings, host: str, port: int, workers: int = 1) -> Config:
    """How uvicorn serves the gateway; each worker makes the application by itself, of the process's own settings."""
    return Config(
        f"{__package__}.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        limit_concurrency=settings.gateway_max_connections,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.gateway_delivery_seconds) + 5,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )


def run_server(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves until SIGTERM or SIGINT; requests under way are answered first.

    Args:
        settings: the process's settings, for the server's own bounds.
        host: address to listen on.
        port: port to listen on.
        workers: processes.

    Raises:
        ConfigError: the port cannot be had.
    """
    config = server_config(settings, host, port, workers)
    sock = _listen(host, port)
    try:
        if workers > 1:
            Multiprocess(config, [sock]).run()
        else:
            uvicorn.Server(config).run([sock])
    finally:
        sock.close()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; uvicorn's own way to make one ends the process without our sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        reason = f"{host}:{port} cannot be listened on ({error.strerror})."
        raise ConfigError("ARNA_GATEWAY_PORT", reason, "Name another with --port.") from None
    sock.set_inheritable(True)
    return sock
