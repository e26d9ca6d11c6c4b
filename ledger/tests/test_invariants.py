"""What PostgreSQL itself refuses, to the application's role and to the owner of the tables (LED-01, LED-02, LED-04)."""

import json
import re
from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from core.amounts import InvalidQuantity
from ledger.enums import OperationType
from ledger.models import Balance, Entry, Operation
from ledger.services.posting import Cause, available, local_date, release, reserve
from ledger.services.refusals import InsufficientBalance, LedgerInvalidQuantity
from ledger.tests.factories import buy, issuer_of, make_asset, make_wallet, move
from ledger.tests.owner import owner
from wallets.selectors import outside_wallet

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ["group", "operation", "entry", "balance", "lot", "lotmove", "reservation", "reservationlot", "pendingcredit", "pendingfigure",
          "hourlyfigure", "dailyfigure", "wallettotal"]  # fmt: skip
HISTORY = ["group", "operation", "entry", "lotmove"]


@pytest.mark.spec("LED-01", "LED-02")
def test_the_applications_role_only_reads():
    for name in (f"ledger_{table}" for table in TABLES):
        for statement in (
            f"UPDATE {name} SET {column_of(name)} = NULL",
            f"DELETE FROM {name}",
            f"TRUNCATE {name}",
            f"INSERT INTO {name} DEFAULT VALUES",
        ):
            with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
                cursor.execute(statement)


def column_of(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 LIMIT 1", [table])
        return cursor.fetchone()[0]


@pytest.mark.spec("LED-01")
def test_nobody_calls_what_is_behind_the_doors():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'ledger\\_%' AND has_function_privilege(current_user, oid, 'EXECUTE')"
        )
        doors = {name for (name,) in cursor.fetchall()}
        assert doors == {
            "ledger_post", "ledger_post_many", "ledger_lock", "ledger_reserve", "ledger_release", "ledger_available", "ledger_settle",
            "ledger_settle_figures", "ledger_ref", "ledger_prove", "ledger_broken_commitments", "ledger_prove_days",
            "ledger_note_attempt",
        }  # fmt: skip
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname = ANY (%s) AND (NOT prosecdef OR proconfig[1] <> 'search_path=pg_catalog, public, pg_temp')",
            [sorted(doors)],
        )
        assert cursor.fetchall() == []
        with pytest.raises(ProgrammingError):
            cursor.execute("SET session_replication_role = replica")


@pytest.mark.spec("LED-01")
def test_history_never_changes_for_the_owner_either():
    asset = make_asset(issued=10, expiration_days=3)
    buy(asset, make_wallet(), 1)
    with owner() as connected:
        for name in (f"ledger_{table}" for table in HISTORY):
            for statement in (f"UPDATE {name} SET {column_of(name)} = NULL", f"DELETE FROM {name}", f"TRUNCATE {name} CASCADE"):
                with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                    connected.execute(statement)


@pytest.mark.spec("LED-01")
def test_an_entry_is_sealed_and_an_operation_balanced_at_commit():
    asset, anna = make_asset(issued=10, expiration_days=9), make_wallet()
    old, newer = (buy(asset, anna, 1).operations[0].id for _ in range(2))
    columns = "operation_id, is_credit, wallet_id, asset_id, type, quantity, at"
    with owner() as connected:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="only grows"):
            connected.execute(
                f"INSERT INTO ledger_lotmove (operation_id, lot_id, quantity) SELECT {old}, id, 1 FROM ledger_lot WHERE operation_id = {newer}"
            )
        copied = (
            "reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit, count_credit, actor_type,"
            " actor_id, actor_label, comment, cause_type, cause_id, cause_reference, reservation_id, is_test, posted_at, salt"
        )
        copy = f"INSERT INTO ledger_operation ({copied}) SELECT 'TXN-{{}}', {copied.removeprefix('reference, ')} FROM ledger_operation WHERE id = {old} RETURNING id"
        debit, credit = "false, sender_id, asset_id, type, {}", "true, receiver_id, asset_id, type, {}"
        for legs in ((), (debit.format("-quantity"),), (debit.format("-quantity"), credit.format("quantity + 1")),
                     (debit.format("-quantity - 1"), credit.format("quantity + 1"))):  # fmt: skip
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="not balanced"):
                commit_with(connected, copy, columns, legs)
    assert Operation.objects.count() == 3


def commit_with(connected, copy, columns, legs):
    """An operation with these legs, inside a savepoint: the seal still knows its transaction; the commit decides."""
    with connected.transaction():
        (new,) = connected.execute(copy.format("FORGED")).fetchone()
        with connected.transaction():
            for leg in legs:
                connected.execute(
                    f"INSERT INTO ledger_entry ({columns}) SELECT {new}, {leg}, posted_at FROM ledger_operation WHERE id = {new}"
                )


