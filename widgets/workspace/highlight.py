"""Syntax colours: Pygments run line by line, so that an edit costs only the lines whose meaning changes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QFont,
    QPalette,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from widgets.workspace.text import is_dark

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

NOT_CODE = QTextFormat.Property.UserProperty + 1
"""Set on strings and comments: brackets in them do not count."""

# Token name to colour on light and on dark, and whether it is bold. The longest name that fits wins.
STYLE: dict[str, tuple[str, str, bool]] = {
    "Keyword": ("#7a3e9d", "#c792ea", False),
    "Keyword.Constant": ("#9c5d27", "#f0a875", False),
    "Operator.Word": ("#7a3e9d", "#c792ea", False),
    "Literal.String": ("#3f7d20", "#a5d08a", False),
    "Literal.String.Interpol": ("#9c5d27", "#f0a875", False),
    "Literal.String.Escape": ("#9c5d27", "#f0a875", False),
    "Literal.Number": ("#9c5d27", "#f0a875", False),
    "Comment": ("#767676", "#8b949e", False),
    "Name.Function": ("#1f5fa8", "#82b1ff", False),
    "Name.Class": ("#1f5fa8", "#82b1ff", True),
    "Name.Builtin": ("#0b7a75", "#6ccfc4", False),
    "Name.Exception": ("#0b7a75", "#6ccfc4", False),
    "Name.Decorator": ("#7a3e9d", "#c792ea", False),
    "Name.Tag": ("#1f5fa8", "#82b1ff", False),
    "Name.Attribute": ("#0b7a75", "#6ccfc4", False),
    "Generic.Heading": ("#1f5fa8", "#82b1ff", True),
    "Generic.Subheading": ("#1f5fa8", "#82b1ff", True),
    "Generic.Strong": ("", "", True),
}


class SyntaxHighlighter(QSyntaxHighlighter):
    """Colours a document. ``language`` is a Pygments name ("python", "markdown"); others stay plain."""

    def __init__(self, document: QTextDocument, language: str, palette: QPalette) -> None:
        super().__init__(document)
        self._lexer = line_lexer(language)
        self._dark = is_dark(palette)
        self._states: dict[tuple[str, ...], int] = {("root",): 0}
        self._stacks: list[tuple[str, ...]] = [("root",)]

    def set_language(self, language: str) -> None:
        self._lexer = line_lexer(language)
        self.rehighlight()

    def set_palette(self, palette: QPalette) -> None:
        """Use the colours for the palette's brightness."""
        if is_dark(palette) != self._dark:
            self._dark = not self._dark
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        from pygments.lexer import LexerContext

        if self._lexer is None:
            return
        stack = self._stacks[max(0, self.previousBlockState())]
        context = LexerContext(text + "\n", 0, list(stack))
        wide = not text.isascii()
        for start, token, value in self._lexer.get_tokens_unprocessed(context=context):
            style = text_format(token, self._dark)
            if style is None:
                continue
            if wide:
                before = len(text[:start].encode("utf-16-le")) // 2
                self.setFormat(before, len(value.encode("utf-16-le", "surrogatepass")) // 2, style)
            else:
                self.setFormat(start, len(value), style)
        self.setCurrentBlockState(self._state(tuple(context.stack)))

    def _state(self, stack: tuple[str, ...]) -> int:
        """Qt keeps a number per line: which multi-line construct is open at its end."""
        if stack not in self._states:
            self._states[stack] = len(self._stacks)
            self._stacks.append(stack)
        return self._states[stack]


@lru_cache(maxsize=16)
def line_lexer(language: str) -> Lexer | None:
    """A Pygments lexer that takes its state with it from line to line."""
    from pygments.lexer import ExtendedRegexLexer, RegexLexer
    from pygments.lexers import find_lexer_class_by_name
    from pygments.util import ClassNotFound

    if language == "markdown":
        return _markdown_lexer()
    try:
        kind = find_lexer_class_by_name(language)
    except ClassNotFound:
        return None
    if not issubclass(kind, RegexLexer):
        return None
    return type(f"Line{kind.__name__}", (ExtendedRegexLexer, kind), {})()


def _markdown_lexer() -> Lexer:
    """Pygments' own calls back without a context and looks over several lines; editing needs only this."""
    from pygments.lexer import ExtendedRegexLexer
    from pygments.token import Generic, Keyword, Name, String, Text

    rules = {
        "root": [
            (r"#{1,6} .*\n", Generic.Heading),
            (r"(```|~~~).*\n", String.Backtick, "fence"),
            (r"\s*([-*+]|\d+\.) ", Keyword),
            (r"\*\*[^*\n]+\*\*", Generic.Strong),
            (r"`[^`\n]+`", String.Backtick),
            (r"\$[^$\n]+\$", String.Other),
            (r"!?\[[^]\n]*\]\([^)\n]*\)", Name.Tag),
            (r"[^#`~*$!\[\n]+", Text),
            (r".|\n", Text),
        ],
        "fence": [(r"(```|~~~)\s*\n", String.Backtick, "#pop"), (r".*\n", String.Backtick)],
    }
    return type("LineMarkdownLexer", (ExtendedRegexLexer,), {"tokens": rules})()


@lru_cache(maxsize=512)
def text_format(token: _TokenType, dark: bool) -> QTextCharFormat | None:
    """How a token looks, or None for plain text."""
    name = str(token).removeprefix("Token.")
    not_code = name.startswith(("Literal.String", "Comment"))
    while name and name not in STYLE:
        name = name.rpartition(".")[0]
    if not name:
        return None
    on_light, on_dark, bold = STYLE[name]
    style = QTextCharFormat()
    if on_light:
        style.setForeground(QColor(on_dark if dark else on_light))
    if bold:
        style.setFontWeight(QFont.Weight.Bold)
    if not_code:
        style.setProperty(NOT_CODE, True)
    return style


def highlighted_html(source: str, language: str, dark: bool) -> str:
    """Source as HTML with coloured spans, for code inside markdown; empty when the language is unknown."""
    import html

    from pygments.lexer import LexerContext

    lexer = line_lexer(language)
    if lexer is None:
        return ""
    parts = []
    for _, token, value in lexer.get_tokens_unprocessed(context=LexerContext(source, 0, ["root"])):
        style = text_format(token, dark)
        text = html.escape(value)
        if style is None:
            parts.append(text)
        else:
            weight = ";font-weight:600" if style.fontWeight() > QFont.Weight.Normal else ""
            parts.append(f'<span style="color:{style.foreground().color().name()}{weight}">{text}</span>')
    return "".join(parts)
