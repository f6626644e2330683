module example.org/arkrun-verifier

go 1.22
