"""Signatures of webhooks, as Standard Webhooks specifies them: HMAC-SHA-256 over id, time and the exact bytes."""

import base64
import binascii
import hashlib
import hmac
import secrets

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64


def new_secret() -> str:
    """Return a secret of 32 random bytes as it is handed to the receiver."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Tell whether a text is a secret: the prefix, then 24 to 64 bytes in Base64."""
    try:
        return text.startswith(_PREFIX) and _LEAST <= len(_key(text)) <= _MOST
    except (binascii.Error, UnicodeEncodeError):
        return False


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX).encode("ascii"), validate=True)


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove who sent a message and when: the signature covers `id.timestamp.body`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id, "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }  # fmt: skip
