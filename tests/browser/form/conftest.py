"""A page that draws forms, served with the phone's files under a strict security policy."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.form.stage import NOW
from flask import Flask, send_from_directory
from serving import serving

ROOT = Path(__file__).parents[3]
# English on purpose: nothing on the screen may follow the browser's language.
PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "en-US", "has_touch": True}

STAGE = """<!doctype html><html lang="zh-CN" data-theme="light" data-size="normal"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>巡查记录</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/phone.css"><script type="module" src="/stage.js"></script></head>
<body><header class="bar"><a class="back" href="#" aria-label="返回"></a><h1>巡查记录</h1></header>
<main></main></body></html>
"""
# The caller's side: keeps what is announced, supplies photos and positions.
SCRIPT = """
import { renderForm } from "/static/phone/form/render.js";
import { contentHash } from "/static/phone/form/widgets/signature.js";
import { defaultsOf } from "/static/phone/form/items.js";
import { setLanguage } from "/static/lib/language.js";

const changed = [];
const hooks = {
  changed: (path) => changed.push(path),
  photos: (item, path) => {
    const button = document.createElement("button");
    button.className = "button";
    button.textContent = "拍照";
    button.onclick = () => {
      state.context.counts[path] = (state.context.counts[path] || 0) + 1;
      stage.view.refresh();
    };
    return button;
  },
  position: () => Promise.resolve(stage.fix),
  watchPosition: (met) => {
    stage.met = met;
    return () => (stage.met = null);
  },
  contacts: () => [{ label: "县局值班", number: "05970000000" }],
  signers: () => ["张三", "李四"],
};
let state;
function draw(form, given) {
  setLanguage(given.language || "zh");
  const sets = { locked: new Set(given.locked), carried: new Set(given.carried) };
  state = { answers: given.answers || {}, marks: given.marks, ...sets };
  state.context = { now: () => given.now, counts: {} };
  changed.length = 0;
  const start = performance.now();
  stage.view = renderForm(form, state, hooks);
  document.querySelector("main").replaceChildren(stage.view.element);
  document.body.getBoundingClientRect();
  stage.state = state;
  return performance.now() - start;
}
const answers = () => state.answers;
const fix = { lat: 25.1, lon: 117.2, accuracy: 8, time: "2026-03-05T09:30:00+08:00" };
window.stage = { draw, changed, answers, contentHash, defaultsOf, fix };
document.documentElement.dataset.ready = "yes";
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[str]:
    """A server of the phone's files and of a page that draws forms, under the phone's security policy."""
    folder = tmp_path_factory.mktemp("stage")
    (folder / "stage.html").write_text(STAGE, encoding="utf-8")
    (folder / "stage.js").write_text(SCRIPT, encoding="utf-8")
    app = Flask("stage", static_folder=str(ROOT / "static"), static_url_path="/static")
    app.add_url_rule("/<name>", "page", lambda name: send_from_directory(folder, name))

    @app.after_request
    def protect(response):
        response.headers["Content-Security-Policy"] = "default-src 'self'; img-src 'self' blob: data:"
        return response

    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser, origin) -> Iterator[Any]:
    """A phone's window; whatever its console complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(**PHONE, base_url=origin)
    context.set_default_timeout(8000)
    window = context.new_page()
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.goto("/stage.html")
    window.wait_for_selector("html[data-ready]")
    yield window
    context.close()
    assert complaints == []


@pytest.fixture
def draw(page) -> Callable[..., float]:
    """Draw a form and return the milliseconds that it took."""

    def call(items: list[dict], choices: dict | None = None, **given: Any) -> float:
        form = {"name": "test", "version": 1, "noun": "inspection", "titles": ["测试", "Test"]}
        form |= {"items": items, "choices": choices or {}}
        return page.evaluate("([form, given]) => stage.draw(form, given)", [form, {"now": NOW} | given])

    return call
