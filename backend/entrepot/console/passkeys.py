"""Passkeys (WebAuthn level 2): a person adds one by an invitation, and logs in with it.

The authenticator must have verified its user (by PIN, finger or face), and speaks for our origin
only: what is signed on another site opens nothing here.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from fastapi import Request
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    options_to_json,
    parse_authentication_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from entrepot.chain.passkeys import VERIFIER, Assertion, packed, signer_of
from entrepot.console.limits import place_of
from entrepot.kit.logs import Log
from entrepot.steps import World
from entrepot.steps.submission import enrolment
from entrepot.store import ceremonies, people
from entrepot.store.session import Session
from entrepot.store.tables import Passkey

log = Log(__name__)

CEREMONY_LIFE: Final = timedelta(minutes=5)
ALGORITHMS: Final = [COSEAlgorithmIdentifier.ECDSA_SHA_256]
"""The only one that the contract can verify."""
VERIFIED: Final = UserVerificationRequirement.REQUIRED


class NotKnown(Exception):
    """It opens nothing: unknown, used up, too late, of another site, or not verified."""


class Passkeys:
    """The ceremonies of passkeys: each challenge is answered once, and soon."""

    def __init__(self, world: World) -> None:
        self._world = world

    def invite(self, request: Request, code: str) -> dict[str, Any]:
        """What the browser needs to make a passkey. Raises NotKnown."""
        with self._world.store.transaction() as session:
            person = people.invited(session, code, self._world.clock.now())
        if person is None:
            raise NotKnown
        options = webauthn.generate_registration_options(
            rp_id=_rp_id(request, self._world),
            rp_name="Entrepot",
            user_id=person.person_id,
            user_name=person.label,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
            ),
            supported_pub_key_algs=ALGORITHMS,
        )
        return self._begin(request, options.challenge, options)

    def join(self, request: Request, ceremony: str, code: str, credential: Any) -> bytes:
        """Keeps the passkey that was made; whose it is. Raises NotKnown."""
        challenge, now = self._end(ceremony), self._world.clock.now()
        with self._world.store.transaction() as session:
            person = people.invited(session, code, now)
            if person is None:
                raise NotKnown
            try:
                made = webauthn.verify_registration_response(
                    credential=credential,
                    expected_challenge=challenge,
                    expected_rp_id=_rp_id(request, self._world),
                    expected_origin=origin_of(request, self._world),
                    require_user_verification=True,
                    supported_pub_key_algs=ALGORITHMS,
                )
                signer = _signer(self._world, made.credential_public_key)
            except (WebAuthnException, ValueError, KeyError, TypeError) as error:
                raise _refused(error) from error
            if people.passkey(session, made.credential_id) is not None:
                raise NotKnown
            row = Passkey(
                credential_id=made.credential_id,
                person_id=person.person_id,
                public_key=made.credential_public_key,
                signer=signer,
                sign_count=made.sign_count,
                created_at=now,
            )
            if people.accept(session, code, row, now):
                enrolment.grant_on_devnet(self._world, session, person, signer)
            return person.person_id

    def ask(self, request: Request) -> dict[str, Any]:
        """What the browser needs to log somebody in, whoever it is."""
        options = webauthn.generate_authentication_options(
            rp_id=_rp_id(request, self._world), user_verification=VERIFIED
        )
        return self._begin(request, options.challenge, options)

    def enter(self, request: Request, ceremony: str, credential: Any) -> bytes:
        """Who it is. Raises NotKnown."""
        challenge = self._end(ceremony)
        with self._world.store.transaction() as session:
            return self._verified(request, session, challenge, credential).person_id

    def to_sign(self, request: Request, credential_id: bytes, digest: bytes) -> str:
        """What the browser needs to have a digest signed by that passkey, as JSON."""
        options = webauthn.generate_authentication_options(
            rp_id=_rp_id(request, self._world),
            challenge=digest,
            allow_credentials=[PublicKeyCredentialDescriptor(id=credential_id)],
            user_verification=VERIFIED,
        )
        return options_to_json(options)

    def signed(
        self, request: Request, session: Session, person_id: bytes, digest: bytes, credential: Any
    ) -> bytes:
        """The person's signature over the digest, as the contract takes it, from what their device
        answered. Checked as a login is, with the digest as the challenge. Raises NotKnown."""
        row = self._verified(request, session, digest, credential)
        if row.person_id != person_id:
            raise NotKnown
        response = parse_authentication_credential_json(credential).response
        return packed(
            Assertion(
                authenticator_data=response.authenticator_data,
                client_data_json=response.client_data_json,
                signature=response.signature,
            )
        )

    def _verified(
        self, request: Request, session: Session, challenge: bytes, credential: Any
    ) -> Passkey:
        """The passkey that answered the challenge; its counter is noted. Raises NotKnown."""
        try:
            row = people.passkey(session, base64url_to_bytes(credential["id"]))
            if row is None or people.find(session, row.person_id) is None:
                raise NotKnown
            shown = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=_rp_id(request, self._world),
                expected_origin=origin_of(request, self._world),
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
            handle = credential["response"].get("userHandle")
            if handle and base64url_to_bytes(handle) != row.person_id:
                raise NotKnown
        except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _refused(error) from error
        people.note_use(row, shown.new_sign_count, self._world.clock.now())
        return row

    def _begin(self, request: Request, challenge: bytes, options: Any) -> dict[str, Any]:
        place, said = place_of(request), {"challenge": challenge.hex()}
        ends_at = self._world.clock.now() + CEREMONY_LIFE
        with self._world.store.transaction() as session:
            name = ceremonies.begin(session, "passkey", place, said, ends_at)
        return {"ceremony": name, "options": json.loads(options_to_json(options))}

    def _end(self, name: str) -> bytes:
        """The challenge of a ceremony, which is over with this, whatever comes of it."""
        with self._world.store.transaction() as session:
            said = ceremonies.end(session, "passkey", name, self._world.clock.now())
        if said is None:
            raise NotKnown
        return bytes.fromhex(said["challenge"])


def _signer(world: World, public_key: bytes) -> bytes:
    """What the passkey is called on the ledger. ValueError when it can be no key there."""
    key = decode_credential_public_key(public_key)
    if not isinstance(key, DecodedEC2PublicKey):
        raise ValueError("not ES256")
    return signer_of(world.deployment[VERIFIER], key.x + key.y)


def _refused(error: Exception) -> NotKnown:
    """Why stands in the log, for whoever runs the service."""
    log.info("passkey_refused", why=type(error).__name__)
    return NotKnown()


def origin_of(request: Request, world: World) -> str:
    """Our site, as browsers name it."""
    settings = world.settings
    url = urlsplit(settings.public_url or f"{request.url.scheme}://{request.url.netloc}")
    return f"{url.scheme}://{url.netloc}"


def _rp_id(request: Request, world: World) -> str:
    """Its name, to which passkeys are bound."""
    return urlsplit(origin_of(request, world)).hostname or ""
