"""A passkey becomes a key on the ledger by an ADMIN key of its member, and by nothing less."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from entrepot.bindings.participants import AddKey
from entrepot.bindings.roles import Permission
from entrepot.chain.passkeys import VERIFIER, signer_of
from entrepot.chain.signer import Keystore
from entrepot.devnet import cast
from entrepot.domain.errors import Conflict, NotFound
from entrepot.steps import World
from entrepot.steps.submission import enrolment
from entrepot.store import people
from entrepot.store.tables import Passkey, Person
from tests.api.stage import NOW, Stage, lei, member
from tests.api.test_access import GENERATOR

POINT = bytes.fromhex(GENERATOR[0][2:] + GENERATOR[1][2:])


def settled(stage: Stage, folder: Path, *, devnet: bool, admin: bool) -> World:
    """The stage's world, where tokens are plain or not, and the bank's ADMIN key is kept or not."""
    signers = Keystore(folder, "secret", rounds=1)
    if admin:
        signers.add(cast.secret_of("bank.admin"))
    settings = stage.world.settings.model_copy(update={"plain_tokens": devnet})
    return replace(stage.world, settings=settings, signers=signers)


def joined(stage: Stage, *, passkey: bool = True) -> Person:
    person = Person(
        person_id=secrets.token_bytes(16),
        participant_id=member("bank"),
        label="person-1",
        scopes=["decide", "read"],
        created_at=NOW,
    )
    with stage.world.store.transaction() as session:
        session.add(person)
        if passkey:
            session.add(
                Passkey(
                    credential_id=secrets.token_bytes(16),
                    person_id=person.person_id,
                    public_key=b"",
                    signer=signer_of(stage.world.deployment[VERIFIER], POINT),
                    sign_count=0,
                    created_at=NOW,
                )
            )
        session.flush()
        session.expunge(person)
    return person


@pytest.mark.parametrize(
    ("devnet", "admin", "calls"), [(True, True, 1), (False, True, 0), (True, False, 0)]
)
def test_invitation_gives_a_say_on_devnets_only(
    stage: Stage, tmp_path: Path, devnet: bool, admin: bool, calls: int
) -> None:
    world, person = settled(stage, tmp_path, devnet=devnet, admin=admin), joined(stage)
    signer = signer_of(world.deployment[VERIFIER], POINT)
    with world.store.transaction() as session:
        enrolment.grant_on_devnet(world, session, person, signer)
    assert len(stage.outbox()) == calls


def test_administrator_adds_the_passkey_with_decide_and_nothing_more(
    stage: Stage, tmp_path: Path
) -> None:
    world, person = settled(stage, tmp_path, devnet=False, admin=True), joined(stage)
    with world.store.transaction() as session:
        enrolment.grant(world, session, person.person_id)
    call = stage.call()
    assert isinstance(call, AddKey)
    assert call.signer == signer_of(world.deployment[VERIFIER], POINT)
    assert call.permissions == 1 << Permission.DECIDE
    assert stage.outbox()[0].sender == cast.address_of("bank.admin")


def test_without_the_administrators_key_it_says_what_its_keeper_sends(
    stage: Stage, tmp_path: Path
) -> None:
    world, person = settled(stage, tmp_path, devnet=False, admin=False), joined(stage)
    with pytest.raises(Conflict) as refused, world.store.transaction() as session:
        enrolment.grant(world, session, person.person_id)
    for word in (f"/v1/participants/{lei('bank')}/keys", *GENERATOR):
        assert word in refused.value.mend


def test_nobody_without_a_passkey_or_who_is_out_is_granted_anything(
    stage: Stage, tmp_path: Path
) -> None:
    world = settled(stage, tmp_path, devnet=False, admin=True)
    with pytest.raises(Conflict), world.store.transaction() as session:
        enrolment.grant(world, session, joined(stage, passkey=False).person_id)
    person = joined(stage)
    with world.store.transaction() as session:
        people.disable(session, person.person_id, NOW)
    with pytest.raises(NotFound), world.store.transaction() as session:
        enrolment.grant(world, session, person.person_id)
    assert stage.outbox() == []
