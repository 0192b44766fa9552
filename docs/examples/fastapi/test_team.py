from arware.testing import MemoryRealm, signed_in
from team import create_app

realm = MemoryRealm()
app = create_app(**realm.settings())


def test_an_owner_sees_the_owners_page():
    alice = signed_in(app, realm, "alice", permissions=["ar:owner"])
    assert alice.get("/owners").status == 200


def test_nobody_else_does():
    bob = signed_in(app, realm, "bob")
    assert bob.get("/owners").status == 403
