"""The byte stream to a board: ports, sockets, processes; what is behind them and what goes wrong."""
