"""Forms as Excel files: published by a county's admin for his county, and given out again to be changed."""

from typing import Any

import orjson
from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from fieldsync import db
from fieldsync.actions import REGISTRY
from fieldsync.api.doors import SIGNED_IN, allow, engine, find, me, standing
from fieldsync.domain import forms
from fieldsync.errors import Problem
from fieldsync.forms.mistakes import FormRefused
from fieldsync.forms.sheets import to_workbook
from fieldsync.forms.xlsform import Compiled

blp = Blueprint("form_files", __name__, url_prefix="/api/v1/forms", description="表单文件 Form files")

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blp.route("/upload", methods=["POST"])
@allow(SIGNED_IN)
@blp.response(201)
@blp.alt_response(422, description="bad-form: `errors` lists {cell, messages: [zh, en]}")
@blp.doc(requestBody={"content": {EXCEL: {"schema": {"type": "string", "format": "binary"}}}, "required": True})
def upload() -> ResponseReturnValue:
    """Publish the form in an Excel file (docs/forms.md) for the admin's county."""
    cell = me().actor.cell
    if not standing().covers(f"c-{cell}", {"admin"}):
        raise Problem("not-allowed")
    if request.mimetype != EXCEL:
        raise Problem("bad-type")
    compiled = _compiled(request.get_data(cache=False))
    form_id = forms.enter(engine(), compiled, cell, me().actor.user)
    form = compiled.form
    line = {
        "id": form_id, "name": form["name"], "version": form["version"], "county": cell,
        "warnings": [warning.as_json() for warning in compiled.warnings],
    }  # fmt: skip
    return Response(orjson.dumps(line), 201, mimetype="application/json")


def _compiled(content: bytes) -> Compiled:
    try:
        return forms.compiled(content, REGISTRY.nouns)
    except FormRefused as refused:
        raise Problem("bad-form", errors=[found.as_json() for found in refused.mistakes[:200]]) from None


@blp.route("/<uuid:record_id>/workbook")
@allow(SIGNED_IN)
@blp.response(200, content_type=EXCEL)
def workbook(record_id: Any) -> Response:
    """Return the Excel file of a form of one's own county, or of every county."""
    with db.reading() as connection:
        body = orjson.loads(find(connection, forms.NOUN, str(record_id))[4])
    if body["county"] not in ("", me().actor.cell):
        raise Problem("not-found")
    response = Response(to_workbook(orjson.loads(body["source"])), mimetype=EXCEL)
    response.headers["Content-Disposition"] = f'attachment; filename="{body["name"]}-{body["version"]}.xlsx"'
    return response
