"""The states of a dossier, and the ways between them (domain.md section 3.1)."""

from fieldsync.domain.words import Words

STATUSES: Words = {
    "lead": ("线索", "Lead"),
    "verifying": ("核实中", "Verifying"),
    "dismissed": ("不属实", "Dismissed"),
    "confirmed": ("核实属实", "Confirmed"),
    "registered": ("已建档", "Registered"),
    "handling": ("查处中", "Handling"),
    "suspended": ("停产整顿", "Suspended"),
    "resumed": ("恢复生产", "Resumed"),
    "integrated": ("资源整合", "Integrated"),
    "closing": ("关闭实施中", "Closing"),
    "closed_pending": ("待验收", "Awaiting acceptance"),
    "rectifying": ("整改中", "Rectifying"),
    "accepted": ("验收合格", "Accepted"),
    "monitoring": ("后续巡查", "Monitoring"),
    "writeoff_requested": ("申请销号", "Write-off requested"),
    "written_off": ("已销号", "Written off"),
    "relapsed": ("死灰复燃", "Relapsed"),
    "merged": ("已并入", "Merged"),
}
# From which status to which, and the side that may let it happen: a township's wish counts at once
# where it stands here, else the county decides it. What a step asks for besides stands in `guards`;
# into `merged` leads `merge` alone.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("lead", "verifying"): "township",
    ("verifying", "confirmed"): "county",
    ("verifying", "dismissed"): "county",
    ("dismissed", "verifying"): "county",
    ("confirmed", "registered"): "county",
    ("registered", "handling"): "county",
    ("handling", "closing"): "county",
    ("handling", "suspended"): "county",
    ("suspended", "resumed"): "county",
    ("handling", "integrated"): "county",
    ("closing", "closed_pending"): "township",
    ("closed_pending", "accepted"): "county",
    ("closed_pending", "rectifying"): "county",
    ("rectifying", "closed_pending"): "township",
    ("accepted", "monitoring"): "county",
    ("monitoring", "writeoff_requested"): "township",
    ("writeoff_requested", "written_off"): "county",
    ("writeoff_requested", "monitoring"): "county",
    ("accepted", "relapsed"): "county",
    ("monitoring", "relapsed"): "county",
    ("written_off", "relapsed"): "county",
    ("relapsed", "handling"): "county",
}
