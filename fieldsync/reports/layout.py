"""A table as it is printed: the notice's layout with blanks for zeros, and its parameters below."""

from datetime import datetime

from fieldsync.moments import CHINA
from fieldsync.reports.columns import Labels
from fieldsync.reports.counting import Report, Row
from fieldsync.reports.parameters import BASES

SYNTHETIC: Labels = ("演示数据，地方与数字均属虚构", "Demonstration: places and figures are invented")


def heading(report: Report) -> list[Labels]:
    """Return the headings: the unit's, then each column with what it is counted in."""
    columns = [(f"{c.labels[0]}（{c.unit[0]}）", f"{c.labels[1]} ({c.unit[1]})") for c in report.columns]
    return [("单位", "Unit"), *columns]


def lines(report: Report) -> list[Row]:
    """Return the rows in the order of the print: the total first, where there is more than one row."""
    return [report.total, *report.rows] if len(report.rows) > 1 else report.rows


def texts(report: Report, row: Row) -> list[str]:
    """Return what stands in a row behind its name: numbers, and blanks for zeros."""
    return [str(row.value(column) or "") for column in report.columns]


def title(report: Report) -> Labels:
    """Return the title, which says where the figures are invented."""
    return (
        report.title[0] + ("（演示数据）" if report.synthetic else ""),
        report.title[1] + (" (demonstration)" if report.synthetic else ""),
    )


def footer(report: Report) -> list[Labels]:
    """Return what stands below: the parameters, sums that differ by rounding, and whether it is invented."""
    asked = report.asked
    cutoff = datetime.fromisoformat(asked.cutoff).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
    chosen = [BASES[name][getattr(asked, name)] for name in BASES]
    found: list[Labels] = [
        (f"统计期：{asked.date_from} 至 {asked.date_to}", f"Period: {asked.date_from} to {asked.date_to}"),
        (f"截止：{cutoff}（服务器收到时间）", f"Cut-off: {cutoff} (received by the server)"),
        (f"统计单位：{asked.unit}", f"Unit: {asked.unit}"),
    ]
    names = (("取缔关闭", "Closed"), ("罚没款", "Fines"), ("追究刑事责任", "Criminal liability"))
    found += [
        (f"{name[0]}口径：{basis[0]}", f"{name[1]}: {basis[1]}")
        for name, basis in zip(names, chosen, strict=False)
    ]
    found += _differing(report)
    return found + ([SYNTHETIC] if report.synthetic else [])


def _differing(report: Report) -> list[Labels]:
    """Return a note for each column whose rows, as printed, do not add up to the total."""
    notes = []
    for column in report.columns:
        other = report.differing().get(column.name)
        if other is not None:
            total = report.total.value(column)
            notes.append(
                (
                    f"{column.labels[0]}：合计 {total}，各行相加 {other}",
                    f"{column.labels[1]}: total {total}, sum of the rows {other}",
                )
            )
    return notes
