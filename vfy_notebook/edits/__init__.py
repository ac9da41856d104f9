"""What an edited frame changes, cell by cell, checked; knows no HTTP."""
