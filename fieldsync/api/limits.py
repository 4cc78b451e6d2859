"""How often one address may try to sign in."""

from flask import current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://")


def sign_in_limit() -> str:
    """Return the limit of sign-ins and enrolments per address."""
    return str(current_app.config["SIGN_IN_LIMIT"])
