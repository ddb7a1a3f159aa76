"""Triggers that seal the ledger, whoever writes to the database.

Postings come first and their header last (the foreign key between them is deferred): the header
is refused unless at least two postings wait for it and every currency adds up to zero, and no
posting joins an entry that has one. On PostgreSQL a posting of a concurrent transaction could
still slip in unseen, so that the sum is checked once more when it commits. Entries and postings
are never changed or deleted. A payee's balance is what its postings add up to, at every moment.
"""

from __future__ import annotations

from typing import Final

from alembic import op

_SQLITE: Final = (
    """
    CREATE TRIGGER journal_entry_is_balanced BEFORE INSERT ON journal_entry BEGIN
      SELECT RAISE(ABORT, 'ledger: an entry is written once')
        WHERE EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id OR key = NEW.key);
      SELECT RAISE(ABORT, 'ledger: an entry needs two postings')
        WHERE (SELECT count(*) FROM posting WHERE entry_id = NEW.id) < 2;
      SELECT RAISE(ABORT, 'ledger: an entry adds up to zero in each currency')
        WHERE EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id
                      GROUP BY currency HAVING sum(minor) <> 0);
    END
    """,
    """
    CREATE TRIGGER posting_is_before_its_entry BEFORE INSERT ON posting BEGIN
      SELECT RAISE(ABORT, 'ledger: the entry is sealed')
        WHERE EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id);
      SELECT RAISE(ABORT, 'ledger: a posting is written once')
        WHERE EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.entry_id
                      AND account = NEW.account AND currency = NEW.currency);
    END
    """,
    """
    CREATE TRIGGER posting_moves_payee_balance AFTER INSERT ON posting
    WHEN substr(NEW.account, 1, 16) = 'liability:payee:' BEGIN
      INSERT INTO payee_balance (account, currency, minor) VALUES (NEW.account, NEW.currency, 0)
        ON CONFLICT (account, currency) DO NOTHING;
      UPDATE payee_balance SET minor = minor - NEW.minor
        WHERE account = NEW.account AND currency = NEW.currency;
    END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} BEGIN
          SELECT RAISE(ABORT, 'ledger: what is booked stays booked');
        END
        """
        for table in ("journal_entry", "posting")
        for change in ("UPDATE", "DELETE")
    ),
)

_POSTGRESQL: Final = (
    """
    CREATE FUNCTION ledger_refuse(reason text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING
        MESSAGE = 'ledger: ' || reason, ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE FUNCTION ledger_check_entry(entry uuid) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT count(*) FROM posting WHERE entry_id = entry) < 2 THEN
        PERFORM ledger_refuse('an entry needs two postings');
      END IF;
      IF EXISTS (SELECT 1 FROM posting WHERE entry_id = entry
                 GROUP BY currency HAVING sum(minor) <> 0) THEN
        PERFORM ledger_refuse('an entry adds up to zero in each currency');
      END IF;
    END $$
    """,
    """
    CREATE FUNCTION ledger_on_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM ledger_check_entry(NEW.id);
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger_on_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id) THEN
        PERFORM ledger_refuse('the entry is sealed');
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger_on_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM ledger_check_entry(NEW.entry_id);
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION ledger_move_payee_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO payee_balance (account, currency, minor) VALUES (NEW.account, NEW.currency, 0)
        ON CONFLICT (account, currency) DO NOTHING;
      UPDATE payee_balance SET minor = minor - NEW.minor
        WHERE account = NEW.account AND currency = NEW.currency;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION ledger_on_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM ledger_refuse('what is booked stays booked');
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER journal_entry_is_balanced BEFORE INSERT ON journal_entry
      FOR EACH ROW EXECUTE FUNCTION ledger_on_entry()
    """,
    """
    CREATE TRIGGER posting_is_before_its_entry BEFORE INSERT ON posting
      FOR EACH ROW EXECUTE FUNCTION ledger_on_posting()
    """,
    """
    CREATE CONSTRAINT TRIGGER posting_is_balanced_at_commit AFTER INSERT ON posting
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_on_commit()
    """,
    """
    CREATE TRIGGER posting_moves_payee_balance AFTER INSERT ON posting FOR EACH ROW
      WHEN (left(NEW.account, 16) = 'liability:payee:')
      EXECUTE FUNCTION ledger_move_payee_balance()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION ledger_on_change()
        """
        for table in ("journal_entry", "posting")
    ),
    *(
        f"""
        CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION ledger_on_change()
        """
        for table in ("journal_entry", "posting")
    ),
)

_POSTGRESQL_FUNCTIONS: Final = (
    "ledger_on_entry()",
    "ledger_on_posting()",
    "ledger_on_commit()",
    "ledger_move_payee_balance()",
    "ledger_on_change()",
    "ledger_check_entry(uuid)",
    "ledger_refuse(text)",
)


def seal() -> None:
    """Create the triggers, after the tables."""
    connection = op.get_bind()
    on_postgresql = connection.dialect.name == "postgresql"
    for statement in _POSTGRESQL if on_postgresql else _SQLITE:
        connection.exec_driver_sql(statement)


def unseal() -> None:
    """Drop what dropping the tables leaves behind."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for function in _POSTGRESQL_FUNCTIONS:
            connection.exec_driver_sql(f"DROP FUNCTION {function}")
