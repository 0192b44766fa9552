"""What operators do about forgotten passwords."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from ... import people
from ...caller import OPERATOR
from ...features.reset import SEND
from ...models import EventRow, User
from ...realm import Realm
from ..mailbox import letters
from ..support import ADA, PASSWORD


def offered(realm: Realm) -> bool:
    """Tell whether an operator could send Ada a link."""
    with realm.reading() as db:
        user = people.by_login_name(db, ADA)
        assert user is not None
        return SEND.offered(realm, db, user)


def test_rq_p10_an_operator_sends_a_link_and_sets_nothing(realm: Realm) -> None:
    """The password is what it was until the link is used."""
    with realm.writing() as db:
        user = people.find_locked(db, ADA)
        assert user is not None
        before = user.password_hash
        SEND.do(realm, db, user, realm.operator())
        asked = EventRow.type == "user.password.resetting"
        row = db.scalars(select(EventRow).where(asked)).one()
    (mail,) = letters(realm, ADA)

    assert "/password/change?token=tpw" in mail.text
    with realm.reading() as db:
        assert db.get_one(User, user.id).password_hash == before
    assert realm.verify(before, PASSWORD)
    assert (row.user_id, row.client) == (user.id, OPERATOR)


@pytest.mark.parametrize("change", [{"email": None}, {"state": "inactive"}])
def test_who_could_not_use_a_link_is_sent_none(
    realm: Realm, change: dict[str, str | None]
) -> None:
    """The button is not there."""
    assert offered(realm)
    with realm.writing() as db:
        db.execute(update(User).where(User.email == ADA).values(username="ada"))
        ada = people.by_login_name(db, "ada")
        assert ada is not None
        for name, value in change.items():
            setattr(ada, name, value)
        assert not SEND.offered(realm, db, ada)
