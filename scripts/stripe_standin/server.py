"""The HTTP side: one thread per connection, on the loopback address only."""

from __future__ import annotations

import json
import secrets
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from scripts.stripe_standin.api import Call, Standin
from scripts.stripe_standin.faults import OrderedFault
from scripts.stripe_standin.idempotency import Answer

_LOOPBACK: Final = "127.0.0.1"
_MAX_BODY: Final = 1024 * 1024

_FAULT_ANSWERS: Final = {
    OrderedFault.SERVER_ERROR: (500, "api_error", None),
    OrderedFault.CONFLICT: (409, "idempotency_error", "idempotency_key_in_use"),
    OrderedFault.RATE_LIMIT: (429, "invalid_request_error", "rate_limit"),
}


class StandinServer(ThreadingHTTPServer):
    """Serves one stand-in; ``port`` 0 takes a free one."""

    daemon_threads = True

    def __init__(self, standin: Standin, port: int) -> None:
        self.standin = standin
        super().__init__((_LOOPBACK, port), _Handler)

    @property
    def address(self) -> str:
        return f"http://{_LOOPBACK}:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandinServer

    def setup(self) -> None:
        super().setup()
        # Small answers on a kept connection would wait for the receiver's delayed acknowledgement.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:  # the base class's name
        self._serve()

    def do_POST(self) -> None:  # the base class's name
        self._serve()

    def do_OPTIONS(self) -> None:  # the base class's name
        self._send(Answer(200, b"{}"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing: a demonstration's output is for people."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BODY:
            self._send(Answer(413, b"{}"))
            self.close_connection = True
            return
        call = self._call(self.rfile.read(length).decode())
        if call.path.startswith("/_standin/"):
            self._send(self.server.standin.control(call))
            return
        fault = self.server.standin.faults.next()
        if fault is OrderedFault.LOST_REQUEST:
            self._hang_up()
        elif fault is OrderedFault.LOST_ANSWER:
            self.server.standin.answer(call)
            self._hang_up()
        elif fault is not None:
            self._send(_fault_answer(fault))
        else:
            self._send(self.server.standin.answer(call))

    def _call(self, body: str) -> Call:
        target = urlsplit(self.path)
        return Call(
            method=self.command,
            path=target.path,
            form=body,
            query=target.query,
            authorization=self.headers.get("Authorization") or "",
            idempotency_key=self.headers.get("Idempotency-Key"),
        )

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Request-Id", f"req_{secrets.token_hex(7)}")
        # A browser confirms a payment here straight from a page of the marketplace.
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
        self.end_headers()
        self.wfile.write(answer.body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _fault_answer(fault: OrderedFault) -> Answer:
    status, kind, code = _FAULT_ANSWERS[fault]
    error = {"type": kind, "code": code, "message": "This fault was ordered."}
    return Answer(status, json.dumps({"error": error}).encode())
