"""An Excel workbook of customers: written, read, and each cell understood."""
