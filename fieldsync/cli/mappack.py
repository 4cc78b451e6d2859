"""`fieldsync mappack`: a county's own map, packed for phones that have no signal."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from fieldsync.cli import roster
from fieldsync.cli.instance import Instance, pass_instance
from fieldsync.cli.output import mistake, say
from fieldsync.geo import datums, packs
from fieldsync.geo.datums import Unfit
from fieldsync.geo.mercator import Bounds, Tile
from fieldsync.geo.tiles import FORMATS, Source, of_folder, of_mbtiles, of_picture


def _datum(_context: click.Context, _option: click.Parameter, given: str) -> str:
    try:
        datums.check(given)
    except Unfit as unfit:
        raise mistake(*unfit.args) from None
    return given


datum_option = click.option(
    "--datum",
    required=True,
    callback=_datum,
    type=click.Choice(datums.NAMES, case_sensitive=False),
    help="What the coordinates are in; wgs84 and cgcs2000 (they differ by centimetres) are taken, no other.",
)
_DEGREES = click.FloatRange(-180, 180)


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@datum_option
@click.option("--name", required=True, help="Letters a-z, digits, - and _; a pack of the same name is replaced.")
@click.option("--title", default="", help="What people call it.  [default: the name]")
@click.option("--cell", help="The county (six digits), where the instance holds more than one.")
@click.option("--west", type=_DEGREES, help="Edges of a picture without a world file.")
@click.option("--south", type=_DEGREES)
@click.option("--east", type=_DEGREES)
@click.option("--north", type=_DEGREES)
@click.option("--max-zoom", type=click.IntRange(5, 18), help="For a picture.  [default: that of its pixels]")
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), help="[default: that of the tiles; else webp]")
@click.option("--quality", type=click.IntRange(10, 100), default=75, show_default=True)
@pass_instance
def mappack(
    instance: Instance, source: Path, datum: str, name: str, title: str, cell: str | None, max_zoom: int | None,
    kind: str | None, quality: int, **edges: float | None,
) -> None:  # fmt: skip
    """Pack the map SOURCE: a folder of tiles z/x/y.png, an MBTiles file, or one picture in degrees."""
    if not packs.NAME.fullmatch(name):
        raise mistake("名称只能用 a-z、0-9、- 和 _", "a name has letters a-z, digits, - and _ only")
    with instance.open():
        county = roster.county(cell)
    facts = {"name": name, "title": title or name, "datum": datum, "source": source.name}
    target = packs.folder(instance.folder.resolve(), county) / f"{name}.pmtiles"
    try:
        found, usual = _opened(source, _bounds(**edges), max_zoom)
        made = packs.make(found, target, facts, kind or usual, quality, _shown)
    except Unfit as unfit:
        raise mistake(*unfit.args) from None
    _tell(made)


def _bounds(west: float | None, south: float | None, east: float | None, north: float | None) -> Bounds | None:
    """Return the edges, or None where none of them was given."""
    if west is None and south is None and east is None and north is None:
        return None
    if west is None or south is None or east is None or north is None:
        raise mistake("四边须全部给出", "--west, --south, --east and --north go together")
    return west, south, east, north


def _opened(path: Path, bounds: Bounds | None, deepest: int | None) -> tuple[Source, str]:
    """Return the tiles of a source and the format they are packed in if nobody says."""
    if path.is_dir():
        return of_folder(path), ""
    if path.suffix.lower() == ".mbtiles":
        return of_mbtiles(path), ""
    return of_picture(path, bounds, deepest), "webp"


def _shown(tiles: list[Tile]) -> object:
    quiet = Console(stderr=True)
    return track(tiles, "PMTiles", console=quiet, disable=not quiet.is_terminal)


def _tell(made: dict) -> None:
    """Print what was made, and what to think about."""
    size = f"{made['size'] / 1e6:.1f} MB"
    zooms = f"{made['min_zoom']}-{made['max_zoom']}"
    say(
        f"{made['name']}：{made['tiles']} 块瓦片，{zooms} 级，{size}",
        f"{made['name']}: {made['tiles']} tiles, zoom {zooms}, {size}",
    )
    click.echo(f"  {made['sha256']}")
    if not datums.is_in_fujian(tuple(made["bounds"])):
        say(
            f"注意：范围 {made['bounds']} 超出福建；瓦片的 y 从北数起（gdal2tiles 须加 --xyz）",
            f"mind: its bounds {made['bounds']} reach beyond Fujian; rows of tiles are counted from the north"
            " (gdal2tiles: --xyz)",
        )
    if made["size"] > packs.MANY_BYTES:
        say(
            "注意：内存小的手机可能打不开这么大的地图包",
            "mind: phones with little memory may not open a pack this large",
        )
