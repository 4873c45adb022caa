"""Compiled code goes stale with all that it is made from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import multivector
import multivector.model
from multivector.caching import sources_of


def _compiled() -> list[Dispatcher]:
    return [
        value
        for name, module in list(sys.modules.items())
        if name.startswith("multivector.")
        for value in vars(module).values()
        if isinstance(value, Dispatcher) and value.py_func.__module__ == name
    ]


def test_every_compiled_function_of_the_package_is_stamped_here() -> None:
    functions = _compiled()
    assert len(functions) > 30
    astray = [f.py_func.__qualname__ for f in functions if type(f._cache._impl.locator).__name__ != "Stamped"]
    assert not astray, f"import multivector.caching before decorating {astray}"


def test_a_function_is_made_from_the_files_of_what_it_calls() -> None:
    assert "multivector.politics.scalars" in sources_of("multivector.politics.terms")
    assert "multivector.politics.compiled" in sources_of("multivector.politics.terms")
    assert "multivector.kernels.vectors" in sources_of("multivector.kernels.opinions")
    assert "multivector.kernels.twin" not in sources_of("multivector.kernels.opinions")


def _stamps(folder: Path) -> dict[str, str]:
    code = "import multivector.model as m; from multivector.caching import stamp_of\n"
    code += "for name in ('politics.terms', 'kernels.opinions'): print(name, stamp_of('multivector.' + name))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def test_stamps_follow_callees_and_constants_in_other_files_and_nothing_else(tmp_path: Path) -> None:
    package = tmp_path / "multivector"
    shutil.copytree(
        Path(multivector.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
    )
    first = _stamps(tmp_path)
    scalars = package / "politics" / "scalars.py"
    scalars.write_text(scalars.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    second = _stamps(tmp_path)
    assert second["politics.terms"] != first["politics.terms"]
    assert second["kernels.opinions"] == first["kernels.opinions"]
    cast = package / "agents" / "cast.py"
    cast.write_text(cast.read_text(encoding="utf-8") + "ECONOMY = 77\n", encoding="utf-8")
    assert _stamps(tmp_path)["politics.terms"] != second["politics.terms"]


READ = """
from multivector import simulate
from multivector.politics.terms import judge
table = simulate("january-2022", worlds=2, months=2).tables["worlds"]
print(judge._cache.cache_path, float(table["total_engagement"].sum()), sum(judge.stats.cache_hits.values()))
"""


@pytest.mark.slow
def test_two_processes_on_an_empty_cache_and_a_third_that_finds_it(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(Path(multivector.__file__).parents[1]), "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", READ]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    third = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert said[0][1] == said[1][1] == third[1]
    assert third[2] == "1", "the third process compiled what the others had left in the cache"
    assert third[0].startswith(str(tmp_path))


NETWORK = """
import multivector
from multivector.kernels import network
network.small_world(40, 4, 0.1, 7)
ring = network._rewired_ring
print(ring._cache.cache_path, sum(ring.stats.cache_hits.values()))
"""
BOUND = ["setpriv", "--bounding-set=-dac_override"]  # root may write where it is not allowed to


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or (os.geteuid() == 0 and shutil.which(BOUND[0]) is None),
    reason="a folder that cannot be written cannot be made here",
)
def test_an_installation_that_cannot_be_written_keeps_what_it_compiles(tmp_path: Path) -> None:
    source, place, spare = Path(multivector.__file__).parent, tmp_path / "place", tmp_path / "spare"
    spare.mkdir()
    shutil.copytree(source, place / "multivector", ignore=shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc"))
    folders = [place, *(path for path in place.rglob("*") if path.is_dir())]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(place), "HOME": str(place), "TMPDIR": str(spare)}
    command = [*(BOUND if os.geteuid() == 0 else []), sys.executable, "-c", NETWORK]
    for folder in folders:
        folder.chmod(0o555)
    try:
        said = [
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
            for _ in range(2)
        ]
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert all(folder.startswith(str(spare)) for folder, _ in said)
    assert [hits for _, hits in said] == ["0", "1"], "the second process finds what the first has compiled"
