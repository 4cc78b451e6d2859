"""Code lists that more than one noun uses: Chinese first, English second (domain.md sections 2.1, 4.2.3, 6)."""

Words = dict[str, tuple[str, str]]

VIOLATIONS: Words = {
    "unlicensed": ("无证非法", "Unlicensed"),
    "incomplete_permits": ("证照不齐", "Incomplete permits"),
    "safety_env_power_noncompliant": (
        "不符合安全环保供电",
        "Not meeting safety, environmental or power rules",
    ),
    "out_of_bounds": ("超层越界", "Out of bounds"),
    "mining_as_exploration": ("以采代探", "Mining under an exploration licence"),
    "illegal_explosives": ("非法获取转供火工品", "Illegal explosives"),
    "illegal_power": ("非法获取转供电力", "Illegal electricity"),
    "illegal_coal_permit": ("非法获取煤炭准运证", "Illegal coal transport permit"),
    "tailings_hazard": ("尾矿库存在安全隐患", "Tailings pond hazard"),
    "geohazard": ("存在地质灾害隐患", "Geological hazard"),
    "illegal_trade": ("矿产品非法交易", "Illegal mineral trading"),
    "cross_into_others": ("进入他人矿区", "Into another's mining area"),
    "illegal_transfer": ("非法承包转包转让", "Illegal transfer"),
    "changed_method": ("擅自改变开采方式", "Changed method"),
    "as_restoration": ("以修复名义采矿", "Mining as restoration"),
    "as_construction": ("借工程建设采矿", "Mining as construction"),
    "prospecting_unlicensed": ("无证勘查", "Unlicensed prospecting"),
    "destructive": ("破坏性开采", "Destructive mining"),
    "suspended_but_mining": ("停产整顿期间生产", "Mining while suspended"),
    "relapse": ("死灰复燃", "Relapse"),
}

MINERALS: Words = {
    "rare_earth": ("稀土", "Rare earth"),
    "coal": ("煤", "Coal"),
    "dimension_stone": ("饰面石材", "Dimension stone"),
    "building_stone": ("建筑石料", "Building stone"),
    "shoushan_stone": ("寿山石", "Shoushan stone"),
    "brick_clay": ("砖瓦粘土", "Brick clay"),
    "iron": ("铁", "Iron"),
    "cement_limestone": ("水泥用灰岩", "Cement limestone"),
    "manganese": ("锰", "Manganese"),
    "sea_sand": ("海砂", "Sea sand"),
    "river_sand": ("河砂", "River sand"),
    "geothermal": ("地热", "Geothermal"),
    "other": ("其他", "Other"),
}

SIGNS: Words = {
    "fresh_cut": ("新开挖面", "Fresh cut"),
    "new_track": ("新运输道路或车辙", "New road or tyre tracks"),
    "machines": ("挖机、铲车、钻机", "Excavator, loader, drill"),
    "compressor_wires": ("空压机、发电机、电线", "Compressor, generator, wires"),
    "explosive_traces": ("炸药残留、雷管线", "Traces of explosives"),
    "fresh_waste": ("新鲜矿渣、堆料", "Fresh waste or stock"),
    "mouth_opened": ("硐口被扒开", "Adit mouth broken open"),
    "duct_rails": ("通风管、轨道", "Ventilation duct, rails"),
    "pumping": ("抽水、排水", "Pumping, drainage"),
    "shed_lights": ("工棚、炊烟、灯光", "Shed, smoke, lights"),
    "lookouts": ("望风、放哨人员", "Look-outs"),
    "trucks": ("运输车辆", "Trucks"),
    "coal_platform": ("煤台、煤台棚", "Coal platform"),
    "leach_holes": ("注液孔、浸矿池、输液管", "Leaching holes, ponds, pipes"),
    "reagent_bags": ("药剂袋", "Reagent bags"),
    "sign_missing": ("警示牌缺失", "Warning sign missing"),
    "fence_broken": ("围栏破坏", "Fence broken"),
    "rain_exposed": ("雨水冲刷暴露", "Exposed by rain"),
    "tailings_leak": ("尾矿渗漏", "Tailings leak"),
    "false_restoration": ("以修复、平整名义挖运", "Digging as restoration"),
}

CONDITIONS: Words = {
    "intact": ("完好", "Intact"),
    "damaged": ("损坏", "Damaged"),
    "missing": ("缺失", "Missing"),
    "na": ("不适用", "Not applicable"),
}

HAZARDS: Words = {
    "none": ("无", "None"),
    "landslide": ("滑坡", "Landslide"),
    "collapse": ("崩塌", "Collapse"),
    "debris": ("泥石流", "Debris flow"),
    "subsidence": ("地面塌陷", "Subsidence"),
    "other": ("其他", "Other"),
}

METHODS: Words = {
    "open_pit": ("露天", "Open pit"),
    "underground": ("地下", "Underground"),
    "leaching": ("浸采", "Leaching"),
    "dredging": ("采挖", "Dredging"),
    "unknown": ("不明", "Unknown"),
}

COORD_SOURCES: Words = {
    "phone_gnss": ("手机定位", "Phone"),
    "survey": ("测绘", "Survey"),
    "satellite": ("卫片", "Satellite"),
    "map_click": ("图上点选", "Map click"),
    "legacy": ("历史资料", "Legacy"),
}

DISCOVERIES: Words = {
    "patrol": ("巡查", "Patrol"),
    "tip": ("举报", "Tip"),
    "satellite": ("卫片", "Satellite"),
    "holder": ("矿业权人报告", "Right holder"),
    "transfer": ("移送", "Transfer"),
    "media": ("媒体", "Media"),
    "superior": ("上级交办", "Superior"),
    "campaign": ("专项行动", "Campaign"),
}

POWER: Words = {
    "none": ("无", "None"),
    "grid": ("电网", "Grid"),
    "resold": ("转供", "Resold"),
    "generator": ("自发电", "Generator"),
}

STANDARDS: Words = {
    "none": ("未认定", "None"),
    "below_standard": ("不达标", "Below standard"),
    "meets": ("达标", "Meets"),
}

RESTORATION: Words = {
    "not_required": ("不需", "Not required"),
    "none": ("未恢复", "None"),
    "ordered": ("已责令", "Ordered"),
    "in_progress": ("恢复中", "In progress"),
    "accepted": ("已验收", "Accepted"),
    "natural_recovery": ("自然恢复", "Natural recovery"),
}

INTEGRATION: Words = {
    "none": ("无", "None"),
    "proposed": ("拟整合", "Proposed"),
    "in_approval": ("报批中", "In approval"),
    "approved": ("已批准", "Approved"),
    "rejected": ("未批准", "Rejected"),
}

EXPLOSIVES: Words = {"none": ("无", "None"), "traces": ("有痕迹", "Traces"), "found": ("发现实物", "Found")}

# What a patrol is made for.
PATROL_KINDS: Words = {
    "routine": ("日常", "Routine"),
    "key": ("重点", "Key"),
    "night": ("夜查", "Night"),
    "joint": ("联合", "Joint"),
    "recheck": ("复查", "Recheck"),
    "tip": ("举报核查", "Tip"),
    "satellite": ("卫片核查", "Satellite"),
    "spotcheck": ("抽查", "Spot check"),
    "after_rain": ("雨后", "After rain"),
}
