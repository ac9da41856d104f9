"""Changes of many customers, column by column: Python objects are made only for what is shown."""
