def side(x, y):
    """Which side is lower: 0 to 3 for right, far, left and near; None when the board lies level."""
    if abs(x) < 0.15 and abs(y) < 0.15:
        return None
    if abs(x) >= abs(y):
        return 0 if x > 0 else 2
    return 1 if y > 0 else 3
