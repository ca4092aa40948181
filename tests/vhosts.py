"""Virtual hosts made and dropped through the broker's management API."""

import base64
import json
import urllib.request
from typing import Any
from urllib.parse import quote, unquote, urlsplit

BOUNDED = 15


class Vhosts:
    """`amqp_url` names the broker and the user who gets all rights; `management_url` may carry its own user."""

    def __init__(self, amqp_url: str, management_url: str) -> None:
        self._amqp = urlsplit(amqp_url)
        self._management = urlsplit(management_url)

    def url(self, name: str) -> str:
        return self._amqp._replace(path=f"/{quote(name, safe='')}").geturl()

    def create(self, name: str) -> None:
        self._put(f"vhosts/{quote(name, safe='')}", {})
        user = quote(unquote(self._amqp.username or "guest"), safe="")
        self._put(f"permissions/{quote(name, safe='')}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})

    def delete(self, name: str) -> None:
        self._call("DELETE", f"vhosts/{quote(name, safe='')}", None)

    def get(self, path: str) -> Any:
        """What the management API answers at /api/<path>."""
        return json.loads(self._call("GET", path, None))

    def _put(self, path: str, body: dict[str, str]) -> None:
        self._call("PUT", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        who = self._management if self._management.username else self._amqp
        credentials = f"{unquote(who.username or 'guest')}:{unquote(who.password or 'guest')}"
        netloc = f"{self._management.hostname}:{self._management.port or 15672}"
        request = urllib.request.Request(  # the URL is this test run's own broker
            self._management._replace(netloc=netloc, path=f"/api/{path}").geturl(),
            data=body,
            method=method,
            headers={
                "Authorization": "Basic " + base64.b64encode(credentials.encode()).decode(),
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=BOUNDED) as response:
            answer: bytes = response.read()
            return answer
