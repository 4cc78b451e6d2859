# ruff: noqa: E501
"""What the form vectors are about: one form with every kind of item, and answers to it."""

NOW = "2026-10-03T09:30:00.000+08:00"
R1, R2, R3 = (f"0197f3a2-7c10-7d3e-9a41-00000000000{n}" for n in (1, 2, 3))

FORM = """
| survey |
| | type | name | label | label::English (en) | required | relevant | constraint | constraint_message | constraint_message::English (en) | calculation | choice_filter | default | role | most | appearance |
| | text | t | 文字 | Text | | | | | | | | | | 5 | |
| | integer | num | 整数 | Whole | | | . > 0 and . <= 100 | 一到一百，现为 ${num} | 1 to 100, not ${num} | | | | | | |
| | decimal | d | 小数 | Decimal | | | | | | | | | | | |
| | date | day | 日期 | Day | | | . <= today() | | | | | | | | |
| | time | clock | 时间 | Clock | | | | | | | | | | | |
| | dateTime | moment | 时刻 | Moment | | | | | | | | | | | |
| | select_one yn | yes | 是否 | Yes or no | yes | | | | | | | | | | |
| | select_multiple colours | colours | 颜色 | Colours | ${yes} = 'y' | | not(selected(., 'none') and count-selected(.) > 1) | | | | | | | | |
| | select_one city | city | 市 | City | | | | | | | | | | | |
| | select_one county | county | 县 | County | | ${city} != '' | | | | | city = ${city} | | | | |
| | acknowledge | tick | 确认 | Tick | ${yes} = 'y' | | | | | | | | | | |
| | range | score | 分数 | Score | | | . mod 2 = 0 | | | | | | | | |
| | geopoint | position | 位置 | Position | | | | | | | | | | | |
| | geopoint | spot | 点 | Spot | | | | | | | | | | | |
| | geotrace | way | 线 | Way | | | | | | | | | | | |
| | begin group | details | 细节 | Details | | ${yes} = 'y' | | | | | | | | | |
| | text | why | 原因 | Why | yes | | | | | | | | | | |
| | calculate | twice | | | | | | | | ${num} * 2 | | | | | |
| | calculate | four | | | | | | | | ${twice} * 2 | | | | | |
| | note | told | 共 ${four}，${city}，${colours} | ${four} in all, ${city}, ${colours} | | | | | | | | | | | |
| | end group | | | | | | | | | | | | | | |
| | calculate | after | | | | | | | | coalesce(${why}, 'nothing') | | | | | |
| | calculate | first | | | | | | | | once(now()) | | | | | |
| | begin repeat | crew | 人员 | Crew | | ${num} > 1 | | | | | | | | | |
| | text | who | 姓名 | Name | yes | | | | | | | | | 4 | |
| | integer | age | 年龄 | Age | | | . >= 18 or ${old} = 'y' | | | | | | | | |
| | select_one yn | old | 是否 | Or so | | ${age} != '' | | | | | | | | | |
| | calculate | label | | | | | | | | concat(position(..), '. ', ${who}, ' (', ${t}, ')') | | | | | |
| | end repeat | | | | | | | | | | | | | | |
| | calculate | ages | | | | | | | | sum(${age}) | | | | | |
| | image | photo | 照片 | Photo | ${yes} = 'y' | | . >= 2 | | | | | | overview | 3 | |
| | image | sign | 签名 | Sign | yes | | . >= count(${crew}) | | | | | | | | signature |

| choices |
| | list_name | name | label | label::English (en) | city |
| | yn | y | 是 | Yes | |
| | yn | n | 否 | No | |
| | colours | red | 红 | Red | |
| | colours | blue | 蓝 | Blue | |
| | colours | none | 无 | None | |
| | city | fz | 福州 | Fuzhou | |
| | city | xm | 厦门 | Xiamen | |
| | county | fq | 福清 | Fuqing | fz |
| | county | cl | 长乐 | Changle | fz |
| | county | ta | 同安 | Tongan | xm |

| settings |
| | form_id | version | form_title | form_title_en |
| | vectors | 1 | 向量 | Vectors |
"""

CREW = {
    f"answers/crew/{R2}": True,
    f"answers/crew/{R2}/who": "李四",
    f"answers/crew/{R2}/age": 30,
    f"answers/crew/{R1}": True,
    f"answers/crew/{R1}/who": "张三",
    f"answers/crew/{R1}/age": 20,
    f"answers/crew/{R3}": True,
    f"answers/crew/{R3}/who": "王五",
    "answers/num": 3,
}
FULL = {
    "answers/t": "矿 山",
    "answers/num": 7,
    "answers/d": 2.5,
    "answers/day": "2026-02-28",
    "answers/clock": "08:30",
    "answers/moment": "2026-10-02T23:00:00Z",
    "answers/yes": "y",
    "answers/colours/blue": True,
    "answers/colours/red": True,
    "answers/city": "fz",
    "answers/tick": True,
    "lon": 117.5,
    "lat": 25.25,
    "accuracy_m": 8,
    "answers/why": "b",
}
