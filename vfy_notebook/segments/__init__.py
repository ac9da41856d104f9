"""From a selection of customers to a segment at Voucherify, and back to none."""
