"""The form of W3C trace context: anything can stand in another program's header, and a broken one costs only the trace.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re
from typing import Final

FORM: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


def sound(traceparent: object) -> str | None:
    """Give what has the form of a traceparent, else None."""
    return traceparent if isinstance(traceparent, str) and FORM.fullmatch(traceparent) else None
