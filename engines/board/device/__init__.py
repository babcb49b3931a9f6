"""What a board tells about itself: facts, memory, pins, variables."""
