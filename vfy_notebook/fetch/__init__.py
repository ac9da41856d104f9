"""From the API to DataFrames: each module reads one kind of thing completely."""
