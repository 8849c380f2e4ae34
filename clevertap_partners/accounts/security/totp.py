"""[pure] Codes of an authenticator app (RFC 6238): six digits, new every half minute."""

from __future__ import annotations

import io
import secrets

import pyotp
import segno

STEP_S = 30
# A phone's clock may be off by so many steps either way.
DRIFT = 1
ISSUER = "Partners"
# Without signs that look like others; 16 of them are 80 bits.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    return pyotp.random_base32()


def matching_step(secret: str, code: str, *, now: float) -> int | None:
    """The half minute, counted since 1970, that the code is of; None when it is of none near."""
    app = pyotp.TOTP(secret)
    here = int(now // STEP_S)
    steps = range(here - DRIFT, here + DRIFT + 1)
    # All are compared, each in constant time.
    fitting = [step for step in steps if secrets.compare_digest(app.generate_otp(step), code)]
    return fitting[-1] if fitting else None


def qr_svg(secret: str, *, person: str) -> bytes:
    """What an app scans, as a picture with a white ground of its own: dark pages show it too."""
    address = pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=ISSUER)
    picture = io.BytesIO()
    segno.make(address, error="m").save(
        picture, kind="svg", scale=5, border=3, light="#fff", dark="#000", xmldecl=False
    )
    return picture.getvalue()


def new_recovery_code() -> str:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(16))
    return "-".join(signs[at : at + 4] for at in range(0, 16, 4))


def plain(code: str) -> str:
    """A code as it was typed, without what people put between its signs."""
    return "".join(sign for sign in code.lower() if sign.isascii() and sign.isalnum())
