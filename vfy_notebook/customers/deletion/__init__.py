"""Deleting customers: plan, run, report, receipts."""
