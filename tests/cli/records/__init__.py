"""What commands print of records: the graph, tables, pages, damaged ones."""
