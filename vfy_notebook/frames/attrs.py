"""What a DataFrame of customers tells beside its values, in `attrs`.

pandas hands `attrs` on to copies and parts of a frame, and to Parquet and back.
"""

#: Whether the frame has all metadata of its customers, as it is.
METADATA_IS_WHOLE = "metadata_is_whole"
