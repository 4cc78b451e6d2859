"""The language of an answer: Chinese first, English where it is asked for."""

from flask import Flask, request, session
from flask_babel import Babel, get_locale

babel = Babel()


def init(app: Flask) -> None:
    """Choose the language per request: the person's choice, else what the browser asks for."""
    app.config["BABEL_DEFAULT_LOCALE"] = app.config["LANGUAGES"][0]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    babel.init_app(app, locale_selector=_select)


def _select() -> str:
    chosen = request.args.get("lang") or session.get("language")
    if chosen in ("zh", "zh_Hans", "en"):
        return "en" if chosen == "en" else "zh_Hans"
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "en"])
    return "en" if best == "en" else "zh_Hans"


def is_chinese() -> bool:
    """Tell whether the present answer is in Chinese."""
    locale = get_locale()
    return locale is None or locale.language == "zh"


def pick(labels: tuple[str, str]) -> str:
    """Return the Chinese or the English one of two labels."""
    return labels[0] if is_chinese() else labels[1]
