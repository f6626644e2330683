"""The rendering of results: terminal, live table, HTML page, SARIF, JSON and YAML."""
