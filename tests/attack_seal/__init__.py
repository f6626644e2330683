"""Edits of sealed runs directly in etcd, all of which must be found, and lifecycles without a false alarm."""
