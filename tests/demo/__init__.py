"""`make demo`: the story of one record, told by a real kube-apiserver."""
