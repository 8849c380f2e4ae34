"""Encryption at rest with a key ring: the first key encrypts, every key decrypts."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from clevertap_partners.core.errors import PermanentError, Turn


class KeyRing:
    """Encrypts with the first key, reads with any. Keys are Fernet's: 32 bytes as base64."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def __repr__(self) -> str:
        return "KeyRing(…)"

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises PermanentError `secret_unreadable` when no key of the ring opens the token."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise PermanentError(
                "A stored secret cannot be decrypted with the current key ring.",
                code="secret_unreadable",
                fix="Put the key it was encrypted with back into PARTNERS_SECRET_KEYS.",
                turn=Turn.US,
            ) from error

    def rotate(self, token: str) -> str:
        """The same secret encrypted with the first key. Raises as `decrypt`."""
        return self.encrypt(self.decrypt(token))
