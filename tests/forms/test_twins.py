"""The two evaluators against each other: random forms, random records, no difference."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldsync.forms.evaluate import Plan
from forms.random_forms import Maker

NODE = shutil.which("node")
SCRIPT = Path(__file__).parents[1] / "js" / "evaluate_forms.mjs"
# FIELDSYNC_FUZZ=20000 compares that many.
COUNT = int(os.environ.get("FIELDSYNC_FUZZ", "300"))
BATCH = 2000


def situations(first: int, count: int) -> list[dict]:
    made = []
    for seed in range(first, first + count):
        maker = Maker(seed)
        form = maker.form()
        made.append({"form": form, "answers": maker.answers(), "context": maker.context()})
    return made


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("first", range(0, COUNT, BATCH))
def test_python_and_javascript_find_the_same(first):
    asked = situations(first, min(BATCH, COUNT - first))
    lines = "\n".join(json.dumps(line) for line in asked)
    run = subprocess.run([NODE, SCRIPT], input=lines, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stderr
    told = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(told) == len(asked)
    for seed, (line, theirs) in enumerate(zip(asked, told, strict=True), first):
        plan = Plan(line["form"])
        ours = plan.evaluate(line["answers"], line["context"])
        assert ours == theirs, f"seed {seed}: {json.dumps(line, ensure_ascii=False)}"
        assert plan.problems(line["answers"], line["context"]) == ours["problems"], f"seed {seed}"


def test_the_records_meet_every_code():
    found = [
        problem["code"]
        for line in situations(0, 300)
        for problem in Plan(line["form"]).problems(line["answers"], line["context"])
    ]
    assert {code: found.count(code) > 20 for code in set(found)} == dict.fromkeys(
        ("required", "constraint", "type", "choice", "too-long"), True
    )
