"""Fills a stand's database with one organization, its numbers, an approved template and customers with open windows."""

import secrets
from dataclasses import dataclass
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from sender_service.access import new_key

WABA = "100000000000001"
TEMPLATE = "stand_notice"
FIRST_CUSTOMER = 393_400_000_000

_ORGANIZATION = "insert into colomba.organizations (name) values (%s) returning id"
_PIPELINE = """
with pipeline as (
    insert into colomba.pipelines (organization_id, name, is_default) values (%(organization)s, 'Sales', true)
    returning organization_id, id
)
insert into colomba.stages (organization_id, pipeline_id, name, position)
select organization_id, id, 'New', 1 from pipeline
"""
_KEY = """
insert into colomba.api_keys (organization_id, name, role, prefix, hash) values (%s, 'stand', 'OWNER', %s, %s)
"""
_ACCOUNT = """
insert into colomba.business_accounts (organization_id, id, name, token_encrypted, token_set_at)
values (%s, %s, 'Stand', %s, now())
"""
_NUMBER = """
insert into colomba.phone_numbers
    (organization_id, id, business_account_id, digits, display_phone_number, country,
     token_encrypted, token_set_at, throughput)
values (%s, %s, %s, %s, %s, 'IT', %s, now(), %s)
"""
_TEMPLATE = """
insert into colomba.templates
    (organization_id, business_account_id, meta_id, name, language, category, status, components)
values (%s, %s, '900001', %s, 'en', 'UTILITY', 'APPROVED', '[{"type": "BODY", "text": "Notice {{1}} for you."}]')
"""
_CUSTOMERS = """
insert into colomba.contacts (organization_id, wa_id, phone, profile_name)
select %(organization)s, (%(first)s + n)::text, (%(first)s + n)::text, 'Customer ' || n
from generate_series(0, %(count)s - 1) n
"""
_WINDOWS = """
insert into colomba.conversations
    (organization_id, phone_number_id, contact_id, subject, status, last_customer_message_at, window_expires_at)
select contact.organization_id, %(number)s, contact.id, 'WhatsApp: ' || contact.phone, 'active', now(),
    now() + interval '24 hours'
from colomba.contacts contact where contact.organization_id = %(organization)s
"""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization as the load needs to know it; `customers` are digits with an open window on each number."""

    organization_id: int
    numbers: tuple[str, ...]
    customers: tuple[str, ...]
    installation: str
    api_key: str
    token: str


def encryption_key() -> str:
    """A key for SENDER_ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


def number_ids(count: int) -> tuple[str, ...]:
    """Ids of the stand's numbers."""
    return tuple(str(200_000_000_000_001 + index) for index in range(count))


def customer_digits(count: int, offset: int = 0) -> tuple[str, ...]:
    """Phone numbers of the stand's customers."""
    return tuple(str(FIRST_CUSTOMER + offset + index) for index in range(count))


def fill(dsn: str, key: str, *, numbers: int, throughput: int, customers: int) -> Tenant:
    """Insert everything in one transaction on a migrated database."""
    token = "EAA" + secrets.token_hex(16)
    ids = number_ids(numbers)
    api_key = new_key()
    encrypted = Fernet(key).encrypt(token.encode())
    with psycopg.connect(dsn) as connection:
        organization = _one(connection, _ORGANIZATION, ("Stand",))
        connection.execute(_PIPELINE, {"organization": organization})
        connection.execute(_KEY, (organization, api_key.prefix, api_key.hash))
        connection.execute(_ACCOUNT, (organization, WABA, encrypted))
        connection.execute(_TEMPLATE, (organization, WABA, TEMPLATE))
        rows = [(organization, id_, WABA, f"39{id_[-10:]}", f"+39 {id_[-10:]}", encrypted, throughput) for id_ in ids]
        with connection.cursor() as cursor:
            cursor.executemany(_NUMBER, rows)
        open_windows(connection, organization, ids, customers)
        installation = str(_one(connection, "select token from colomba.installation", ()))
    return Tenant(int(organization), ids, customer_digits(customers), installation, api_key.text, token)


def open_windows(
    connection: "psycopg.Connection[tuple[Any, ...]]", organization: object, numbers: tuple[str, ...], customers: int
) -> None:
    """Make so many customers with an open service window on each number."""
    values = {"organization": organization, "first": FIRST_CUSTOMER, "count": customers}
    connection.execute(_CUSTOMERS, values)
    for number in numbers if customers else ():
        connection.execute(_WINDOWS, {"organization": organization, "number": number})


def _one(connection: "psycopg.Connection[tuple[Any, ...]]", query: str, values: tuple[object, ...]) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None
