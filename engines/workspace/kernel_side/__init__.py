"""What runs inside the kernel process."""

STREAMS_VARIABLE = "DIRIGENT_STREAMS"
"""The environment variable by which the app tells its kernel where the stream rings lie."""
