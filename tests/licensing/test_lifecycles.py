"""Lives that the tables must allow, command by command."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from licensing.lifecycle import Lifecycle
from licensing.lifecycles.claim import CLAIM
from licensing.lifecycles.counter_notice import COUNTER_NOTICE
from licensing.lifecycles.dispute import DISPUTE
from licensing.lifecycles.grant import GRANT
from licensing.lifecycles.hold import HOLD
from licensing.lifecycles.listing import LISTING
from licensing.lifecycles.notice import NOTICE
from licensing.lifecycles.order import ORDER
from licensing.lifecycles.payout import PAYOUT
from licensing.lifecycles.refund import REFUND
from licensing.lifecycles.strike import STRIKE

UNTIL_CLOSED = "find_complete take_up accept disable notify_uploader close"
UNTIL_LEGAL_REVIEW = "find_complete forward wait receive_court_or_ccb_notice review"

LIVES: list[tuple[Any, str, str]] = [
    (LISTING, "publish suspend restore suspend remove", "removed"),
    (LISTING, "publish pause suspend restore_paused resume sell_exclusive", "sold_exclusive"),
    (ORDER, "start_payment pay refund_partially refund_partially refund_fully", "refunded"),
    (ORDER, "start_payment pay refund_fully reinstate dispute charge_back", "charged_back"),
    (ORDER, "start_payment pay refund_partially dispute reinstate_partially_refunded",
     "partially_refunded"),
    (ORDER, "start_payment expire", "expired"),
    (GRANT, "activate suspend reinstate expire", "expired"),
    (GRANT, "activate suspend revoke", "revoked"),
    (REFUND, "submit succeed fail reverse", "reversed"),
    (PAYOUT, "hold release reserve transfer depart pay", "paid"),
    (PAYOUT, "reserve transfer depart pay fail retry transfer depart fail reverse", "reversed"),
    (DISPUTE, "warn withdraw_funds win", "won"),
    (DISPUTE, "withdraw_funds lose", "lost"),
    (HOLD, "release", "released"),
    (NOTICE, UNTIL_CLOSED, "closed"),
    (NOTICE, f"{UNTIL_CLOSED} retract", "retracted"),
    (NOTICE, "find_curable contact find_complete take_up reject", "rejected"),
    (NOTICE, "find_curable contact lapse", "lapsed"),
    (NOTICE, "find_incomplete answer", "answered"),
    (NOTICE, "find_complete take_up accept open_cure_window record_changes imply_retraction",
     "implied_retraction"),
    (COUNTER_NOTICE, "find_complete forward wait restore", "restored"),
    (COUNTER_NOTICE, f"find_deficient {UNTIL_LEGAL_REVIEW} keep_down restore", "restored"),
    (COUNTER_NOTICE, f"{UNTIL_LEGAL_REVIEW} find_insufficient restore", "restored"),
    (COUNTER_NOTICE, "find_complete forward wait accept_retraction", "restored"),
    (CLAIM, "dispute reinstate appeal request_takedown", "takedown_requested"),
    (CLAIM, "appeal expire", "expired"),
    (CLAIM, "dispute expire", "expired"),
    (STRIKE, "confirm expire", "expired"),
    (STRIKE, "confirm annul", "void"),
]  # fmt: skip


def command_of(table: Lifecycle[StrEnum, StrEnum], name: str) -> StrEnum:
    return next(command for _, command in table.transitions if command == name)


@pytest.mark.parametrize(
    ("table", "commands", "end"), LIVES, ids=lambda part: getattr(part, "name", None)
)
def test_a_life(table: Lifecycle[StrEnum, StrEnum], commands: str, end: str) -> None:
    state = table.initial
    for name in commands.split():
        state = table.advance(state, command_of(table, name))
    assert state == end
