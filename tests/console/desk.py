"""Somebody at a browser, without one: pages, and forms filled in as they stand on the page."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from county import PASSWORD, County


@dataclass
class Form:
    """A form on a page: where it goes, its fields as they stand, the buttons that send it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self):
        super().__init__()
        self.forms: list[Form] = []
        self._open = None
        self._area = ""
        self._select = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input" and given.get("type") not in ("radio", "checkbox"):
            self._open.fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._area = given["name"]
            self._open.fields[self._area] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._open.fields):
            self._open.fields[self._select] = given.get("value", "")
        elif tag == "button":
            self._open.buttons.add(given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, text):
        if self._open is not None and self._area:
            self._open.fields[self._area] += text


class Desk:
    """A person signed in at the console."""

    def __init__(self, county: County, login: str, language: str = "zh"):
        self.county, self.login = county, login
        self.client = county.app.test_client()
        self.get(f"/console/language/{language}", 302)
        self.submit("/console/sign-in", "", 302, username=login, password=PASSWORD)

    def get(self, path: str, status: int = 200) -> str:
        """Open a page; return its text."""
        answer = self.client.get(path, buffered=True)
        assert answer.status_code == status, (path, answer.status_code, text(answer.text)[:400])
        return answer.text

    def forms(self, path: str) -> list[Form]:
        """Return the forms of a page."""
        parser = _Forms()
        parser.feed(self.get(path))
        return parser.forms

    def form(self, path: str, button: str, **fields: str) -> Form:
        """Return the form with this button, filled in; several alike are told apart by a hidden field."""
        found = [form for form in self.forms(path) if button in form.buttons and form.method == "post"]
        form = next(f for f in reversed(found))
        form.fields |= {"verb": button} | fields
        return form

    def send(self, form: Form, status: int = 302) -> str:
        """Send a form; return the answer's text, after a redirect the next page's."""
        answer = self.client.post(form.action, data=form.fields)
        assert answer.status_code == status, (form.action, answer.status_code, text(answer.text)[:600])
        if status == 302 and "sign" not in form.action:
            return self.get(answer.headers["Location"])
        return answer.text

    def submit(self, path: str, button: str, status: int = 302, **fields: str) -> str:
        """Open a page, fill in the form with this button and send it."""
        return self.send(self.form(path, button, **fields), status)


def text(page: str) -> str:
    """Return the words of a page without its tags."""
    bare = re.sub(r"<[^>]+>", " ", page.partition("<main")[2] or page)
    return re.sub(r"\s+", " ", html.unescape(bare))
