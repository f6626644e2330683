"""The command line: inspect certificates and endpoints, and start a rotation by hand."""
