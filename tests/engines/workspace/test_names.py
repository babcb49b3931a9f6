"""Names of documents are names of files in the project's folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.names import LONGEST, check_name, made_fit


@pytest.mark.parametrize(
    "name", ["Motion", "My sheet 2", "a-b_c", "Größe", "加速度", "v1.2", "Temp (°C)", "Con fuoco"]
)
def test_names_of_documents(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("../../evil", "has a /"),
        ("a/b", "has a /"),
        ("a\\b", r"has a \\"),
        ("a:b", "has a :"),
        ("x\n y", "cannot be seen"),
        ("a\ud800", "cannot be seen"),
        ("..", "a space or a dot"),
        (".hidden", "a space or a dot"),
        ("end ", "a space or a dot"),
        ("CON", "device on Windows"),
        ("nul.x", "device on Windows"),
        ("x" * (LONGEST + 1), "longer than 200 bytes"),
        ("å" * (LONGEST // 2 + 1), "longer than 200 bytes"),
    ],
)
def test_what_cannot_be_a_files_name_is_refused_with_the_reason(name, why):
    with pytest.raises(ValueError, match=f"cannot be a document's name: .*{why}"):
        check_name(name)


@given(st.text(st.characters()))
def test_any_title_is_made_fit(title):
    assert check_name(made_fit(title))


@given(st.text("ab c", min_size=1).map(str.strip).filter(bool))
def test_a_fit_title_stays(title):
    assert made_fit(" ".join(title.split())) == " ".join(title.split())
