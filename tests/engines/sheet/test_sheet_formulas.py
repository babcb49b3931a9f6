"""The formula language, point by point as DESIGN section 5 has it."""

from __future__ import annotations

import string
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.formula import analyse
from engines.sheet.kernel_side.workbook import Workbook
from engines.sheet.references import parse_reference
from engines.sheet.tokens import tokenize
from engines.sheet.values import undefined


def cells(**texts: str) -> dict[tuple[int, int], str]:
    return {parse_reference(name).rect[:2]: text for name, text in texts.items()}


def compute(formula: str, workspace: dict[str, Any] | None = None, **texts: str) -> Any:
    """The value of a formula in Z99 of a sheet with these cells, or ``Class: message``."""
    book = Workbook(workspace if workspace is not None else {})
    book.set_cells("Other sheet", cells(A1="100", B2="5"))
    book.set_cells("Data", cells(A1="7", A2="8"))
    book.set_cells("Sheet1", {**cells(A1="1", A2="2", A3="3", B1="10", B2="20", B3="30"), **cells(**texts)})
    book.set_cells("Sheet1", cells(Z99=formula))
    book.recalculate()
    state = book.grid("Sheet1").get(26, 99)
    return str(state.error) if state.error else state.value


workspace = {
    "gain": 2,
    "np": np,
    "accel": SimpleNamespace(x=np.arange(50.0), t=np.arange(50) / 100),
    "obj": SimpleNamespace(A1="attribute"),
    "f": lambda **named: sorted(named),
    "g": lambda *values: list(values),
    "table": {"a": 1},
}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        # references
        ("=A1", 1),
        ("=$A$1+A$2+$A3", 6),
        ("=a1+$b$1", 11),
        ("=SUM(A1:B3)", 66),
        ("=sum(A1:A3)", 6),
        ("=SUM(B:B)", 60),
        ("=SUM(2:2)", 22),
        ("=SUM($A:B)", 66),
        ("=Data!A1", 7),
        ("=data!a1", 7),
        ("='Other sheet'!A1", 100),
        ("='other SHEET'!A1 + SUM('Other sheet'!A1:B2)", 205),
        ("=SUM(B3:A1)", 66),
        ("=A1:B3[2,3]", 30),
        ("=A1:B3[-1,-1]", 30),
        ("=len(A1:B3)", 6),
        ("=list(A1:B2)[1]", 10),
        # operators
        ("=2^3", 8),
        ("=-2^2", -4),
        ("=2^3^2", 512),
        ("=A1<>1", False),
        ("=A1=1", True),
        ("=A1!=1", False),
        ("=10%", 0.1),
        ("=A1*10%", 0.1),
        ("=2^50%", 2**0.5),
        ("=10 % 3", 1),
        ("=B1%A3", 1),
        ("=10%-3", -2.9),
        ("=(1+1)%", 0.02),
        ("=abs(-50)%", 0.5),
        ("=gain=2", True),
        ('=IF(gain=2, "yes", "no")', "yes"),
        ("=f(x=3, y=A1=1)", "x"),
        ("=g(A1=1)", True),
        # lazy
        ('=IF(A1>0, "plus", 1/0)', "plus"),
        ("=IF(A1<0, 1/0)", False),
        ('=IFERROR(1/0, "none")', "none"),
        ("=IFERROR(A2, 1/0)", 2),
        ("=iferror(missing, A1)", 1),
        ("=if(A1=1, 5, missing)", 5),
        ("=AND(A1=1, A2=2)", True),
        ("=OR(A1=2, A2=1)", False),
        ("=NOT(A1)", False),
        ("=and(A1, B1)", True),
        ("=A1 if A2 == 2 else 0", 1),
        # Python stays Python
        ("=accel.x[-20:].sum()", 790.0),
        ("=accel.x[1:3].sum()", 3.0),
        ("=accel.x[A1:A3].sum()", 3.0),
        ("={1:2}[1]", 2),
        ("={A1:B1}[1]", 10),
        ("=(lambda a: a*2)(A2)", 4),
        ("=(lambda a:a)(A2)", 2),
        ("=(lambda x1=A2: x1)()", 2),
        ("=sum(a1 for a1 in range(3))", 3),
        ("=[x for x in A1:A3 if x > 1][0]", 2),
        ("=obj.A1", "attribute"),
        ("=table['a']", 1),
        ("='A1'", "A1"),
        ('="A1:B2" # A3', "A1:B2"),
        ("=round(2.5)", 2),
        ("=ROUND(2.5)", 3),
        ("=min(A1:A3)", 1),
        ("=np.mean(A1:A3)", 2.0),
        ("=np.sum(A1:B3)", 66.0),
        ("=(y := 3) + y", 6),
        ("=1 +\n 2", 3),
        ("=LOG10(1000)", 3.0),
        ("=average(A1:A3)", 2.0),
        ("=TRUE", True),
        ("= A1 ", 1),
        # empty cells
        ("=C9+1", 1),
        ('=C9+"x"', "x"),
        ('="x"+C9', "x"),
        ("=C9*5", 0),
        ("=C9=0", True),
        ('=C9=""', True),
        ("=1 if C9 else 2", 2),
        ("=C9", undefined),
        ("=f'{C9}' if False else C9.upper()", ""),
        # addresses are no reads
        ("=ROW()", 99),
        ("=COLUMN()", 26),
        ("=ROW(Z99)", 99),
        ("=ROW(A3)", 3),
        ("=COLUMN($C$1)", 3),
    ],
)
def test_formula(formula: str, value: Any) -> None:
    result = compute(formula, workspace)
    assert result == pytest.approx(value) if isinstance(value, float) else result == value
    assert type(result) is type(value) or result is undefined


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("=1+*2", "position 4: unexpected '*'"),
        ("=1 2", "position 4: unexpected '2'"),
        ("=SUM(A1", "position 5: '(' is never closed"),
        ("=1)", "position 3: unexpected ')'"),
        ("=(1]", "position 4: unexpected ']'"),
        ("='abc", "position 2: the text beginning here has no closing '"),
        ("= ", "position 2: unexpected end of formula"),
        ("=1+", "unexpected end of formula"),
        ("=A1 AAAA1", "position 5: unexpected 'AAAA1'"),
        ("=A1\n+\n*2", "position 7: unexpected '*'"),
        ("=Data!", "position 2: unexpected 'Data!'"),
        ("=?", "position 2: unexpected '?'"),
        ("=(yield 1)", "a formula cannot yield"),
        ("=x = 1 = 2 for", "unexpected end of formula"),
        ("=" + "(" * 300 + "1" + ")" * 300, "position"),
    ],
)
def test_wrong_formula_says_where(formula: str, problem: str) -> None:
    error = compute(formula)
    assert error.startswith("FormulaError: Error in formula at position ")
    assert problem in error


