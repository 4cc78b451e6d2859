"""The four rules of the house, read off the source (docs/decisions.md says why)."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fieldsync.actions import ACTIONS, NOUNS, REGISTRY
from fieldsync.db import db

ROOT = Path(__file__).parents[1] / "fieldsync"
FILES = sorted(ROOT.rglob("*.py"))

# Rule 2. Imports point one way, from a higher number to a lower or the same.
LAYERS = {
    "fieldsync": 6,
    "fieldsync.cli": 5,
    "fieldsync.demo": 5,
    "fieldsync.console": 4,
    "fieldsync.api": 4,
    "fieldsync.reports": 4,
    "fieldsync.language": 4,
    "fieldsync.monitoring": 4,
    "fieldsync.problems": 4,
    "fieldsync.https": 4,
    "fieldsync.shell": 4,
    # Fills projections anew, and so needs the table of actions.
    "fieldsync.schema": 3,
    "fieldsync.actions": 3,
    "fieldsync.domain": 2,
    "fieldsync.sync": 1,
    # Pure functions of the engine that fields are compiled with.
    "fieldsync.sync.merge": 0,
    "fieldsync.sync.canonical": 0,
    "fieldsync.db": 0,
    "fieldsync.migrations": 0,
    "fieldsync.fields": 0,
    "fieldsync.errors": 0,
    "fieldsync.settings": 0,
    "fieldsync.backup": 0,
    "fieldsync.blobs": 0,
    "fieldsync.ids": 0,
    "fieldsync.lenient_json": 0,
    "fieldsync.moments": 0,
    "fieldsync.geo": 0,
    "fieldsync.hooks": 0,
    "fieldsync.tls": 0,
    "fieldsync.photos": 0,
    "fieldsync.forms": 0,
    "fieldsync.lists": 0,
}
DOORS = (
    "fieldsync.api", "fieldsync.console", "fieldsync.cli", "fieldsync.language", "fieldsync.problems",
    "fieldsync.https", "fieldsync.shell", "fieldsync.monitoring",
)  # fmt: skip
# Who opens a write transaction besides the engine: for tables that are no records, and for upkeep.
WRITERS = {
    "fieldsync.db", "fieldsync.domain.accounts", "fieldsync.domain.darkroom", "fieldsync.domain.contacts",
    "fieldsync.api.uploads", "fieldsync.cli.upkeep", "fieldsync.domain.pictures", "fieldsync.domain.site_lists",
    "fieldsync.schema", "fieldsync.domain.notice_board", "fieldsync.domain.deliveries",
}  # fmt: skip
TRADE = re.compile(
    r"\b(mines|mining|miner\w*|sites?|adits?|pits?|patrols?|inspections?|photos?|dossiers?|violations?)\b|[一-鿿]",
    re.IGNORECASE,
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


def imports(module: str, everywhere: bool = True) -> Iterator[str]:
    """Yield the names that a module imports: all, or only what it needs to be imported itself."""
    for node in ast.walk(tree(module)) if everywhere else at_import(tree(module).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = whole_name(module, node)
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                yield submodule if submodule in MODULES else source


def whole_name(module: str, node: ast.ImportFrom) -> str:
    """Return the absolute name of what is imported from."""
    if not node.level:
        return str(node.module)
    depth = node.level - (MODULES[module].name == "__init__.py")
    package = module.rsplit(".", depth)[0] if depth else module
    return f"{package}.{node.module}" if node.module else package


def at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run at import, types-only blocks left out."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        for block in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from at_import(getattr(node, block, []))


def layer(module: str) -> int:
    """Return the layer of the longest known name that a module lies in."""
    known = [name for name in LAYERS if module == name or module.startswith(name + ".")]
    best = max(known, key=len)
    assert best != "fieldsync" or module == "fieldsync", f"{module} is in no layer: add it to LAYERS"
    return LAYERS[best]


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module):
    own = [name for name in imports(module) if name.split(".")[0] == "fieldsync"]
    wrong = [name for name in own if layer(name) > layer(module)]
    # Some doors make or describe the whole application.
    assert set(wrong) <= ({"fieldsync"} if module.startswith(DOORS) else set())


def test_there_is_no_import_cycle():
    needs = {m: sorted({n for n in imports(m, False) if n in MODULES and n != m}) for m in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a cycle: {' -> '.join((*path, module))}"
        if module not in done:
            for other in needs[module]:
                visit(other, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_imported_inside_a_function(module):
    functions = [n for n in ast.walk(tree(module)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    hidden = [
        ast.unparse(node)
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and "fieldsync" in ast.unparse(node)
    ]
    assert hidden == []


@pytest.mark.parametrize("module", [m for m in MODULES if not m.startswith(DOORS)])
def test_requests_are_read_in_the_doors_alone(module):
    """`flask.request`, `g` and `session` belong to HTTP; everything else gets what it needs as arguments."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "flask":
            assert not {alias.name for alias in node.names} & {"request", "g", "session"}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "flask":
            assert node.attr not in ("request", "g", "session")


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("fieldsync.sync.")])
def test_the_engine_knows_nothing_of_the_trade(module):
    """Neither its words nor its modules; `create_app` hands it the table of actions."""
    assert TRADE.findall(MODULES[module].read_text("utf-8")) == []
    allowed = {"fieldsync.sync", "fieldsync.db", "fieldsync.errors", "fieldsync.fields"}
    own = [name for name in imports(module) if name.startswith("fieldsync")]
    assert [name for name in own if ".".join(name.split(".")[:2]) not in allowed] == []


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("fieldsync.photos")])
def test_photos_know_only_themselves(module):
    own = [name for name in imports(module) if name.startswith("fieldsync")]
    assert [name for name in own if not name.startswith("fieldsync.photos")] == []


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("fieldsync.domain")])
def test_nouns_know_nothing_of_http(module):
    outside = {name.split(".")[0] for name in imports(module)}
    assert not outside & {"flask_smorest", "flask_login", "flask_wtf", "marshmallow", "werkzeug", "jinja2"}


