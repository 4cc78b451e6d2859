"""The form vectors in Python; tests/js/form_vectors.test.mjs runs the same file in JavaScript."""

import copy
import json
import sys
from pathlib import Path

import pytest

from fieldsync.forms.evaluate import Plan, Run, choices_of, evaluate, label_of
from fieldsync.forms.functions import NAMES, build
from fieldsync.forms.values import stored

FOLDER = Path(__file__).parents[1] / "vectors"
sys.path.insert(0, str(FOLDER))
import make_form_vectors  # noqa: E402

VECTORS = json.loads((FOLDER / "form_vectors.json").read_text("utf-8"))
FORM, NOW = VECTORS["form"], VECTORS["now"]
ITEMS = {node.path: node.item for node in Plan(FORM).by_path.values()}


def test_the_file_is_what_its_maker_writes():
    assert (FOLDER / "form_vectors.json").read_text("utf-8") == make_form_vectors.text()


def test_there_are_enough():
    assert len(VECTORS["expressions"]) + len(VECTORS["cases"]) >= 200


def test_every_function_is_in_a_vector():
    met, todo = set(), [line["tree"] for line in VECTORS["expressions"]] + [FORM]
    while todo:
        item = todo.pop()
        if isinstance(item, list) and item and isinstance(item[0], str):
            met.add(item[0])
        todo += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    assert met >= NAMES


@pytest.mark.parametrize("line", VECTORS["expressions"], ids=lambda line: f"{line['text']} over {line['answers']}")
def test_expressions(line):
    run = Run(Plan(FORM), VECTORS["answers"][line["answers"]], {"now": NOW})
    value = stored(build(line["tree"])(run, line["row"]))
    assert (value, type(value)) == (line["value"], type(line["value"]))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["note"])
def test_cases(case):
    given = copy.deepcopy(case["answers"])
    found = evaluate(FORM, given, {"now": NOW} | case["context"])
    assert found == {"answers": case["then"], "hidden": case["hidden"], "problems": case["problems"]}
    assert given == case["answers"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["note"])
def test_problems_alone_are_the_same(case):
    assert Plan(FORM).problems(case["answers"], {"now": NOW} | case["context"]) == case["problems"]


@pytest.mark.parametrize(("path", "answers", "labels"), VECTORS["printed"])
def test_labels(path, answers, labels):
    assert label_of(FORM, ITEMS[path]["labels"], answers, "", {"now": NOW}) == labels


@pytest.mark.parametrize(("path", "answers", "names"), VECTORS["offered"])
def test_choices(path, answers, names):
    found = choices_of(FORM, ITEMS[path], answers, "", {"now": NOW})
    assert [choice["name"] for choice in found] == names
