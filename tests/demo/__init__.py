"""`make demo`: the life of one record, on a real kube-apiserver."""
