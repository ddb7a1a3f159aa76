"""Rights and money as values, rules and clocks.

A pure library: no database, no HTTP, no settings, nothing imported from the service. Time comes in
as aware datetimes and dates, money as integer minor units; nothing here reads a clock or a file.

Money       ``money`` (over ``currencies``), ``allocation``, ``splits`` (over ``parties``),
            ``refunds``, ``ledger``
Rights      ``terms``, ``offers`` (over ``templates``), ``schedule``, ``rights_gate`` (over
            ``generator_rules``), ``attestations``, ``certificate`` (over ``digests``)
Cases       ``notices``, ``counter_notices``
Time        ``calendar``, ``deadlines``, ``clocks``, ``timestamps``
Lives       ``lifecycle`` (the table type), ``lifecycles`` (one table per thing)
Errors      ``errors`` draws the whole tree
"""