@pytest.mark.parametrize(
    ("formula", "error"),
    [
        ("=missing", "NameError: name 'missing' is not defined"),
        (
            "=Nowhere!A1",
            "NoSheetError: there is no sheet named 'Nowhere' (sheets: Other sheet, Data, Sheet1)",
        ),
        ('=A1+"x"', "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        (
            "=A1(3)",
            "NameError: name 'A1' is not defined (to call what cell A1 holds: (A1)(3))".replace(
                "(3))", "(...))"
            ),
        ),
        ("=A1:A3[1,4]", "IndexError: cell range only has 3 rows"),
        ("=A1:A3[0,1]", "IndexError: cell ranges are 1-indexed: the first cell is [1, 1]"),
        ("=exit()", "SystemExit"),
        ("=(lambda: 1/0)()", "ZeroDivisionError: division by zero"),
    ],
)
def test_error_in_formula(formula: str, error: str) -> None:
    assert compute(formula, workspace).startswith(error)


@pytest.mark.parametrize(
    "formula",
    ["=(gain := 5)", "=[gain := 5]", "=exec('gain = 5')", "=globals().update(gain=5) or globals()['gain']"],
)
def test_a_formula_cannot_rebind_the_workspace(formula: str) -> None:
    names = {"gain": 2}
    compute(formula, names)
    assert names == {"gain": 2}


@pytest.mark.parametrize(
    "formula", ["=(leak := 5)", "=globals().update(leak=5)", "=exec('global leak; leak = 5')"]
)
def test_a_bound_name_is_gone_for_the_next_formula(formula: str) -> None:
    book = Workbook({})
    book.set_cells("S", cells(A1=formula, A2="=leak"))
    book.recalculate()
    assert str(book.grid("S").get(1, 2).error) == "NameError: name 'leak' is not defined"


def test_scope_is_functions_then_workspace_then_builtins() -> None:
    names = {"SUM": lambda *values: "mine", "average": lambda *values: "mine", "len": lambda value: "mine"}
    assert compute("=SUM(A1:A3)", names) == 6
    assert compute("=average(A1:A3)", names) == "mine"
    assert compute("=len(A1:A3)", names) == "mine"


def test_equal_relative_formulas_share_one_template() -> None:
    templates: dict[str, Any] = {}
    one = analyse("=A1*2 + $C$1", (2, 1), templates)
    two = analyse("=A2*2 + $C$1", (2, 2), templates)
    other = analyse("=A2*2 + $C1", (2, 2), templates)
    assert one.template is two.template
    assert one.template is not other.template
    assert [read.rect for read in two.reads] == [parse_reference(name).rect for name in ("A2", "C1")]


def test_reads_and_names() -> None:
    formula = analyse("=SUM(Data!B:B) + np.mean(accel.x) + ROW(C3) + IF(gain, A1)", (5, 5))
    assert [(read.sheet, str(read.rect)) for read in formula.reads] == [("Data", "B1:B1048576"), (None, "A1")]
    assert formula.names == {"np", "accel", "gain"}
    assert analyse("=NOW()", (1, 1)).names == {"NOW"}


@given(st.text(alphabet=string.printable + "äß→"))
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(token.text for token in tokenize(text)) == text


@given(st.text(alphabet="A1B2:$!'\"()[]{}=<>^%+-*/.,; lambda if else for in not \n#x"))
def test_no_text_makes_analysis_fail(text: str) -> None:
    formula = analyse("=" + text, (3, 3))
    assert (formula.error is None) == (formula.code is not None)
