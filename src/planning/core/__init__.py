"""The ground under every room: periods, accounts, tables, metrics, checks, money, errors. No I/O."""
