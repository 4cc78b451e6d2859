"""What the register and the overview cost the server with 5,000 dossiers: `python bench/register.py`."""

import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from console.desk import Desk
from county import CELL, FAST, County

from fieldsync import create_app
from fieldsync.domain.sites import KINDS
from fieldsync.domain.words import MINERALS, VIOLATIONS

SITES = 5_000
PAGES = (
    "/console/sites", "/console/sites?q=lyd", "/console/sites?q=%E5%B1%B1&order=found",
    "/console/sites?violation=unlicensed&order=relapses", "/console/sites?town=350899103&page=5",
    "/console/overview", "/console/sites/export.csv",
    "/console/sites/export.geojson", "/console/sites/export.xlsx",
)  # fmt: skip


def fill(county: County) -> None:
    """Open the dossiers."""
    random, actor = Random(1), county.engine.actor(*county.person_id(county.person("reviewer")))
    for start in range(0, SITES, 500):
        with county.engine.together(CELL) as together:
            for n in range(start, start + 500):
                body = {
                    "name": "".join(random.choices("老鹰洞前后山下坑石门金水龙白云高", k=3)) + f"{n}号",
                    "village": "前山村",
                    "place_name": "大岭头", "site_kind": random.choice(list(KINDS)),
                    "town_code": f"{CELL}1{n % 8 + 1:02}",
                    "mineral_code": random.choice(list(MINERALS)),
                    f"violations/{random.choice(list(VIOLATIONS))}": True,
                    "lon": round(117 + random.random() / 2, 6), "lat": round(26 + random.random() / 2, 6),
                }  # fmt: skip
                together.perform(
                    actor, "site.create", f"0197aaaa-0000-7000-8000-{n:012}",
                    op=f"0197aaab-0000-7000-8000-{n:012}", set_=body,
                )  # fmt: skip


def main() -> None:
    """Print milliseconds of server time of each page, the median of five."""
    with tempfile.TemporaryDirectory() as folder:
        county = County(create_app(Path(folder), **FAST))
        with county.app.app_context():
            fill(county)
        desk = Desk(county, county.person("admin"))
        for path in PAGES:
            taken = []
            for _ in range(5):
                begun = time.perf_counter()
                answer = desk.client.get(path, buffered=True)
                taken.append((time.perf_counter() - begun) * 1000)
            print(f"{sorted(taken)[2]:7.0f} ms  {answer.status_code}  {len(answer.data) // 1024:5} KiB  {path}")
        county.app.extensions["darkroom"].decoder.close()


if __name__ == "__main__":
    main()
