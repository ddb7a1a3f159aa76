"""Dividing whole minor units so that not one is lost or invented."""

from __future__ import annotations

from collections.abc import Sequence

from licensing.errors import InvalidAllocation, RefundExceedsSale


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide ``total_minor`` in proportion to ``weights`` by largest remainder (Hamilton).

    Each part is its exact quota rounded down or up, the parts add up to the total, and of equal
    remainders the earlier position wins, so the answer never depends on anything but the input.

    Raises InvalidAllocation for a negative total or weight, or where no weight is positive.
    """
    whole = sum(weights)
    if total_minor < 0 or any(weight < 0 for weight in weights):
        raise InvalidAllocation("Totals and weights to divide by must not be negative.")
    if whole == 0:
        raise InvalidAllocation("At least one weight must be positive to divide an amount.")
    parts = [total_minor * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total_minor * weights[i] % whole), i)
    )
    for position in by_remainder[: total_minor - sum(parts)]:
        parts[position] += 1
    return parts


def refund_legs(parts: Sequence[int], already_refunded: Sequence[int], amount: int) -> list[int]:
    """What each part of a sale gives back when ``amount`` of it is refunded.

    ``parts`` is how the sale was divided, ``already_refunded`` what each part has given back so
    far. The amount is divided by largest remainder over the *deficits*
    ``max(0, (refunded + amount) * part - gross * already)``: how far each part lags behind its
    proportional share of all refunds so far, this one included.

    Why not simply divide the running total anew each time: largest remainder is not monotone in
    the total (the Alabama paradox), so a part could get money *back* from a refund. Weighted by
    what remains instead, parts drift from their proportion by hundreds of units over many small
    refunds. By deficit, every leg is >= 0 and never more than its part has left: the deficits sum
    to at least ``gross * amount``, so a leg is at most ``ceil(deficit / gross)``, which is at most
    ``part - already``. For the same reason no part is ever ahead of its proportional share by a
    whole unit (so none of n parts lags by n - 1), and refunding all that is left takes exactly
    what each part has left.

    Raises RefundExceedsSale where ``amount`` is more than what is left, InvalidAllocation where
    the sequences do not fit together or ``amount`` is not positive.
    """
    gross, refunded = sum(parts), sum(already_refunded)
    if len(parts) != len(already_refunded) or any(
        not 0 <= back <= part for part, back in zip(parts, already_refunded, strict=False)
    ):
        raise InvalidAllocation("What was given back must lie between zero and each part.")
    if amount <= 0:
        raise InvalidAllocation("A refund must be of at least one minor unit.")
    if refunded + amount > gross:
        raise RefundExceedsSale(requested=amount, refundable=gross - refunded)
    deficits = [
        max(0, (refunded + amount) * part - gross * back)
        for part, back in zip(parts, already_refunded, strict=True)
    ]
    return allocate(amount, deficits)
