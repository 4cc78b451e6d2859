"""What a phone sealed at the shutter, and whether the seal holds (phone.md, Camera and place).

A good signature proves that the enrolled device sealed exactly these bytes; it does not prove that
the place or the time is true.
"""

import base64
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from fieldsync.errors import Problem


def public_key(jwk: Any) -> ec.EllipticCurvePublicKey:
    """Return the P-256 key of a JWK; raise Problem where it is none."""
    try:
        if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
            raise ValueError("another curve")
        x, y = (int.from_bytes(unpack(jwk[name]), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except (KeyError, TypeError, ValueError):
        raise Problem("bad-value", "type") from None


def unpack(text: str) -> bytes:
    """Return the bytes of base64url with or without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(claim: Any) -> dict[str, Any]:
    """Return the members of a claim (base64url of JSON); nothing where it cannot be read."""
    try:
        content = orjson.loads(unpack(claim))
    except (TypeError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def verdict(claim: Any, signature: Any, jwk: Any, sha256: str) -> str:
    """Return `absent`, `no_key`, `invalid`, `other_file` or `valid` for a claim over its exact bytes."""
    if not claim or not signature:
        return "absent"
    if not jwk:
        return "no_key"
    try:
        raw = unpack(signature)
        if len(raw) != 64:
            return "invalid"
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public_key(jwk).verify(der, unpack(claim), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, Problem, TypeError, ValueError):
        return "invalid"
    return "valid" if read(claim).get("sha256") == sha256 else "other_file"
