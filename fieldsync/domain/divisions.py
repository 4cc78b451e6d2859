"""Administrative divisions as records of the cell `common` (domain.md section 5.1)."""

from fieldsync.domain.words import Words
from fieldsync.fields import Field
from fieldsync.sync.change import Change
from fieldsync.sync.nouns import Body, Noun, own_fields

# Words

LEVELS: Words = {
    "city": ("设区市", "City"),
    "county": ("县(市、区)", "County"),
    "township": ("乡镇", "Township"),
}

# Fields

FIELDS = own_fields(
    Field("code", ("代码", "Code"), "code", "server"),
    Field("name", ("名称", "Name"), "text", "server"),
    Field("level", ("级别", "Level"), "choice", "server", choices=LEVELS),
    Field("kind", ("类型", "Kind"), "text", "server"),
    Field("parent_code", ("上级代码", "Parent"), "code", "server"),
    Field("current_code", ("现行代码", "Current code"), "code", "server"),
    Field("reporting_unit", ("统计单位", "Reporting unit"), "code", "server"),
    Field("invented", ("虚构", "Invented"), "boolean", "server"),
)


def _home(_body: Body, _parent_home: str, _cell: str) -> str:
    return "common"


NOUN = Noun("division", "divisions", ("行政区划", "Division"), FIELDS, home=_home)

# Rules


def load(change: Change) -> None:
    """Enter or renew a division from the shipped list; only the server does this."""
    for path, value in change.op.set.items():
        change.put(path, value)
