"""What starting leaves out is put off, not lost."""

import subprocess
import sys

CODE = """
import sys
import inspect
from multivector.lean import mesa
inspect.stack()
if tuple(map(int, mesa.__version__.split(".")[:2])) < (3, 5):  # from then on Mesa itself uses both as it starts
    assert "networkx.algorithms" not in sys.modules and "scipy.spatial" not in sys.modules, "imported at the start"
from networkx.algorithms import community
import networkx.utils.misc, networkx
assert sys.modules["networkx.utils"] is networkx.utils and networkx.algorithms.community is community
assert len(networkx.path_graph(4)) == 4
from mesa.experimental.devs import ABMSimulator
assert mesa.experimental.devs.ABMSimulator is ABMSimulator
assert mesa.space.NetworkGrid(networkx.path_graph(2)).G.number_of_nodes() == 2
assert mesa.experimental.continuous_space.__spec__.origin and not hasattr(networkx, "no_such_name")
"""


def test_what_mesa_brings_is_imported_when_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
