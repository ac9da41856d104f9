"""From an edited DataFrame to changed customers: edits, plan, journal, report, undo."""
