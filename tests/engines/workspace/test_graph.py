"""The reactive graph: what a change reaches, and where a value comes from."""

from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.graph import Graph, Kind, Node, Region, name_node

GAIN, ACCEL, POWER = name_node("gain"), name_node("accel"), name_node("power")
FIRST, SECOND = Node(Kind.CELL, "Explore#1"), Node(Kind.CELL, "Explore#2")
FORMULA = Node(Kind.FORMULA, "Motion!B2")
TRACE = Node(Kind.TRACE, "Motion[0]")
B2 = Region("Motion", 2, 2, 2, 2)


def story() -> Graph:
    """The board's accel and a cell's gain meet in a formula that a trace shows."""
    graph = Graph()
    graph.set_node(Node(Kind.SOURCE, "Virtual pyboard"), defines=[ACCEL])
    graph.set_node(FIRST, defines=[GAIN])
    graph.set_node(SECOND, reads=[GAIN, ACCEL], defines=[POWER])
    graph.set_node(FORMULA, reads=[GAIN, ACCEL], defines=[B2])
    graph.set_node(TRACE, reads=[Region("motion", 2, 1, 2, None)])
    return graph


def test_a_changed_name_reaches_formula_trace_and_cell():
    assert story().affected_by([GAIN]) == [SECOND, FORMULA, TRACE]


def test_the_cell_that_made_the_change_is_left_out():
    assert SECOND not in story().affected_by([ACCEL], besides=[SECOND])


def test_a_region_is_read_by_whoever_meets_it():
    graph = story()
    assert graph.readers(Region("Motion", 1, 1, 9, 9)) == {TRACE}
    assert graph.readers(Region("Motion", 3, 1, 9, 9)) == set()
    assert graph.readers(Region("Other", 2, 2, 2, 2)) == set()


def test_lineage_goes_back_to_the_board():
    keys = [node.key for _, node in story().lineage(TRACE) if isinstance(node, Node)]
    assert keys[0] == "Motion[0]"
    assert {"Motion!B2", "gain", "accel", "Explore#1", "Virtual pyboard"} <= set(keys)


def test_the_last_definer_wins_and_the_others_are_remembered():
    graph = story()
    graph.set_node(SECOND, reads=[ACCEL], defines=[GAIN])
    assert graph.definers(GAIN) == (FIRST, SECOND)
    graph.remove(SECOND)
    assert graph.definers(GAIN) == (FIRST,)


def test_a_chain_longer_than_the_stack_is_followed():
    graph = Graph()
    for number in range(5_000):
        graph.set_node(
            Node(Kind.CELL, str(number)),
            reads=[name_node(f"x{number}")],
            defines=[name_node(f"x{number + 1}")],
        )
    assert len(graph.affected_by([name_node("x0")])) == 5_000
    assert len(graph.lineage(name_node("x5000"))) == 10_001


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9))), max_size=30
    )
)
def test_removing_every_node_leaves_nothing(steps):
    graph = Graph()
    for key, reads, defines in steps:
        node = Node(Kind.CELL, str(key))
        graph.set_node(
            node, [name_node(f"n{each}") for each in reads], [name_node(f"n{each}") for each in defines]
        )
        assert graph.reads(node) == {name_node(f"n{each}") for each in reads}
    for key in range(10):
        graph.remove(Node(Kind.CELL, str(key)))
    assert all(not graph.readers(name_node(f"n{each}")) for each in range(10))
    assert all(not graph.definers(name_node(f"n{each}")) for each in range(10))
