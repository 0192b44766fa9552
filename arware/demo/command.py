"""``arware demo``: a realm and a sample application, until somebody presses Ctrl-C."""

from __future__ import annotations

import importlib
import logging
import secrets
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from arware.errors import ConfigurationError
from arware.kit.listening import LOOPBACK, CannotListen, listen
from arware.logs import TokenFilter

from .people import settle
from .servers import AsgiServer, WsgiServer, wait_until_answered

if TYPE_CHECKING:
    import argparse
    import socket

    from arware.local import Realm

    from .people import Person
    from .servers import Server

#: The application's cookie. Cookies do not separate ports, so the realm, one port
#: further, uses another name.
COOKIE_NAME = "sample"

_STOP_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


class DemoError(Exception):
    """The demonstration cannot start; the message is one sentence for a person."""


def run(arguments: argparse.Namespace) -> int:
    """
    Run the demonstration that *arguments* ask for, until a signal stops it.

    Returns 0 then. Raises :class:`DemoError` if it cannot start.
    """
    with ExitStack() as stack:
        _log_without_tokens(stack)
        # Even where a shell started us in the background, with SIGINT ignored.
        for number in _STOP_SIGNALS:
            before = signal.signal(number, signal.default_int_handler)
            stack.callback(signal.signal, number, before)
        try:
            _start(stack, arguments)
            while True:
                # A signal that comes just before a sleep is seen after it.
                time.sleep(1)
        except KeyboardInterrupt:
            # What is left to do takes seconds; impatience must not break it off.
            for number in _STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            _say("\nStopped.")
        except CannotListen as error:
            raise DemoError(str(error)) from None
    return 0


def _log_without_tokens(stack: ExitStack) -> None:
    """Have what goes wrong told on the terminal, but no tokens, while *stack* lasts."""
    handler = logging.StreamHandler()
    handler.addFilter(TokenFilter())
    logging.getLogger().addHandler(handler)
    stack.callback(logging.getLogger().removeHandler, handler)


def _start(stack: ExitStack, arguments: argparse.Namespace) -> None:
    """Start both servers; *stack* will undo everything."""
    sample = importlib.import_module(f"arware.demo.sample_{arguments.adapter}")
    importlib.import_module("uvicorn" if arguments.adapter == "asgi" else "waitress")
    if arguments.port == arguments.realm_port != 0:
        both = f"--port and --realm-port are both {arguments.port}"
        raise DemoError(f"{both}; give two different ports")
    # Both ports are ours before anything is written.
    app_port = stack.enter_context(listen(arguments.port, "--port"))
    realm_port = stack.enter_context(listen(arguments.realm_port, "--realm-port"))
    app_url, realm_url = _url(app_port), _url(realm_port)
    realm = _realm(stack, arguments.db, realm_url, app_url)
    people = settle(realm)
    application = sample.make_application(
        loginrocket_url=realm_url,
        cookie_secret=secrets.token_urlsafe(48),
        cookie_name=COOKIE_NAME,
        app_name="arware sample",
    )
    server = AsgiServer if arguments.adapter == "asgi" else WsgiServer
    _serve(stack, WsgiServer(realm.wsgi_app, realm_port))
    _serve(stack, server(application, app_port))
    data = realm.settings.database.render_as_string(hide_password=True)
    _announce(arguments, data, (app_url, realm_url), people)
    for url, path in ((realm_url, "/connect/jwks"), (app_url, "/static/style.css")):
        if not wait_until_answered(url, path):
            raise DemoError(f"{url} does not answer as it should; see above for why")
    _say(f"Ready: open {app_url} and press Ctrl-C here to stop.")


def _serve(stack: ExitStack, server: Server) -> None:
    server.start()
    stack.callback(server.stop)


def _url(listener: socket.socket) -> str:
    # By the name, without which browsers have no passkeys.
    return f"http://localhost:{listener.getsockname()[1]}/"


def _realm(stack: ExitStack, database: str | None, url: str, app_url: str) -> Realm:
    """Return a realm, its data where *database* says or in a temporary folder."""
    from arware.local import Realm
    from arware.local.features.confirm import Confirm

    if database is None:
        database = f"sqlite:///{_temporary_folder(stack)}/realm.sqlite"
    try:
        realm = Realm(
            database=database,
            url=url,
            # People type the address, too.
            login_urls=[app_url, app_url.replace("localhost", LOOPBACK)],
            name="Demo realm",
            confirm=Confirm(mode="soft"),
            migrate=True,
        )
    except ConfigurationError as error:
        faults = [f"{fault.problem}. {fault.fix}" for fault in error.faults]
        raise DemoError(f"--db: {'; '.join(faults)}") from None
    return stack.enter_context(realm)


def _temporary_folder(stack: ExitStack) -> Path:
    """Make a folder that *stack* removes, whenever somebody loses patience."""
    folder = Path(tempfile.gettempdir()) / f"arware-{secrets.token_hex(16)}"
    # Before it is there: between making and noting it nobody could tell.
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _announce(
    arguments: argparse.Namespace,
    database: str,
    urls: tuple[str, str],
    people: list[Person],
) -> None:
    _say(f"  Application  {urls[0]}  (--adapter {arguments.adapter})")
    _say(f"  Realm        {urls[1]}")
    _say(f"  Mailbox      {urls[1]}dev/mailbox  (sign up, and confirm from there)")
    _say(f"  Second step  {urls[1]}profile/totp  (one-time passwords, to try)")
    for person in people:
        orgs = " and ".join(one.org for one in person.memberships)
        login = f"{person.email}  {person.password}"
        _say(f"  Log in as    {login}  ({person.name}: {orgs})")
    if not people:
        _say("  Log in as    one of the users in the database; nobody was added")
    kept = database if arguments.db else "in a temporary folder, gone when you stop"
    _say(f"  Data         {kept}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
