"""Listening sockets."""

import socket


def open_listener(host: str, port: int, *, share: bool = False) -> socket.socket:
    """Bind a socket, which listens once it is served.

    Args:
        port: 0 takes any free one.
        share: let other sockets of this user be bound to the same address with the same option;
            the kernel then distributes new connections among those that listen.

    Raises:
        OSError: the address is in use or not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if share:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # Inherited by accepted sockets. uvloop sets it anyway, but asyncio's loop does so only if the
    # protocol is given. Without it, a reply after an event would wait 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener
