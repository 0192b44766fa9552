"""The causes that flows note, in words for the operator."""

from __future__ import annotations

#: The causes, by their stable words.
CAUSES = {
    "name_unknown": "Nobody has the address or user name that was typed.",
    "not_let_in": "The account exists, but is not let in as it is: the address is not "
    "confirmed, or the account is suspended.",
    "account_disabled": "The account is disabled; `user enable` lets it log in again.",
    "no_password": "The account has no password: it never had one, or it was switched "
    "off. `user reset` mails a link to a new one.",
    "password_unreadable": "The password is kept under a secret that is not among the "
    "realm's any more. Put it back behind the others, or send a link by `user reset`.",
    "wrong_password": "The password was wrong.",
    "waits_place": "Too many wrong passwords for this account from this browser or "
    "network. The wait ends by itself, or by `user unlock`.",
    "waits_network": "Too many wrong passwords from this network, for whatever "
    "accounts. The wait ends by itself.",
    "waits_strangers": "Too many wrong passwords for this account from networks that "
    "it does not know, so that not even the right one counted. `user unlock` ends "
    "that.",
    "waits_neighbours": "Too many wrong passwords for this account from networks that "
    "it knows, so that not even the right one counted. `user unlock` ends that.",
    "waits_in": "100 wrong passwords in a row have switched the password off. `user "
    "reset` mails a link to a new one, `user unlock` switches it on again.",
    "waits_code": "Too many wrong codes for this account. `user unlock` ends that.",
    "waits_mail": "Too many mails were asked for from this network.",
    "waits_sign-up": "Too many sign-ups from this network.",
    "waits_other": "Something was tried too often, from this network or for this "
    "account.",
    "form_without_cookie": "The browser did not send the cookie that its forms are "
    "bound to: it keeps no cookies of this site, or lost them while the page was open.",
    "form_of_another": "The form was made for another browser or another login: "
    "somebody logged in or out in another window meanwhile, or it was forged.",
    "link_not_good": "The link was used before, is too old, or void since the address, "
    "the password or a second factor was changed; or nobody has made it.",
}
