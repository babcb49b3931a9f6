"""Other places for data: a mounted folder, ROMFS, flash partitions."""
