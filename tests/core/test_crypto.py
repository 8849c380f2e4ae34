from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from clevertap_partners.core.crypto import KeyRing
from clevertap_partners.core.errors import PermanentError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_it_gives_back_what_it_was_given() -> None:
    ring = KeyRing([NEW])
    assert ring.decrypt(ring.encrypt("schlüssel 🔑")) == "schlüssel 🔑"


def test_the_same_text_never_looks_the_same() -> None:
    ring = KeyRing([NEW])
    assert ring.encrypt("a") != ring.encrypt("a")


def test_an_old_key_still_opens_what_it_closed() -> None:
    token = KeyRing([OLD]).encrypt("secret")
    assert KeyRing([NEW, OLD]).decrypt(token) == "secret"


def test_a_rotated_secret_no_longer_needs_the_old_key() -> None:
    token = KeyRing([OLD]).encrypt("secret")
    assert KeyRing([NEW]).decrypt(KeyRing([NEW, OLD]).rotate(token)) == "secret"


@pytest.mark.parametrize("damage", ["", "x", "gAAAAA"])
def test_what_no_key_opens_is_a_permanent_failure_with_a_cure(damage: str) -> None:
    with pytest.raises(PermanentError) as caught:
        KeyRing([NEW]).decrypt(damage or KeyRing([OLD]).encrypt("secret"))
    assert caught.value.code == "secret_unreadable"
    assert "PARTNERS_SECRET_KEYS" in caught.value.fix
    assert "secret" not in repr(caught.value.message.replace("stored secret", ""))


def test_it_never_shows_its_keys() -> None:
    assert NEW not in repr(KeyRing([NEW]))
