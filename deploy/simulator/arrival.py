"""When a request came, as the system saw it: a simulator that waited for a core itself saw it later.

Linux keeps the age of a connection's last bytes in `tcp_info` (tcp(7), linux/tcp.h), in ticks of one to ten
milliseconds.
"""

import socket
import struct
import time
from typing import Any, Final

# An age of so little may be a tick of the clock alone.
_TICKS: Final = 10
_LAST_DATA_RECEIVED: Final = struct.Struct("=52xI")


def arrived(connection: Any) -> float:
    """The monotonic time at which the last bytes of a connection came; now, where the system does not tell."""
    now = time.monotonic()
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_RECEIVED.size)
        [age] = _LAST_DATA_RECEIVED.unpack(told)
    except (AttributeError, OSError, struct.error):
        return now
    return now - age / 1000 if age > _TICKS else now
