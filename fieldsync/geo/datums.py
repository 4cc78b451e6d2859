"""Which datum imported places are in: taken as it is, or refused; nothing is ever shifted silently."""


class Unfit(ValueError):
    """Something imported cannot be used; the arguments say why, in Chinese and in English."""


# WGS 84 and CGCS2000 differ by some centimetres, far below what a phone or a map picture can tell.
ACCEPTED = ("wgs84", "cgcs2000")
REFUSED = {
    "gcj02": (
        "GCJ-02（火星坐标）是加密偏移坐标，误差可达数百米，且不能精确还原；请从原始资料以 WGS-84 或 CGCS2000 导出",
        "GCJ-02 is shifted on purpose by up to hundreds of metres and cannot be undone exactly; export the source"
        " in WGS 84 or CGCS2000",
    ),
    "bd09": (
        "BD-09（百度坐标）在 GCJ-02 上再次偏移，不能精确还原；请从原始资料以 WGS-84 或 CGCS2000 导出",
        "BD-09 shifts GCJ-02 once more and cannot be undone exactly; export the source in WGS 84 or CGCS2000",
    ),
    "xian80": (
        "西安80坐标须用本地七参数转换，差几十米至上百米；请测绘单位转换为 CGCS2000 后再导入",
        "Xi'an 80 differs by tens of metres and needs the local seven parameters; have the surveying office"
        " convert it to CGCS2000",
    ),
    "beijing54": (
        "北京54坐标须用本地七参数转换，差几十米至上百米；请测绘单位转换为 CGCS2000 后再导入",
        "Beijing 54 differs by tens of metres and needs the local seven parameters; have the surveying office"
        " convert it to CGCS2000",
    ),
}
NAMES = (*ACCEPTED, *REFUSED)


def check(datum: str) -> None:
    """Refuse a datum that is not the phone's own."""
    if datum in REFUSED:
        raise Unfit(*REFUSED[datum])


# West, south, east, north of Fujian with its sea.
FUJIAN = (115.8, 23.4, 120.8, 28.4)


def is_in_fujian(bounds: tuple[float, float, float, float]) -> bool:
    """Tell whether bounds (west, south, east, north) lie within Fujian."""
    west, south, east, north = bounds
    return FUJIAN[0] <= west and FUJIAN[1] <= south and east <= FUJIAN[2] and north <= FUJIAN[3]
