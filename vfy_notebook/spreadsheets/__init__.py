"""Customers as Excel workbooks and CSV files, made for editing, and back into their own types."""
