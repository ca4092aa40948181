"""Each of the house's rules at work: what a comment names must be found on the next line, or must not be."""
# mypy: ignore-errors

import hmac
import os
import pickle
import ssl

import aiohttp
import jinja2
import markupsafe
from aiohttp import web


def signatures(given_signature, expected, digest):
    # ruleid: signature-compared-in-varying-time
    if given_signature == expected:
        return True
    # ok: signature-compared-in-varying-time
    return hmac.compare_digest(digest, expected)


async def statements(conn, name):
    # ruleid: sql-put-together-from-values
    await conn.fetch(f"select id from contacts where name = '{name}'")
    # ruleid: sql-put-together-from-values
    await conn.execute("delete from contacts where name = '%s'" % name)
    # ok: sql-put-together-from-values
    await conn.fetch("select id from contacts where name = $1", name)


def lines(log, message, token):
    # ruleid: secret-in-a-log-line
    log.info("webhook.received", body=message)
    # ruleid: secret-in-a-log-line
    log.warning("token.unreadable", number="1", token=token)
    # ok: secret-in-a-log-line
    log.info("webhook.received", bytes=len(message))


async def calls(session, url, token):
    # ruleid: certificate-not-checked
    aiohttp.TCPConnector(limit=5, ssl=False)
    # ruleid: certificate-not-checked
    ssl._create_unverified_context()
    # ruleid: redirect-followed-with-credentials
    await session.get(url, headers={"Authorization": token})
    # ok: redirect-followed-with-credentials
    await session.get(url, headers={"Authorization": token}, allow_redirects=False)


def pages(name):
    # ruleid: page-without-escaping
    jinja2.Environment(autoescape=False)
    # ruleid: page-without-escaping
    markupsafe.Markup(name)
    # ruleid: page-without-escaping
    web.Response(text=f"<h1>{name}</h1>", content_type="text/html")
    # ok: page-without-escaping
    jinja2.Environment(autoescape=True)


def settings():
    # ruleid: environment-read-beside-the-settings
    return os.environ["SENDER_AMQP_URL"]


def objects(body):
    # ruleid: object-made-from-bytes-of-others
    return pickle.loads(body)
