"""What the requirements ask that code and tests name by a number, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .declarations import Module, requirements

#: Sources: NIST is SP 800-63B-4 (2025), ASVS is OWASP's in version 5.0, OWASP its cheat
#: sheets. Where none stands it is experience: faults that others had.
MEANINGS = {
    "RQ-P1": "A password that is all there is has 15 characters (NIST 3.1.1.2)",
    "RQ-P2": "Long passwords are taken whole (NIST 3.1.1.2, ASVS 6.2.9)",
    "RQ-P3": "Length counts Unicode characters, any of which is good (NIST 3.1.1.2)",
    "RQ-P4": "Composed and decomposed letters are the same (NIST 3.1.1.2)",
    "RQ-P5": "No rules for kinds of characters, no rotation, no hints (NIST 3.1.1.2)",
    "RQ-P6": "Common, leaked and personal passwords are refused (NIST 3.1.1.2)",
    "RQ-P7": "Password managers and pasting work (NIST 3.1.1.2, ASVS 6.2.7)",
    "RQ-P8": "A new password needs the old one, or a fresh proof (ASVS 6.2.3)",
    "RQ-P9": "A password that is known to have leaked has to be changed (NIST 3.1.1.2)",
    "RQ-P10": "What an operator hands out expires and is replaced (ASVS 6.4.1)",
    "RQ-H1": "Argon2id with parameters that cost enough (ASVS 11.4.2)",
    "RQ-H2": "A salt for each, and new parameters at the next login (NIST 3.1.1.2)",
    "RQ-H3": "A key beside the hash can be rotated (NIST 3.1.1.2)",
    "RQ-H4": "Only so many passwords are hashed at once",
    "RQ-H5": "An unknown name costs the same work (ASVS 6.3.8)",
    "RQ-H6": "Cheap hashes are for tests, and refused in production",
    "RQ-T1": "After 100 failures in a row a password is off (NIST 3.2.2)",
    "RQ-T2": "Each failure at an account makes one wait longer (NIST 3.2.2, OWASP)",
    "RQ-T3": "Networks are counted, and only your own proxies believed",
    "RQ-T4": "Account and network are both counted",
    "RQ-T5": "Locked looks like wrong, and never stops a reset (ASVS 6.1.1, OWASP)",
    "RQ-T6": "Wrong codes of all kinds count together (ASVS 6.6.3)",
    "RQ-T7": "Mails are few for an address and a network, known or not (OWASP)",
    "RQ-T8": "Failures are counted in the database, by all processes",
    "RQ-K1": "Tokens are random, of 128 bit at least (ASVS 7.2.3)",
    "RQ-K2": "Only a keyed digest of a token is kept (ASVS 6.5.2)",
    "RQ-K3": "A token is for one user, purpose, address and password",
    "RQ-K4": "A token is good once, also for two at the same time (ASVS 6.5.1)",
    "RQ-K5": "Opening a link uses nothing up; sending the form does (ASVS 3.5.3)",
    "RQ-K6": "Tokens do not live long (ASVS 6.5.5)",
    "RQ-K7": "A new token voids the older ones of its kind",
    "RQ-K8": "Pages of tokens leak them to nobody (OWASP)",
    "RQ-K9": "A reset passes no second factor by, and ends sessions (ASVS 6.4.3)",
    "RQ-K10": "No secret stands in a log or a message (ASVS 16.2.5)",
    "RQ-S1": "A session is random, a digest at rest, new at each proof (ASVS 7.2.4)",
    "RQ-S2": "The server ends sessions, idle or old (NIST 2.1.3, 5.2; ASVS 7.3.1)",
    "RQ-S3": "Being remembered is no second factor (NIST 5.1)",
    "RQ-S4": "What ends a session ends it at once (ASVS 7.4.1)",
    "RQ-S5": "A changed factor ends the other sessions (ASVS 7.4.3)",
    "RQ-S6": "People see their sessions and end them (ASVS 7.5.2)",
    "RQ-S7": "What protects an account needs a fresh proof of its owner (ASVS 7.5.1)",
    "RQ-S8": "A session is noted as seen once a minute at most",
    "RQ-S9": "One can log out on each page, also too late (ASVS 7.4.4)",
    "RQ-S10": "It is documented how many sessions there may be (ASVS 7.1.2)",
    "RQ-C1": "Cookies have the safest attributes (NIST 5.1.1, ASVS 3.3.1)",
    "RQ-C2": "A cookie tells nothing of a person (NIST 5.1.1)",
    "RQ-C3": "Each form has a token, the login's too (NIST 5.1, ASVS 3.5.1)",
    "RQ-C4": "A GET changes nothing (ASVS 3.5.3)",
    "RQ-C5": "Headers keep foreign scripts and frames out (ASVS 3.4.1)",
    "RQ-C6": "A page to return to is one of your own",
    "RQ-C7": "What has the wrong type is refused, and breaks nothing",
    "RQ-M1": "One-time passwords are those of RFC 6238 (ASVS 6.5.5)",
    "RQ-M2": "A one-time password is good once (RFC 6238 5.2, ASVS 6.5.1)",
    "RQ-M3": "Their secret is encrypted, and shown once (NIST)",
    "RQ-M4": "A second factor is on after its first right code, at a proved address",
    "RQ-M5": "Recovery codes are random, hashed, and good once (NIST, ASVS 6.5.2)",
    "RQ-M6": "Passkeys are checked as WebAuthn has it (NIST, ASVS 6.7.2)",
    "RQ-M7": "There is no session before the last factor",
    "RQ-M8": "Mail is no second factor (NIST, ASVS 6.3.6)",
    "RQ-M9": "A session knows how and when somebody proved who they are (ASVS 6.8.4)",
    "RQ-E1": "Nobody learns who has an account (ASVS 6.3.8, OWASP)",
    "RQ-E2": "A taken address is told to its owner only",
    "RQ-E3": "Mails are sent after the answer, which takes no longer for them",
    "RQ-J1": "A key is for one algorithm (ASVS 9.1.1)",
    "RQ-J2": "A token's times and issuer are checked (ASVS 9.2.1)",
    "RQ-J3": "A new key is known before it signs",
    "RQ-J5": "A token for one purpose is good for no other (ASVS 9.2.2)",
    "RQ-N1": "People are told of changes to their account (NIST, ASVS 6.3.7)",
    "RQ-N2": "What happens at a login is logged, with time and place (ASVS 16.3.1)",
    "RQ-N3": "There is no account that everybody knows (ASVS 6.3.2)",
    "RQ-N4": "Nobody takes a name that is read as another's",
    "RQ-N5": "The documents that ASVS asks for are written (ASVS 6.1.1)",
}

#: What the labels are; it stands above the table.
LABELS = """\
Comments and tests name what they are about. `RQ-...` is a requirement of the table
below, with who asks it: NIST SP 800-63B-4, OWASP's ASVS 5.0 or cheat sheets, an RFC;
where nobody is named, others had the fault. `AK-...` is something that Authkit did, a
generator for Rails after which these features were made, `AK-B...` one of its defects;
`T...` is a threat that was thought through, and `GN-...` what `arware eject` promises.
Keep or drop the labels as you like: nothing reads them.
"""


def rows(
    found: Sequence[Module], tests: Mapping[str, bytes]
) -> Iterator[tuple[str, ...]]:
    """
    Yield each requirement that *found* name, or else *tests*: what it asks, and where.

    *tests* are their contents by path. A number of the ASVS is its own explanation.
    """
    places: dict[str, list[str]] = {}
    for module in found:
        for name in module.requirements():
            places.setdefault(name, []).append(module.path)
    shown: dict[str, list[str]] = {}
    for path, content in tests.items():
        for name in requirements(content.decode()) - places.keys():
            shown.setdefault(name, []).append(path)
    for name, where in sorted((places | shown).items(), key=_order):
        yield name, MEANINGS.get(name, "what OWASP says there"), ", ".join(where)


def _order(item: tuple[str, list[str]]) -> tuple[str, int]:
    head = item[0].rstrip("0123456789")
    return head, int(item[0].removeprefix(head) or 0)
