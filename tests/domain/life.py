"""What a dossier's life asks for, done as people do it."""

from datetime import UTC, datetime
from random import Random

from county import T1, Screen, verifier

from fieldsync.demo.pictures import Shot, jpeg

from .conftest import Scene

PLACE = {"lat": 26.1234567, "lon": 117.4567891}
COMPLETE = PLACE | {
    "mining_method": "underground", "village": "前山村", "place_name": "老鹰岩", "coord_source": "phone_gnss",
    "violations/unlicensed": True, "discovery": "patrol", "found_at": "2026-01-02T03:04:05Z",
}  # fmt: skip
RATED = {"dossier_track": "township_unlicensed", "patrol_class": "key", "patrol_cycle_days": 7}
REASON = "历史档案补录"


class Life:
    """One site and everybody who has to do with it."""

    def __init__(self, scene: Scene, **fields):
        self.scene, self.reviewer, self.phone = scene, scene.reviewer, scene.phone
        county = scene.county
        self.manager = Screen(county, county.person("manager", f"t-{T1}"))
        self.opening = scene.phone.make_id()
        row = f"openings/{self.opening}"
        self.id = scene.phone.site(**COMPLETE, name="老鹰硐", site_kind="adit", town_code=T1, mineral_code="coal",
                                   **{row: True, f"{row}/no": "K1"}, **fields)  # fmt: skip
        scene.phone.sync()
        self.reviewer.patch(self.path, **RATED)
        self.shots = 0

    @property
    def path(self) -> str:
        return f"sites/{self.id}"

    def body(self) -> dict:
        return self.reviewer.get(self.path)["body"]

    def status(self) -> str:
        return self.body()["lifecycle_status"]

    def go(self, *statuses: str, **given) -> None:
        """Take steps, nothing passed over."""
        for status in statuses:
            named = verifier(self.phone) if status == "verifying" else {}
            self.reviewer.act(f"{self.path}/transit", set={"to": status} | named | given)

    def force(self, *statuses: str) -> None:
        """Take steps with a reason instead of what is missing."""
        self.scene.transit(self.id, *statuses)

    def photo(self, parent: str = "") -> str:
        """Photograph; the bytes arrive, with a place in them."""
        self.shots += 1
        content = jpeg(Shot(datetime.now(UTC), PLACE["lat"], PLACE["lon"]), Random(self.shots))
        photo = self.phone.photograph(parent or self.id, content, PLACE | {"accuracy": 6, "time": None})
        self.phone.sync()
        self.phone.upload(content)
        return photo

    def visit(self) -> None:
        """Inspect with a located photo."""
        self.photo(self.scene.visit(self.id))

    def sign(self, who: Screen, role: str, revision: str = "") -> dict:
        """Sign the dossier as it stands, or as of a revision."""
        given = {"role": role, "revision": revision or who.get(self.path)["rev"]}
        return who.post("dossier_signatures", set=given, parent={"id": self.id})

    def sign_all(self) -> None:
        """Have the three sign."""
        self.sign(self.phone_screen(), "filed_by")
        self.sign(self.reviewer, "supervisor")
        self.sign(self.manager, "responsible")

    def phone_screen(self) -> Screen:
        """Return another inspector of the township, at a screen."""
        county = self.scene.county
        return Screen(county, county.person("inspector", f"t-{T1}"))

    def decide(self, day: str) -> None:
        """Note the closure decision."""
        self.reviewer.patch(self.path, closure_doc_no=f"示政关〔{day[:4]}〕1号", closure_date=day)

    def check(self, **fields) -> str:
        """Open this round's checklist, fill in that all is well, and photograph the opening."""
        closure = self.reviewer.post("closures", set={"executed_by": "联合执法队"}, parent={"id": self.id})
        rows = [path for path in closure["body"] if path.startswith("items/") and path.count("/") == 1]
        given = {f"{row}/result": "pass" for row in rows}
        row = f"openings/{self.opening}"
        given |= {row: True, f"{row}/before": self.photo(), f"{row}/after": self.photo()}
        path = f"closures/{closure['id']}"
        self.reviewer.patch(path, **given | {key.replace("__", "/"): value for key, value in fields.items()})
        return path

    def team(self, closure: str, *units: str) -> None:
        """Name the acceptance team."""
        rows = {}
        for number, unit in enumerate(units):
            row = f"team/t{number}"
            rows |= {row: True, f"{row}/name": f"成员{number}", f"{row}/unit": unit, f"{row}/title": "科员"}
        self.reviewer.patch(closure, **rows)

    def conclude(self, closure: str, conclusion: str, **given) -> dict:
        """Conclude the acceptance."""
        return self.reviewer.act(f"{closure}/conclude", set={"conclusion": conclusion} | given)
