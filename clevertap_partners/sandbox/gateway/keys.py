"""Service account keys, in the JSON form that people download from Google's console."""

from __future__ import annotations

import secrets
import urllib.parse
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from clevertap_partners.sandbox.gateway.state import Key, ServiceAccount


def new_key(account: ServiceAccount, *, public_url: str, now: float) -> tuple[Key, dict[str, Any]]:
    """What to keep, and the key file to hand out once."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = Key(id=secrets.token_hex(20), public_pem=public.decode(), created=now)
    return key, key_file(account, key.id, pem.decode(), public_url)


def key_file(account: ServiceAccount, key_id: str, pem: str, public_url: str) -> dict[str, Any]:
    who = urllib.parse.quote(account.email, safe="")
    return {
        "type": "service_account",
        "project_id": account.project_id,
        "private_key_id": key_id,
        "private_key": pem,
        "client_email": account.email,
        "client_id": account.client_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": f"{public_url}/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{who}",
        "universe_domain": "googleapis.com",
    }