# Rule 1. One door for every change.


@pytest.mark.parametrize("module", MODULES)
def test_only_the_engine_commits(module):
    calls = [n.func for n in ast.walk(tree(module)) if isinstance(n, ast.Call)]
    names = {c.attr if isinstance(c, ast.Attribute) else getattr(c, "id", "") for c in calls}
    if module != "fieldsync.db":
        assert not names & {"commit", "rollback"}
    if module not in WRITERS and not module.startswith("fieldsync.sync"):
        assert "writing" not in names, "only the engine opens write transactions on records"


def test_writers_are_still_needed():
    assert set(MODULES) >= WRITERS
    idle = [m for m in WRITERS if "writing(" not in MODULES[m].read_text("utf-8")]
    assert idle == []


@pytest.mark.parametrize("module", [m for m in MODULES if not m.startswith("fieldsync.sync")])
def test_only_the_engine_writes_records(module):
    """Outside the engine only `audit`'s upkeep and changes of the schema run as the journal."""
    opened = re.findall(r"writing\(\"journal\"\)", MODULES[module].read_text("utf-8"))
    assert not opened or module in ("fieldsync.cli.upkeep", "fieldsync.schema")


@pytest.mark.parametrize("table", sorted(db.metadata.tables))
def test_the_cell_stands_first_in_every_key(table):
    """Ready for many machines: rows of a county lie together. `account` says in which cell a login is."""
    if table == "account":
        return
    spec = db.metadata.tables[table]
    assert next(iter(spec.primary_key)).name == "cell"
    assert [index.name for index in spec.indexes if next(iter(index.columns)).name != "cell"] == []


# Rule 3. The same name on every shelf.


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_noun_has_its_shelves(app, noun):
    module = importlib.import_module(f"fieldsync.domain.{noun.plural}")
    assert module.NOUN is noun
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {f"/api/v1/{noun.plural}", f"/api/v1/{noun.plural}/<uuid:record_id>"} <= rules
    assert len(noun.labels) == 2
    if noun.table is not None:
        assert noun.table.name == noun.name


def test_shelves_bear_the_names_of_nouns():
    """A page or endpoint of a noun lies in a file of that noun's name, not of a second one."""
    plurals = {noun.plural for noun in NOUNS}
    shared = {
        "api": {
            "__init__", "describe", "doors", "held", "limits", "map_packs", "nouns", "openapi", "phone", "reports",
            "schemas", "session", "sync", "tus", "uploads",
        },
        "console": {
            "__init__", "display", "doors", "drawings", "exports", "held", "history", "imports", "inputs",
            "ledger", "names", "notices", "out", "overview", "pictures", "process", "register", "reports",
            "session", "watch", "words",
        },
        "domain": {
            "__init__", "accounts", "claims", "contacts", "darkroom", "deliveries", "exports", "guards", "homes",
            "key_lists", "last_visits", "ledger", "lifecycle", "notice_board", "notices", "overview", "pictures",
            "pinyin", "planner", "register", "risks", "rounds", "site_lists", "site_states", "tarball", "visits",
            "watch", "words",
        },
    }  # fmt: skip
    for folder, others in shared.items():
        strange = {p.stem for p in (ROOT / folder).glob("*.py")} - plurals - others
        assert strange == set(), f"in {folder}/"


PARTS = ("Words", "Fields", "Projection", "Rules", "Questions")


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_domain_file_has_its_parts_in_order(noun):
    text = MODULES[f"fieldsync.domain.{noun.plural}"].read_text("utf-8")
    found = [part for line in text.splitlines() for part in PARTS if re.fullmatch(rf"# {part}\b.*", line)]
    assert found == [part for part in PARTS if part in found]
    assert {"Fields", "Rules"} <= set(found)


# Rule 4. Tables instead of scattered decorators.


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_has_its_rule_in_the_file_of_its_noun(action):
    module = importlib.import_module(f"fieldsync.domain.{REGISTRY.nouns[action.noun].plural}")
    assert action.rule in vars(module).values()
    assert (action.rule.__doc__ or "").strip()


def test_every_action_stands_in_the_table_once():
    assert len({action.name for action in ACTIONS}) == len(ACTIONS) == len(REGISTRY.actions)


def test_every_endpoint_of_the_api_names_who_may_use_it(app):
    closed = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not getattr(app.view_functions[rule.endpoint], "allowed", "")
    ]
    assert closed == []


# Size and speech


@pytest.mark.parametrize("module", MODULES)
def test_files_and_functions_stay_small(module):
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= 400
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert long == []


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module):
    assert ast.get_docstring(tree(module))
