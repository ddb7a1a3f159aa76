"""One root for everything the service refuses, rendered at the edges only.

    ServiceError                 500   something on our side; the caller did nothing wrong
    ├── BadRequest               400   the request cannot be understood
    ├── Unauthenticated          401   we do not know who is asking
    ├── Forbidden                403   we know, and they may not
    ├── NotFound                 404   no such thing, or not visible to this caller
    ├── Conflict                 409   the state of the thing does not allow it
    ├── Gone                     410   it was here and was taken away on purpose
    ├── PayloadTooLarge          413   more bytes than allowed
    ├── UnsupportedMediaType     415   not a kind of file we take
    ├── Unprocessable            422   understood, but its content is refused
    ├── TooManyRequests          429   slow down
    └── Unavailable              503   a part we depend on does not answer

Rooms derive their own errors from these and set ``slug``; the slug becomes the RFC 9457 ``type``
and is part of the public contract. ``detail`` is a sentence that says what to do.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.exc import DontWrapMixin


class ServiceError(Exception):
    """Root of the errors raised by the service.

    ``extra`` members are added to the problem document; they must be JSON-serialisable.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class BadRequest(ServiceError):
    """The request cannot be understood."""

    status = 400
    slug = "bad-request"
    title = "The request cannot be understood"


class Unauthenticated(ServiceError):
    """We do not know who is asking."""

    status = 401
    slug = "unauthenticated"
    title = "Sign in first"


class Forbidden(ServiceError):
    """We know who is asking, and they may not."""

    status = 403
    slug = "forbidden"
    title = "You may not do this"


class NotFound(ServiceError):
    """No such thing, or not visible to this caller."""

    status = 404
    slug = "not-found"
    title = "There is no such thing here"


class Conflict(ServiceError):
    """The present state of the thing does not allow it."""

    status = 409
    slug = "conflict"
    title = "The present state does not allow this"


class Gone(ServiceError):
    """It was here and was taken away on purpose."""

    status = 410
    slug = "gone"
    title = "This is no longer available"


class PayloadTooLarge(ServiceError):
    """More bytes than allowed."""

    status = 413
    slug = "payload-too-large"
    title = "That is larger than we accept"


class UnsupportedMediaType(ServiceError):
    """Not a kind of file that we take."""

    status = 415
    slug = "unsupported-media-type"
    title = "We do not take this kind of file"


class Unprocessable(ServiceError):
    """Understood, but its content is refused."""

    status = 422
    slug = "unprocessable"
    title = "The content is refused"


class TooManyRequests(ServiceError):
    """The caller is too fast."""

    status = 429
    slug = "too-many-requests"
    title = "Slow down"


class Unavailable(ServiceError):
    """A part that we depend on does not answer."""

    status = 503
    slug = "unavailable"
    title = "A part of the service does not answer"


class IllegalState(Conflict):
    """A command that the transition table of the thing does not know in its present state."""

    slug = "illegal-state"


class InvalidIdentifier(NotFound, DontWrapMixin):
    """Not an identifier of the expected kind; raised also from inside a bound parameter."""

    slug = "invalid-identifier"
    title = "That is not an identifier of this kind"
