"""The API server as tests use it: namespaces, objects, the chart, and etcd behind it."""
