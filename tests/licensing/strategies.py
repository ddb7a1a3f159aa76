"""Sales as Hypothesis draws them."""

from __future__ import annotations

from hypothesis import strategies as st

from licensing.money import Money
from licensing.splits import FeeBearer, FeePolicy, Role, SaleShares, Share, SplitSheet, share_sale

PARTIES = ("pty_a", "pty_b", "pty_c", "pty_d")


@st.composite
def split_sheets(draw: st.DrawFn) -> SplitSheet:
    """One to six shares among four parties, none of them zero."""
    held = draw(
        st.lists(
            st.tuples(st.sampled_from(PARTIES), st.sampled_from(Role)),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    cuts = draw(
        st.lists(st.integers(1, 9_999), min_size=len(held) - 1, max_size=len(held) - 1, unique=True)
    )
    bounds = [0, *sorted(cuts), 10_000]
    return SplitSheet(
        1,
        tuple(
            Share(party, role, upper - lower)
            for (party, role), lower, upper in zip(held, bounds, bounds[1:], strict=False)
        ),
    )


@st.composite
def sales(draw: st.DrawFn, currency: str = "EUR") -> SaleShares:
    """A sale of up to 50.00 with tax and fees that leave something, small amounts often."""
    gross = draw(st.integers(1, 60) | st.integers(1, 5_000))
    tax = draw(st.integers(0, gross // 5))
    rate = draw(st.integers(0, 10_000))
    kept = (gross - tax) * (10_000 - rate) // 10_000
    return share_sale(
        Money(gross, currency),
        FeePolicy(rate, draw(st.sampled_from(FeeBearer))),
        draw(split_sheets()),
        processing_fee=Money(draw(st.integers(0, kept)), currency),
        tax=Money(tax, currency),
    )
