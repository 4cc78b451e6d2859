"""What HTTPS asks of the pages: cookies for it alone, the proxy in front, and the page by which phones trust it.

No HSTS: a browser that was told to insist would shut its owner out for months after a lost authority, and his
unsent work with him. Plain HTTP serves nothing but `/trust` in any case.
"""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from fieldsync import language
from fieldsync.errors import Problem
from fieldsync.tls.certificates import Tls

bp = Blueprint("trust", __name__, url_prefix="/trust")


class _Cookies(SecureCookieSessionInterface):
    """A cookie that was given over HTTPS never travels without."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie of this answer is for HTTPS alone."""
        return bool(app.config["COOKIE_SECURE"]) or request.is_secure


def init(app: Flask) -> None:
    """Believe the proxies in front, keep cookies to HTTPS, and add the page of trust."""
    proxies = int(app.config["TRUSTED_PROXIES"])
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=proxies
        )
    app.session_interface = _Cookies()
    app.register_blueprint(bp)


@bp.get("")
def page() -> Response:
    """Show how a phone comes to trust this server."""
    tls = _tls()
    response = Response(render_template("trust.html", fingerprint=tls.fingerprint()), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/fieldsync-ca.crt")
def certificate() -> Response:
    """Return the authority's certificate in the form that every phone takes (DER)."""
    content = _tls().certificate().public_bytes(Encoding.DER)
    response = Response(content, mimetype="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = 'attachment; filename="fieldsync-ca.crt"'
    return response


def _tls() -> Tls:
    """Return the keys of this instance; where it has no authority there is nothing to trust."""
    tls = Tls(Path(current_app.instance_path) / "tls")
    if not tls.has_authority:
        raise Problem("not-found")
    return tls


def plain_app(instance: Path, port: int) -> Flask:
    """Return what answers plain HTTP beside HTTPS on `port`: the page of trust; all else leads over."""
    app = Flask(
        "fieldsync", instance_path=str(instance), static_folder=str(Path(__file__).parent.parent / "static")
    )
    app.config["LANGUAGES"] = ["zh_Hans", "en"]
    language.init(app)
    app.jinja_env.globals["is_chinese"] = language.is_chinese
    app.register_blueprint(bp)
    app.register_error_handler(Problem, lambda _: lead_over(port))
    app.register_error_handler(404, lambda _: lead_over(port))
    app.before_request(lambda: None if request.path in _PLAIN else lead_over(port))
    return app


_PLAIN = ("/trust", "/trust/fieldsync-ca.crt", "/static/style.css")


def lead_over(port: int) -> ResponseReturnValue:
    """Send a browser to the same page over HTTPS; never for good, so that it asks again next time."""
    host = request.host.rpartition(":")[0] if request.host[-1:].isdigit() and ":" in request.host else request.host
    return redirect(f"https://{host}{'' if port == 443 else f':{port}'}{request.full_path.rstrip('?')}", 302)