@pytest.mark.spec("LED-02")
def test_no_balance_is_negative_or_not_a_number_even_for_the_owner():
    asset, anna = make_asset(issued=10), make_wallet()
    buy(asset, anna, 1)
    with owner() as connected:
        for change in ("quantity = -0.01", "quantity = 'NaN'", "reserved = 2", "reserved = 'NaN'", "remaining_count = -1"):
            with pytest.raises(psycopg.errors.CheckViolation):
                connected.execute(f"UPDATE ledger_balance SET {change} WHERE wallet_id = {anna.pk}")
        for kept in ("wallets_wallet", "assets_asset", "clients_client", "ledger_balance", "ledger_lot"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                connected.execute(f"TRUNCATE {kept} CASCADE")


WRONG = [
    "NaN",
    "sNaN",
    "Infinity",
    "-1",
    "-0",
    "0",
    "1E+400",
    "1e-400",
    "0.001",
    "9" * 21,
    "0." + "0" * 17 + "1",
    "123456789012345678901234567890.12",
]


@pytest.mark.spec("LED-04")
def test_quantities_that_cannot_be_are_refused_in_words():
    asset, anna = make_asset(issued=10), make_wallet()
    for text in WRONG:
        with pytest.raises(InvalidQuantity) as refused:
            buy(asset, anna, text)
        assert str(refused.value)
        with pytest.raises(InvalidQuantity):
            reserve(wallet=anna, asset=asset, quantity=Decimal(text), purpose=Cause("x", 1, "X"), now=timezone.now())


@pytest.mark.spec("LED-04")
def test_the_functions_refuse_them_too():
    asset, anna = make_asset(issued=10), make_wallet()
    today = local_date(timezone.now())
    for text in (text for text in WRONG if text != "sNaN"):
        group = {"moves": [{"type": "purchase", "asset": asset.pk, "quantity": text, "sender": issuer_of(asset).pk, "receiver": anna.pk}]}
        for function, content in (("ledger_post", group), ("ledger_post_many", [group])):
            with connection.cursor() as cursor, pytest.raises(DatabaseError) as refused:
                cursor.execute(f"SELECT * FROM {function}(%s, 'system', 'x', 'system:x', now(), %s)", [json.dumps(content), today])
            assert refused.value.__cause__.sqlstate in ("LG001", "22003"), text
    assert not Entry.objects.filter(wallet=anna).exists()


@pytest.mark.spec("LED-04")
def test_quantities_are_exact_to_the_assets_decimals():
    for decimals in (0, 2, 18):
        exact_to(decimals)


def exact_to(decimals):
    asset, anna = make_asset(decimals=decimals), make_wallet()
    unit = Decimal(1).scaleb(-decimals)

    move(OperationType.ADDITIONAL_ISSUING, asset, outside_wallet(), issuer_of(asset), Decimal(1000))
    buy(asset, anna, unit)
    buy(asset, anna, Decimal(1000) - unit * 2)
    with pytest.raises(InsufficientBalance):
        buy(asset, anna, unit * 2)
    assert Balance.objects.get(wallet=anna).quantity == Decimal(1000) - unit
    if decimals < 18:
        with pytest.raises(InvalidQuantity):
            buy(asset, anna, unit / 2)


@pytest.mark.spec("LED-04")
def test_a_balance_that_would_overflow_is_refused_in_words():
    asset, issuer = make_asset(), make_wallet()

    largest = Decimal("99999999999999999999")
    move(OperationType.ADDITIONAL_ISSUING, asset, outside_wallet(), issuer_of(asset), largest)
    buy(asset, issuer, largest)
    move(OperationType.ADDITIONAL_ISSUING, asset, outside_wallet(), issuer_of(asset), 1)
    with pytest.raises(LedgerInvalidQuantity, match="larger than"):
        buy(asset, issuer, 1)


@pytest.mark.spec("LED-08")
def test_no_statement_of_a_posting_reads_a_whole_table():
    """Counted by PostgreSQL itself, in one transaction: rows read by sequential scans, and by index in all (DESIGN 4.1). Assets are few."""
    asset = make_asset(issued=100_000, expiration_days=9)
    issuer = issuer_of(asset)
    people = [make_wallet() for _ in range(30)]
    for _ in range(4):
        for person in people:
            buy(asset, person, 10)
    moves = [{"type": "payment", "asset": asset.pk, "quantity": "1", "sender": person.pk, "receiver": issuer.pk} for person in people]
    today = local_date(timezone.now())
    statistics = (
        "SELECT relname, coalesce(seq_tup_read, 0), coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname ~ '^(ledger|wallets|clients|chain)_' AND"
        " coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 0"
    )
    for function, content, posted in (
        ("ledger_post", {"moves": moves[:1]}, 1),
        ("ledger_post_many", [{"moves": [one]} for one in moves], 30),
    ):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statistics)  # counters of earlier transactions may not be flushed yet
            before = {table: (scanned, fetched) for table, scanned, fetched in cursor.fetchall()}
            cursor.execute(f"SELECT * FROM {function}(%s, 'system', 'x', 'system:x', now(), %s)", [json.dumps(content), today])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statistics)
            for table, scanned, fetched in cursor.fetchall():
                known = before.get(table, (0, 0))
                assert scanned == known[0], f"{function} scans {table}"
                read = fetched - known[1]
                assert read <= 14 * posted + 6, f"{function} reads {read} rows of {table} for {posted} moves"


@pytest.mark.spec("LED-08")
def test_the_indexes_of_what_every_posting_changes_are_not_touched_and_lead_to_few_rows():
    """Neither in columns nor in its condition may an index name what every change changes, or each change would touch all of them (DESIGN
    4.1); and whichever one a plan takes for a balance, on a database without statistics too, it reads that one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename IN ('ledger_balance', 'ledger_lot')")
        indexes = cursor.fetchall()
    assert len(indexes) == 6
    for table, name, definition in indexes:
        assert not re.search("quantity|reserved|remaining_count|last_at", definition), name
        if table == "ledger_balance":
            assert {"asset_id", "wallet_id"} <= set(re.findall(r"\w+", definition.partition(" USING ")[2])), name


def test_an_available_quantity_is_the_same_for_all_who_ask():
    asset, anna = make_asset(issued=100, expiration_days=9), make_wallet()
    buy(asset, anna, 10)
    hold = reserve(wallet=anna, asset=asset, quantity=Decimal(4), purpose=Cause("x", 1, "X"), now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_available(%s, %s, %s)", [anna.pk, asset.pk, local_date(timezone.now())])
        assert cursor.fetchone()[0] == 6 == available(anna, asset, now=timezone.now())
    assert release(reservation_id=hold) == 4
