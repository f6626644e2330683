"""Edits of sealed runs in etcd, all of which must be detected, and lifecycles without false alarms."""
