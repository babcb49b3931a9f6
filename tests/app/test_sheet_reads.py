"""Which cells of sheets a notebook cell reads."""

from __future__ import annotations

import pytest

from app.expression_reads import sheet_reads
from engines.workspace.graph import Region

DATA, OUT = Region("Data", 1, 1, None, None), Region("Out", 1, 1, None, None)


@pytest.mark.parametrize(
    ("code", "regions"),
    [
        ("total = sheets['Data']['A1'].value", {Region("Data", 1, 1, 1, 1)}),
        ("sum(sheets['Data']['A1:B9'])", {Region("Data", 1, 1, 2, 9)}),
        ("data = sheets['Data']", {DATA}),
        ("sheets['Data'].bounds", {DATA}),
        ("[sheets[name]['A1'].value for name in names]", {DATA, OUT}),
        ("sheet['A1'].value", {DATA, OUT}),
        ("f(sheets)", {DATA, OUT}),
        ("%time sheets['Data']['A1']", {DATA, OUT}),
        ("sheets['Out']['A1'] = sheets['Data']['A1'].value", {Region("Data", 1, 1, 1, 1)}),
        ("sheets['Out']['A1'] = 3", set()),
        ("sheet['A1'] = sheet.B1 = gain", set()),
        ("sheets['Out'][sheets['Data']['A1'].value] = 3", {Region("Data", 1, 1, 1, 1)}),
        ("sheets['Out'].sort('A1:A9'); sheets['Out'].recalculate()", set()),
        ("sheets.new('More')", set()),
        ("gain = 2", set()),
    ],
)
def test_cells_that_are_read_and_not_those_that_are_only_written(code, regions):
    assert sheet_reads(code, ["Data", "Out"]) == regions
