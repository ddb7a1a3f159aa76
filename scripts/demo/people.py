"""Separate users of the service, each with their own API key, speaking plain HTTP."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import httpx

_PATIENCE_SECONDS: Final = 300
_POLL_SECONDS: Final = 0.3
_TIMEOUT_SECONDS: Final = 120

Document = dict[str, Any]


class Unexpected(Exception):
    """The service answered something that the story does not know."""


class Person:
    """One user: a name, an address, a password for the pages, a key for the API."""

    def __init__(self, base_url: str, name: str, key: str | None = None) -> None:
        self.name = name
        self.email = f"{name.lower().replace(' ', '.')}@demo.example"
        self.password = secrets.token_urlsafe(12)
        self.id = ""
        self._base_url = base_url
        self._key = key

    def sign_up(self, *roles: str) -> Person:
        """Open an account and keep its key."""
        account = self.post(
            "/v1/accounts",
            {
                "email": self.email,
                "display_name": self.name,
                "password": self.password,
                "roles": list(roles),
            },
        )
        self.id = account["person"]["id"]
        self._key = account["api_key"]["secret"]
        return self

    def get(self, path: str, **query: str) -> Any:
        return self._answer(self._send("GET", path, params=query))

    def post(self, path: str, body: Document | None = None) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._answer(self._send("POST", path, json=body or {}, headers=headers))

    def put(self, path: str, body: Document) -> Any:
        return self._answer(self._send("PUT", path, json=body))

    def upload(self, path: str, file: Path) -> Any:
        """Stream a file up, as it is."""
        headers = {"Content-Type": "application/octet-stream"}
        with file.open("rb") as stream:
            return self._answer(self._send("PUT", path, content=stream, headers=headers))

    def send(self, path: str, content: bytes, media_type: str) -> Any:
        headers = {"Content-Type": media_type, "Idempotency-Key": str(uuid.uuid4())}
        return self._answer(self._send("POST", path, content=content, headers=headers))

    def download(self, url: str) -> bytes:
        return self._send("GET", url).raise_for_status().content

    def refusal(self, call: Callable[[], Any]) -> Document:
        """The problem document of a call that must be refused."""
        try:
            answer = call()
        except httpx.HTTPStatusError as error:
            problem: Document = error.response.json()
            return problem
        raise Unexpected(f"this should have been refused, but was answered: {answer}")

    def wait_for(self, path: str, ready: Callable[[Document], bool]) -> Document:
        """Ask until the answer is ready."""
        deadline = monotonic() + _PATIENCE_SECONDS
        while monotonic() < deadline:
            answer: Document = self.get(path)
            if ready(answer):
                return answer
            sleep(_POLL_SECONDS)
        raise Unexpected(f"{path} was never ready; its last answer: {answer}")

    def wait_for_success(self, path: str) -> Document:
        """Ask until the answer is no refusal any more."""
        deadline = monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                answer: Document = self.get(path)
            except httpx.HTTPStatusError:
                if monotonic() > deadline:
                    raise
                sleep(_POLL_SECONDS)
            else:
                return answer

    def text(self, path: str) -> str:
        return self._send("GET", path).raise_for_status().text

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        with httpx.Client(base_url=self._base_url, timeout=_TIMEOUT_SECONDS) as client:
            if self._key is not None:
                client.headers["Authorization"] = f"Bearer {self._key}"
            return client.request(method, path, **request)

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        if response.is_error:
            raise httpx.HTTPStatusError(
                f"{response.request.method} {response.request.url}: {response.text}",
                request=response.request,
                response=response,
            )
        return response.json() if response.content else None
