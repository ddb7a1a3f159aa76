"""Form-encoded parameters, and which of them the installed SDK knows."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin
from urllib.parse import parse_qsl

from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict  # typing's own does not know the SDK's TypedDicts

from scripts.stripe_standin.faults import invalid

Params = dict[str, Any]

_OF_THE_SDK: Final = frozenset(RequestOptions.__annotations__) | {"content_type", "headers"}
# Named in the SDK's annotations but only imported for type checkers.
_NAMES: Final = {"StripeContext": object, "Mapping": Mapping}


def decode(form: str) -> Params:
    """``a[b]=1&c[]=2&c[0]=3`` as nested dictionaries and lists of strings."""
    decoded: Params = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        keys = name.replace("]", "").split("[")
        here: Params = decoded
        for key in keys[:-1]:
            here = here.setdefault(key, {})
        here[keys[-1] or str(len(here))] = value
    return {name: _lists(value) for name, value in decoded.items()}


def check_known(params: Params, shape: type[Any], also: frozenset[str] = frozenset()) -> None:
    """Refuse parameters that ``shape``, a TypedDict of the SDK, does not have.

    Raises:
        StripeFault: 400 ``parameter_unknown``, as Stripe answers.
    """
    _check(params, shape, "", also)


def amount(params: Params, name: str = "amount") -> int:
    """A positive whole number of minor units.

    Raises:
        StripeFault: 400, the number is missing or none.
    """
    text = params.get(name)
    if text is None:
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if not str(text).isascii() or not str(text).isdigit():
        raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    if int(text) == 0:
        raise invalid(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=name,
        )
    return int(text)


def _check(params: Params, shape: type[Any], path: str, also: frozenset[str]) -> None:
    hints = typing.get_type_hints(shape, localns=_NAMES)
    for name, value in params.items():
        where = f"{path}[{name}]" if path else name
        if name in also and not path:
            continue
        if name not in hints or name in _OF_THE_SDK:
            raise invalid(
                f"Received unknown parameter: {where}", code="parameter_unknown", param=where
            )
        inner = _typed_dict_in(hints[name])
        if isinstance(value, dict) and inner is not None:
            _check(value, inner, where, frozenset())


def _typed_dict_in(hint: Any) -> type[Any] | None:
    if is_typeddict(hint):
        return typing.cast("type[Any]", hint)
    if get_origin(hint) in {list, dict}:
        return None
    found = (_typed_dict_in(argument) for argument in get_args(hint))
    return next((shape for shape in found if shape is not None), None)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(item) for item in value.values()]
    return {key: _lists(item) for key, item in value.items()}
