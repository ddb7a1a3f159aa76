"""Errors as RFC 9457 problem details: a stable ``type``, what was wrong, and what to do."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from app.core.errors import ServiceError
from licensing.errors import LicensingError
from similarity.errors import SimilarityError

PROBLEM_BASE: Final = "https://countersign.example/problems/"
"""Problem types are names; ``docs/problems.md`` explains each."""

_MEDIA_TYPE: Final = "application/problem+json"
_SLUG_OF_STATUS: Final = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "payload-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
}

logger = logging.getLogger(__name__)


def problem_document(error: ServiceError) -> dict[str, Any]:
    """The problem details object of a service error."""
    return {
        "type": PROBLEM_BASE + error.slug,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **error.extra,
    }


def render_service_error(request: Request[Any, Any, Any], error: ServiceError) -> Response[Any]:
    return _problem(problem_document(error), error.status)


def render_library_error(
    request: Request[Any, Any, Any], error: LicensingError | SimilarityError
) -> Response[Any]:
    """A rule of one of the pure libraries said no: the content is refused."""
    document = {
        "type": PROBLEM_BASE + error.slug,
        "title": "The content is refused",
        "status": 422,
        "detail": str(error),
    }
    return _problem(document, 422)


def render_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The framework's own refusals: routing, body size, parameters that do not parse."""
    status = error.status_code
    document: dict[str, Any] = {
        "type": PROBLEM_BASE + _SLUG_OF_STATUS.get(status, "bad-request"),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.detail,
    }
    if isinstance(error, ValidationException) and error.extra:
        document["errors"] = error.extra
    return _problem(document, status, headers=error.headers)


def render_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A defect of ours: logged with its trace, told without internals."""
    logger.error("unhandled error on %s %s", request.method, request.url.path, exc_info=error)
    fault = ServiceError("Nothing was changed. Try again; if it happens again, tell the operator.")
    return _problem(problem_document(fault), 500)


EXCEPTION_HANDLERS: Final[dict[int | type[Exception], Any]] = {
    ServiceError: render_service_error,
    LicensingError: render_library_error,
    SimilarityError: render_library_error,
    HTTPException: render_http_exception,
    Exception: render_unexpected,
}


def _problem(
    document: dict[str, Any], status: int, headers: dict[str, str] | None = None
) -> Response[Any]:
    return Response(
        document,
        status_code=status,
        media_type=_MEDIA_TYPE,
        headers=headers,
    )
