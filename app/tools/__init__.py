"""Each tool's link to the rest: its documents, the kernel, the graph and what the other tools changed."""
