"""``arware realm``: make, serve and look after a realm from a terminal."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING, Any

from arware.web.text import shown

from . import command_init, command_tokens
from .listening import CannotListen, listen, place, port_number, thread_count
from .terminal import (
    CommandError,
    realm_of,
    remark,
    safely,
    say,
    settings_of,
    with_config,
)

if TYPE_CHECKING:
    import socket


def add_parsers(subparsers: Any) -> None:
    """Add the commands; the handler of each is ``run(arguments)``, its exit code."""
    command_init.add_parser(subparsers)

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
    serve.set_defaults(run=safely(_serve))

    _add_user_parsers(subparsers.add_parser("user", help="look after users"))
    _add_key_parsers(subparsers.add_parser("key", help="look after signing keys"))
    command_tokens.add_parsers(
        subparsers.add_parser("token", help="look after API tokens")
    )


def _add_user_parsers(parser: Any) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = with_config(actions.add_parser("add", help="add a user"))
    add.add_argument("email")
    add.add_argument("--first-name", default="")
    add.add_argument("--last-name", default="")
    add.add_argument("--org", help="an org's name; it is made if there is none")
    add.add_argument(
        "--permission",
        action="append",
        help="a permission there; may be repeated (default: ar:owner, ar:admin)",
    )
    add.set_defaults(run=safely(_user_add))
    listing = with_config(actions.add_parser("list", help="list users"))
    listing.set_defaults(run=safely(_user_list))
    for name, state, words in (
        ("disable", "inactive", "disable a user, and log them out everywhere"),
        ("enable", "active", "let a user log in again"),
    ):
        change = with_config(actions.add_parser(name, help=words))
        change.add_argument("email")
        change.set_defaults(run=safely(_user_state), state=state)


def _add_key_parsers(parser: Any) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = with_config(actions.add_parser("list", help="list the signing keys"))
    listing.set_defaults(run=safely(_key_list))
    public = with_config(
        actions.add_parser(
            "public", help="print the public key, a jwt_key for adapters"
        )
    )
    public.set_defaults(run=safely(_key_public))
    rotate = with_config(
        actions.add_parser("rotate", help="sign with a new key from now on")
    )
    rotate.add_argument(
        "--keep",
        type=int,
        default=1,
        metavar="N",
        help="old keys that stay published, so that their tokens live on (default: 1)",
    )
    rotate.set_defaults(run=safely(_key_rotate))


# --- The commands ------------------------------------------------------------------


def _log_to_the_terminal() -> None:
    """Have what the realm does told, and of others only what goes wrong."""
    import logging

    from arware.logs import TokenFilter

    handler = logging.StreamHandler()
    handler.addFilter(TokenFilter())
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", handlers=[handler])
    logging.getLogger("arware").setLevel(logging.INFO)
    # It warns of every request that has to wait for a moment.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _serve(arguments: argparse.Namespace) -> None:
    import signal

    import waitress

    settings = settings_of(arguments)
    own = settings.url
    host = arguments.host or (own.host.strip("[]") if own.is_loopback else "127.0.0.1")
    port = own.port if own.is_loopback and arguments.port is None else arguments.port
    if port is None:
        raise CommandError("say on which port to listen: --port 8001")
    with realm_of(arguments) as realm, _listening(port, host) as listener:
        _log_to_the_terminal()
        server = waitress.create_server(
            realm.wsgi_app,
            sockets=[listener],
            threads=arguments.threads,
            ident=None,
            max_request_body_size=1 << 20,
            # They are read where it is known which proxies are trusted.
            clear_untrusted_proxy_headers=False,
        )
        where = f"listening on {place(listener)}"
        say(f"{settings.name} answers at {realm.url} ({where})")
        sys.stdout.flush()
        # What ends a service is as good a reason to stop cleanly as Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.run()
        finally:
            server.close()


def _listening(port: int, host: str) -> socket.socket:
    try:
        return listen(port, host=host)
    except CannotListen as error:
        raise CommandError(str(error)) from None


def _user_add(arguments: argparse.Namespace) -> None:
    password = _ask_password()
    with realm_of(arguments) as realm:
        try:
            user_id = realm.add_user(
                arguments.email,
                password,
                first_name=arguments.first_name,
                last_name=arguments.last_name,
                org=arguments.org,
                permissions=arguments.permission,
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
        say(f"Added {user_id}")


def _ask_password() -> str:
    """Return a password typed twice, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("the two passwords differ")
    return password


def _user_list(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        users = realm.users()
        for user in users:
            say(f"{user.id}  {user.state:8}  {shown(user.email)}  {shown(user.name)}")
    if not users:
        remark("There are no users yet; add one with `arware realm user add EMAIL`.")


def _user_state(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        if not realm.set_user_state(arguments.email, arguments.state):
            raise CommandError(f"there is no user {arguments.email}")
        minutes = realm.settings.jwt_minutes
    if arguments.state == "active":
        say(f"{arguments.email} may log in again.")
        return
    say(f"{arguments.email} is disabled, and all their logins at the realm have ended.")
    say(
        "Applications that mount the realm notice within 30 seconds, others at their "
        f"next check (check_session), or when the token ends: within {minutes} minutes."
    )


def _key_list(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        for number, key in enumerate(realm.store.keys.keys):
            use = "signs" if number == 0 else "published"
            say(f"{key.kid}  {key.private.key_size} bits  {use}")


def _key_public(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        say(realm.store.keys.signer.public_pem.rstrip())


def _key_rotate(arguments: argparse.Namespace) -> None:
    from .keys import KeyFault, rotate

    settings = settings_of(arguments)
    if isinstance(settings.key, str):
        raise CommandError(
            "the key is given as text; put a new one in front of it there"
        )
    if arguments.keep < 0:
        raise CommandError("--keep takes 0 or more")
    try:
        key = rotate(settings.key_path, keep=arguments.keep)
    except (OSError, KeyFault) as error:
        raise CommandError(f"{settings.key_path} cannot be rotated: {error}") from None
    say(f"{key.kid} signs from now on; realms that run read it within seconds.")
    say(
        f"Tokens of the key before live up to {settings.jwt_minutes} minutes: "
        "rotate again only after that."
    )
