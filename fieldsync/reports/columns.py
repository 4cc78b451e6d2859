"""The columns of the notice's two tables: what they are called and in what they are counted."""

from dataclasses import dataclass

Labels = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """One column: its name in programs, its heading, its unit."""

    name: str
    labels: Labels
    unit: Labels

    @property
    def is_money(self) -> bool:
        """Whether it sums up fen and is shown in units of 10,000 yuan."""
        return self.unit == _WAN


_PIECES, _CASES, _WAN = ("个", "sites"), ("宗", "cases"), ("万元", "10,000 yuan")
_SHEETS, _PERSONS = ("份", "reports"), ("人", "persons")

TITLES: dict[int, Labels] = {
    1: ("非法违法采矿排查情况表", "Table 1: what was found"),
    2: ("非法违法采矿查处情况表", "Table 2: what was done"),
}
COLUMNS: dict[int, tuple[Column, ...]] = {
    1: (
        Column("unlicensed", ("无证非法", "Unlicensed"), _PIECES),
        Column("incomplete_permits", ("证照不齐", "Incomplete permits"), _PIECES),
        Column(
            "safety_env_power_noncompliant",
            ("不符合安全环保供电", "Not meeting safety, environmental or power rules"),
            _PIECES,
        ),
        Column("out_of_bounds", ("超层越界", "Beyond licensed layer or boundary"), _PIECES),
        Column("mining_as_exploration", ("以采代探", "Mining under an exploration licence"), _PIECES),
        Column("illegal_explosives", ("非法获取转供火工品", "Illegal explosives"), _PIECES),
        Column("illegal_power", ("非法获取转供电力", "Illegal electricity"), _PIECES),
        Column("illegal_coal_permit", ("非法获取煤炭准运证", "Illegal coal transport permit"), _PIECES),
        Column("tailings_hazard", ("尾矿库存在安全隐患", "Tailings pond with a safety hazard"), _PIECES),
        Column("geohazard", ("存在地质灾害隐患", "Geological hazard"), _PIECES),
        Column("illegal_trade", ("矿产品非法交易情况", "Illegal mineral trading"), ("宗", "incidents")),
    ),
    2: (
        Column("closed", ("取缔关闭", "Shut down or closed"), _PIECES),
        Column("cases_filed", ("立案查处", "Cases filed"), _CASES),
        Column("fines_wan_yuan", ("罚没款", "Fines and confiscation"), _WAN),
        Column("damage_appraisals", ("破坏程度鉴定", "Damage appraisals"), _SHEETS),
        Column("admin_detained", ("行政拘留", "Administrative detention"), _PERSONS),
        Column("crim_detained", ("刑事拘留", "Criminal detention"), _PERSONS),
        Column("prosecuted", ("追究刑事责任", "Criminal liability pursued"), _PERSONS),
        Column("disciplined", ("党政纪处分", "Party or administrative discipline"), _PERSONS),
    ),
}


def wan(fen: int) -> int:
    """Return fen in whole units of 10,000 yuan, half up."""
    return (fen + 500_000) // 1_000_000
