"""What a DataFrame of customers tells beside its values, in `attrs`.

pandas hands `attrs` on to copies and parts of a frame, and to Parquet and back.
"""

#: When the fetch began, in milliseconds by the server's clock.
FETCHED_AT_MS = "fetched_at_ms"

#: Whether the frame has all metadata of its customers, as it is.
METADATA_IS_WHOLE = "metadata_is_whole"

#: What its customers' columns could not hold: JSON of raw JSON, by customer and column.
ODD_VALUES = "odd_values"
