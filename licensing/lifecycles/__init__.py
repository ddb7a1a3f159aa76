"""One transition table per thing with a life; each file says what one thing can go through.

Rights  ``listing``, ``grant``
Money   ``order``, ``refund``, ``payout``, ``dispute``, ``hold``
Cases   ``notice``, ``counter_notice``, ``claim``, ``strike``
"""
