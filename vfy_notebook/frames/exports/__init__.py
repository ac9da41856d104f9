"""The CSV files of exports: read in pieces, columns found, cells typed. Knows no HTTP."""
