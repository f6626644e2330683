"""The webhook measured beside its peers: `python -m bench`, with PYTHONPATH=tests.

Four servers with the same certificate, on one core, take the same reviews in turn: `null` (uvicorn
and an application that answers without looking: what this way of serving can reach at most), `ours`,
`go` (controller-runtime, typed) and `rust` (kube-rs on axum, typed). A look-up of a team costs each of
the last three the decoding of a GET's bytes and no network; what the API server adds is measured by
`python -m bench.cluster`.
"""
