"""Notices: kept once, shown each time."""

from __future__ import annotations

from app.notices import Notices
from app.status import MessagesView, StatusArea


def test_the_same_sentence_again_is_shown_again_but_listed_once(qtbot):
    notices = Notices()
    area = StatusArea(notices, lambda name: None, str)
    messages = MessagesView(notices)
    qtbot.addWidget(area)
    qtbot.addWidget(messages)
    notices.info("Saved A.")
    area.clear()
    notices.info("Saved A.")
    assert area._text.text() == "Saved A."
    assert messages.toPlainText().count("Saved A.") == 1
    assert len(notices.all) == 1
