"""pandas in and out: records become DataFrames here. Knows no HTTP."""
