"""What the keys of a code editor do to the text: indentation, comments, brackets."""

from __future__ import annotations

import re

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from widgets.workspace.highlight import NOT_CODE

INDENT = 4
OPENING, CLOSING = "([{", ")]}"
SCAN_LIMIT = 20_000  # characters looked at for the other bracket


def leading_spaces(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def next_indent(before: str) -> str:
    """The indentation of the line that Enter begins, from the part of the line before the cursor."""
    indent = leading_spaces(before)
    code = re.sub(r"#.*", "", before).rstrip()
    if code.endswith((":", *OPENING)):
        return indent + " " * INDENT
    if re.fullmatch(r"\s*(return|pass|break|continue|raise)\b.*", code):
        return indent[:-INDENT] if len(indent) >= INDENT else ""
    return indent


def break_line(cursor: QTextCursor) -> None:
    """Enter: a new line, indented as Python wants it."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    cursor.insertText("\n" + next_indent(before))


def selected_blocks(cursor: QTextCursor) -> list[QTextBlock]:
    """The lines that the selection touches; a line of which only its beginning is reached does not count."""
    document = cursor.document()
    block = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd())
    if last != block and cursor.selectionEnd() == last.position():
        last = last.previous()
    blocks = [block]
    while block != last:
        block = block.next()
        blocks.append(block)
    return blocks


def indent(cursor: QTextCursor) -> None:
    """Tab: to the next stop; with a selection of several lines, all of them."""
    if not _several_lines(cursor):
        cursor.insertText(" " * (INDENT - cursor.positionInBlock() % INDENT))
        return
    cursor.beginEditBlock()
    for block in selected_blocks(cursor):
        if block.text().strip():
            QTextCursor(block).insertText(" " * INDENT)
    cursor.endEditBlock()


def dedent(cursor: QTextCursor) -> None:
    """Shift+Tab: up to one stop less, for every selected line."""
    cursor.beginEditBlock()
    for block in selected_blocks(cursor):
        spaces = len(leading_spaces(block.text()))
        _delete(QTextCursor(block), min(spaces, (spaces - 1) % INDENT + 1))
    cursor.endEditBlock()


def toggle_comment(cursor: QTextCursor, sign: str = "#") -> None:
    """Comment the selected lines out, or in when all of them are comments."""
    blocks = [block for block in selected_blocks(cursor) if block.text().strip()]
    if not blocks:
        return
    column = min(len(leading_spaces(block.text())) for block in blocks)
    commented = all(block.text().lstrip().startswith(sign) for block in blocks)
    cursor.beginEditBlock()
    for block in blocks:
        edit = QTextCursor(block)
        if commented:
            start = block.text().index(sign)
            edit.setPosition(block.position() + start)
            _delete(edit, len(sign) + (block.text()[start + len(sign) :].startswith(" ")))
        else:
            edit.setPosition(block.position() + column)
            edit.insertText(f"{sign} ")
    cursor.endEditBlock()


def erase_indent(cursor: QTextCursor) -> bool:
    """Backspace inside the indentation goes back one stop; whether it did."""
    column = cursor.positionInBlock()
    before = cursor.block().text()[:column]
    if cursor.hasSelection() or not before or before.strip(" "):
        return False
    for _ in range((column - 1) % INDENT + 1):
        cursor.deletePreviousChar()
    return True


def smart_home(cursor: QTextCursor, mode: QTextCursor.MoveMode) -> None:
    """Home: to the first character that is no space, or to column 0 when there already."""
    block = cursor.block()
    first = len(leading_spaces(block.text()))
    cursor.setPosition(block.position() + (0 if cursor.positionInBlock() == first else first), mode)


def matching_brackets(document: QTextDocument, position: int) -> tuple[int, int] | None:
    """The bracket beside the cursor and its partner, as positions; None when there is none."""
    for place in (position - 1, position):
        sign = document.characterAt(place) if place >= 0 else ""
        if sign and sign in OPENING + CLOSING and is_code(document, place):
            partner = _partner(document, place, sign)
            return None if partner is None else (place, partner)
    return None


def is_code(document: QTextDocument, position: int) -> bool:
    """Whether a position is outside strings and comments, as the highlighter saw it."""
    block = document.findBlock(position)
    column = position - block.position()
    return not any(
        span.start <= column < span.start + span.length and span.format.hasProperty(NOT_CODE)
        for span in block.layout().formats()
    )


def _partner(document: QTextDocument, place: int, sign: str) -> int | None:
    forward = sign in OPENING
    kinds = OPENING if forward else CLOSING
    other = (CLOSING if forward else OPENING)[kinds.index(sign)]
    text = document.toRawText()
    places = range(place + 1, min(len(text), place + SCAN_LIMIT))
    depth = 0
    for index in places if forward else range(place - 1, max(-1, place - SCAN_LIMIT), -1):
        if text[index] not in (sign, other) or not is_code(document, index):
            continue
        if text[index] == other and depth == 0:
            return index
        depth += 1 if text[index] == sign else -1
    return None


def _several_lines(cursor: QTextCursor) -> bool:
    document = cursor.document()
    return document.findBlock(cursor.selectionStart()) != document.findBlock(cursor.selectionEnd())


def _delete(cursor: QTextCursor, characters: int) -> None:
    cursor.setPosition(cursor.position() + characters, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
