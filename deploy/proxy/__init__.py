"""A TCP proxy that behaves badly on command: between a service and its broker, its database or Meta."""

from deploy.proxy.faults import Faults
from deploy.proxy.server import TcpProxy

__all__ = ["Faults", "TcpProxy"]
