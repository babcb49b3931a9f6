"""What a terminal of the board needs: its text, what is typed, earlier lines, a log."""
