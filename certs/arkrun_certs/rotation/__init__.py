"""Pure rules: what the Secrets hold, which action is next, and the state that an action leaves behind."""
