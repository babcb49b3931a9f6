"""What `make bench` measures, each number beside a peer's in the same run."""
