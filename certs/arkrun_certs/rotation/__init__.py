"""Pure rules: the states in the Secrets, the next action, and the state after each action."""
