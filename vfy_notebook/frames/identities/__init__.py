"""Who a row is about: ids and names in frames of any shape."""
