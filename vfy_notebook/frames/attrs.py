"""The keys of a customers' DataFrame in `attrs`.

pandas copies `attrs` to copies and parts of a frame, and to Parquet and back.
"""

#: Whether the frame has all metadata of its customers, as it is.
METADATA_IS_WHOLE = "metadata_is_whole"

#: Whether the frame was read from a file, where "" and a missing cell are the same.
FROM_A_FILE = "vfy_from_a_file"

#: The columns whose cells were masked for showing, as a list of names: none of them is an edit.
MASKED = "vfy_masked"
#: What its customers' columns could not hold: JSON of raw JSON, by customer and column.
ODD_VALUES = "odd_values"
