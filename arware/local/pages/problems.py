"""The pages that say that something cannot be done."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.httpexceptions import HTTPException, HTTPNotFound
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from arware.kit.web.body import FORM, Fault, Unreadable

log = logging.getLogger("arware.local")


class Problem(Exception):
    """An answer that is given instead of the page that was asked for."""

    def __init__(
        self,
        status: int,
        title: str,
        message: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.message = message
        self.headers = headers


NOT_FOUND = Problem(
    404, "Page not found", "Check the address, or go back to where you came from."
)
_BROKEN = Problem(
    500, "Sorry, there is a problem", "The error was recorded. Try again later."
)
_DATABASE_AWAY = Problem(
    503,
    "Sign-in is temporarily unavailable",
    "The database cannot be reached. Try again in a moment.",
    (("Retry-After", "5"),),
)

_GARBLED = "The address or the form cannot be read."
_UNREADABLE: dict[Fault, tuple[str, str]] = {
    "garbled": ("Bad request", _GARBLED),
    "twice": ("Bad request", "The same field was sent twice."),
    "too_large": ("Form too large", "Our own forms are smaller."),
    "wrong_type": ("Unsupported content type", f"Send the form as {FORM}."),
}


def includeme(config: Any) -> None:
    """Add the views for exceptions."""
    config.add_exception_view(_problem, context=Problem)
    config.add_exception_view(_unreadable, context=Unreadable)
    config.add_exception_view(_database, context=DBAPIError)
    config.add_exception_view(_database, context=PoolTimeout)
    config.add_exception_view(_pyramid, context=HTTPException)
    config.add_exception_view(_anything, context=Exception)
    config.add_notfound_view(_not_found)


def show(request: Any, problem: Problem) -> Any:
    """Return the page that tells of *problem*."""
    from .base import page

    answer = page(
        request,
        "problem.jinja2",
        status=problem.status,
        title=problem.title,
        message=problem.message,
        visitor=_visitor(request, problem),
    )
    answer.headers.extend(problem.headers)
    return answer


def _visitor(request: Any, problem: Problem) -> Any:
    """Return who is logged in, ``None`` where the database may be at fault."""
    if problem.status >= 500:
        return None
    try:
        return request.visitor
    except SQLAlchemyError as error:
        log.debug("database unavailable on a problem's page (%s)", _kind(error))
        return None


def _problem(problem: Problem, request: Any) -> Any:
    return show(request, problem)


def _unreadable(error: Unreadable, request: Any) -> Any:
    return show(request, Problem(error.status, *_UNREADABLE[error.fault]))


def _not_found(_context: HTTPNotFound, request: Any) -> Any:
    return show(request, NOT_FOUND)


def _pyramid(refusal: HTTPException, request: Any) -> Any:
    return show(request, Problem(refusal.status_int, refusal.title, "Try again."))


def _database(error: Exception, request: Any) -> Any:
    log.error("database unavailable page=%s (%s)", _place(request), _kind(error))
    return show(request, _DATABASE_AWAY)


def _anything(error: Exception, request: Any) -> Any:
    log.error("page failed page=%s", _place(request), exc_info=error)
    return show(request, _BROKEN)


def _place(request: Any) -> str:
    # The route, not the path or the query: those may hold anything, tokens too.
    return str(getattr(request.matched_route, "name", None))


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__
