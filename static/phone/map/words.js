// Words of the map.

import { addWords } from "../../lib/language.js";

addWords({
  "map.label": ["地图：方向键移动，加减键缩放", "Map: arrow keys move it, plus and minus zoom"],
  "map.tools": ["地图工具", "Map tools"],
  "map.me": ["定位", "Me"],
  "map.all": ["全部", "All"],
  "map.measure": ["测距", "Measure"],
  "map.nearer": ["放大", "Zoom in"],
  "map.farther": ["缩小", "Zoom out"],
  "map.here": ["我的位置", "My place"],
  "map.noplace": ["还没有定位", "No position yet"],
  "map.nosites": ["没有矿点", "No sites"],
  "map.first": ["点地图选起点（回车键取中心）", "Tap where to begin (Enter: the middle)"],
  "map.next": ["再点下一处", "Tap the next place"],
  "map.sum": ["{way}，共 {total}", "{way}, {total} in all"],
  "map.way": ["{side} {far}", "{far} {side}"],
  "map.to": ["{name}：{way}", "{name}: {way}"],
  "map.site": ["{name}，{kind}", "{name}, {kind}"],
  "map.m": ["{n} 米", "{n} m"],
  "map.km": ["{n} 公里", "{n} km"],
  "map.sides": ["北 东北 东 东南 南 西南 西 西北", "N NE E SE S SW W NW"],
  "map.lead": ["线索", "Lead"],
  "map.open": ["未关闭", "Not closed"],
  "map.closing": ["关闭中", "Closing"],
  "map.closed": ["已关闭", "Closed"],
});
