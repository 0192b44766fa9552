"""``arware realm serve``: the realm as a server of its own."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

from arware.kit.listening import (
    CannotListen,
    listen,
    place,
    port_number,
    thread_count,
)
from arware.kit.operator import Line
from arware.kit.terminal import CommandError, remark, safely, say_line
from arware.logs import TokenFilter

from .. import mail
from .options import realm_of, settings_of, with_config

if TYPE_CHECKING:
    import socket

    from ..realm import Realm


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    serve = with_config(subparsers.add_parser("serve", help="serve the realm"))
    serve.add_argument("--host", help="listen on this address, by default the URL's")
    serve.add_argument(
        "--port",
        type=port_number,
        help="listen on this port, by default the URL's; 0 for any free one",
    )
    serve.add_argument(
        "--threads",
        type=thread_count,
        default=8,
        help="how many requests are answered at once (default: %(default)s)",
    )
    serve.add_argument(
        "--migrate",
        action="store_true",
        default=None,
        help="bring the database up to date first",
    )
    serve.set_defaults(run=safely(_serve))


def log_to_the_terminal() -> None:
    """Log what the realm does to the terminal, and the warnings of other packages."""
    handler = logging.StreamHandler()
    handler.addFilter(TokenFilter())
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", handlers=[handler])
    logging.getLogger("arware").setLevel(logging.INFO)
    # It warns of every request that has to wait for a moment.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _serve(arguments: argparse.Namespace) -> None:
    # Late: all processes with a realm load this module, and few serve it so.
    import waitress

    settings = settings_of(arguments)
    own = settings.url
    host = arguments.host or (own.host.strip("[]") if own.is_loopback else "127.0.0.1")
    port = own.port if own.is_loopback and arguments.port is None else arguments.port
    if port is None:
        raise CommandError("say on which port to listen: --port 8001")
    realm = realm_of(arguments, migrate=arguments.migrate)
    with realm, _listening(port, host) as listener:
        log_to_the_terminal()
        server = waitress.create_server(
            realm.wsgi_app,
            sockets=[listener],
            threads=arguments.threads,
            ident=None,
            max_request_body_size=1 << 20,
            # They are read where it is known which proxies are trusted.
            clear_untrusted_proxy_headers=False,
        )
        _remark_on(realm)
        # What ends a service is as good a reason to stop cleanly as Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        where = place(listener)
        said = f"{settings.name} answers at {realm.url} (listening on {where})"
        line = Line(said, {"url": realm.url, "listening": where})
        say_line(line, as_json=arguments.json)
        sys.stdout.flush()
        try:
            server.run()
        finally:
            server.close()


def _remark_on(realm: Realm) -> None:
    """Say what the person who starts a realm may not have thought of."""
    settings = realm.settings
    if not settings.url.is_loopback and not settings.trusted_proxies:
        remark(
            "trusted_proxies is empty: all who come through the proxy that ends "
            "TLS count as one client, and slow one another down"
        )
    if mail.is_shown(realm):
        remark(f"no mail server is set: messages are at {realm.url}dev/mailbox")


def _listening(port: int, host: str) -> socket.socket:
    try:
        return listen(port, host=host)
    except CannotListen as error:
        raise CommandError(str(error)) from None
