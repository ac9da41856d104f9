"""How two sets of customers differ, column by column."""
