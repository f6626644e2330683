"""The format of seals, test vectors, and a second verifier in Go."""
