"""Frames and files: Parquet parts, and the CSV files of exports."""
