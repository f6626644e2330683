"""Access to the cluster: Secrets, webhook configurations, and the loop that watches and reconciles them."""
