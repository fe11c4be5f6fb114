"""Places on earth: datums at the edge, WGS-84 and H3 cells inside."""
