"""What Meta answers to a management call, as the caller of the API is told."""

from collections.abc import Iterator
from contextlib import contextmanager

from sender_service.api.problems import Problem
from sender_service.cloud_api.graph import GraphAway, GraphRefused
from sender_service.errors import TokenUnreadable, VaultClosed
from sender_service.template_sync import NoToken


@contextmanager
def told() -> Iterator[None]:
    """Turn what goes wrong between us and Meta into a problem that says whose move it is."""
    try:
        yield
    except GraphRefused as refused:
        sentence = refused.details or refused.message
        raise Problem("UPSTREAM_REFUSED", f"Meta says ({refused.code}): {sentence}", meta_code=refused.code) from None
    except GraphAway as away:
        detail = f"Meta did not answer: {away.reason}"
        raise Problem("SERVICE_UNAVAILABLE", detail, headers={"Retry-After": "10"}) from None
    except NoToken:
        raise Problem("CONFLICT", "there is no access token: set one with POST numbers/{id}/token") from None
    except (VaultClosed, TokenUnreadable):
        sentence = "the stored access token cannot be read with this installation's encryption keys"
        raise Problem("CONFLICT", sentence) from None
