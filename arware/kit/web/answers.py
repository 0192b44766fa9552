"""Answers that say why not: a page, or JSON with the stable words (AK-H02)."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.response import Response

from arware.kit import references

from .joining import joined
from .refusals import Reason, Refused, with_params
from .request import WebRequest
from .translating import translate

log = logging.getLogger("arware.local")

#: The page of a fault; the product has it.
TEMPLATE = "problem.jinja2"


def told(request: WebRequest, reason: Reason) -> Reason:
    """Return the reason with the product's text."""
    return reason if reason.text else joined(request.registry).reasons[reason.word]


def text_of(request: WebRequest, refused: Refused) -> str:
    """Return what a person reads, in the language of the request."""
    text = told(request, refused.reason).text
    return translate(with_params(text, refused.params), request.localizer)


#: Of these everybody can see why, and strangers cause any number.
_PLAIN = (404, 405, 422)


def note(request: WebRequest, refused: Refused) -> None:
    """
    Give the refusal an id by which the operator finds out why, and log it.

    There is none where the answer itself tells all.
    """
    if not refused.cause and refused.reason.status in _PLAIN:
        return
    cause = refused.cause or refused.reason.word
    about = refused.about.partition("_")[2]
    said = references.Reference(request.now, cause, about)
    request.reference = references.write(request.realm.digest("refusal", ""), said)
    log.info("refused id=%s cause=%s ip=%s", request.reference, cause, request.ip)


def problem(request: WebRequest, refused: Refused, **more: Any) -> Any:
    """Answer that something cannot be done: with a page of its own, or as JSON."""
    reason = told(request, refused.reason)
    request.failed = reason.status
    note(request, refused)
    if request.is_json:
        answer = _json(request, refused, more)
    else:
        values = {
            "title": translate(reason.title or reason.text, request.localizer),
            "message": text_of(request, refused) if reason.title else "",
            "reason": reason.word,
        }
        answer = render_to_response(TEMPLATE, values | more, request)
    answer.status_int = reason.status
    if refused.wait is not None:
        answer.headers["Retry-After"] = str(refused.wait)
    return answer


def _json(request: WebRequest, refused: Refused, more: dict[str, Any]) -> Any:
    errors: dict[str, list[str]] = {}
    reasons: dict[str, list[str]] = {}
    for one in refused.all:
        errors.setdefault(one.field or "", []).append(text_of(request, one))
        reasons.setdefault(one.field or "", []).append(one.reason.word)
    # Authkit: a list where no field is at fault (AK-H02).
    told_errors = errors[""] if errors.keys() == {""} else errors
    body = {"status": "error", "errors": told_errors, "reasons": reasons, **more}
    if request.reference:
        body["id"] = request.reference
    return Response(json=body)
