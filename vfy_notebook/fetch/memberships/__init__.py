"""Who is in which segment, by the route that takes fewer calls."""
