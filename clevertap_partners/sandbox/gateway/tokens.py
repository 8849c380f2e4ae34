"""The token endpoint: a signed JWT in, a bearer token out; and the way back, token to account."""

from __future__ import annotations

import base64
import binascii
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from clevertap_partners.sandbox.gateway.messages import Request, Response, as_json
from clevertap_partners.sandbox.gateway.state import Key, ServiceAccount, State, Store

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# google-auth signs for this audience whatever the key's token_uri is.
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
LIFETIME_S = 3600
CLOCK_TOLERANCE_S = 300
TIMEFRAME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class TokenRefused(Exception):
    def __init__(self, description: str, *, error: str = "invalid_grant") -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True)
class Assertion:
    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def token(request: Request, store: Store, *, public_url: str) -> Response:
    form = dict(urllib.parse.parse_qsl(request.body.read_small().decode(errors="replace")))
    try:
        if form.get("grant_type") != GRANT:
            text = f"Invalid grant_type: {form.get('grant_type', '')}"
            raise TokenRefused(text, error="unsupported_grant_type")
        assertion = decode(form.get("assertion", ""))
        request.caller = str(assertion.claims.get("iss", ""))
        account, key = find_key(assertion, store.state)
        check_signature(assertion, key)
        check_claims(assertion.claims, now=store.now(), public_url=public_url)
    except TokenRefused as refused:
        return as_json(refused.body, status=400)
    bearer = issue(store, account)
    return as_json({"access_token": bearer, "expires_in": LIFETIME_S - 1, "token_type": "Bearer"})


def decode(assertion: str) -> Assertion:
    try:
        head, claims, signature = (_unpad(part) for part in assertion.split("."))
        parsed = Assertion(
            json.loads(head), json.loads(claims), assertion.rpartition(".")[0].encode(), signature
        )
        if parsed.header["alg"] == "RS256" and isinstance(parsed.claims, dict):
            return parsed
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise TokenRefused("Invalid JWT Signature.") from error
    raise TokenRefused("Invalid JWT Signature.")


def find_key(assertion: Assertion, state: State) -> tuple[ServiceAccount, Key]:
    """Deleted and disabled look alike, for accounts and for keys, as they do at Google."""
    account = state.accounts.get(str(assertion.claims.get("iss", "")))
    if account is None or account.disabled:
        raise TokenRefused("Invalid grant: account not found")
    key = account.keys.get(str(assertion.header.get("kid", "")))
    if key is None or key.disabled:
        raise TokenRefused("Invalid JWT Signature.")
    return account, key


def check_signature(assertion: Assertion, key: Key) -> None:
    public = load_pem_public_key(key.public_pem.encode())
    if not isinstance(public, RSAPublicKey):
        raise TokenRefused("Invalid JWT Signature.")
    try:
        public.verify(assertion.signature, assertion.signed, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise TokenRefused("Invalid JWT Signature.") from error


def check_claims(claims: dict[str, Any], *, now: float, public_url: str) -> None:
    if claims.get("aud") not in {f"{public_url}/token", GOOGLE_AUDIENCE}:
        right = f"{public_url}/token"
        raise TokenRefused(f"Invalid JWT: Failed audience check. The right audience is {right}")
    if not claims.get("scope"):
        text = "Invalid OAuth scope or ID token audience provided."
        raise TokenRefused(text, error="invalid_scope")
    try:
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (KeyError, TypeError, ValueError) as error:
        raise TokenRefused(TIMEFRAME) from error
    short = 0 < expires - issued <= LIFETIME_S
    if not short or abs(now - issued) > CLOCK_TOLERANCE_S:
        raise TokenRefused(TIMEFRAME)


def issue(store: Store, account: ServiceAccount) -> str:
    expires = store.now() + LIFETIME_S
    claims = {"email": account.email, "id": account.client_id, "expires": expires}
    secret = Fernet(store.state.token_secret).encrypt(json.dumps(claims).encode())
    return f"ya29.{secret.decode()}"


def caller_of(bearer: str, store: Store) -> ServiceAccount | None:
    """The account behind a token; None when the token is unknown or over, or the account gone.

    A deleted key takes no token back that was granted with it, as at Google.
    """
    try:
        claims = json.loads(
            Fernet(store.state.token_secret).decrypt(bearer.removeprefix("ya29.").encode())
        )
    except InvalidToken:
        return None
    account = store.state.accounts.get(claims["email"])
    if account is None or account.disabled or claims["expires"] < store.now():
        return None
    if claims["expires"] - LIFETIME_S < account.signed_out:
        return None
    # An account that was deleted and made again is another one.
    return account if claims["id"] == account.client_id else None


def _unpad(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
