"""How results are written: terminal, live table, HTML page, SARIF, JSON and YAML."""
