"""Other people's lists, read row by row into the rows that the registries take."""
