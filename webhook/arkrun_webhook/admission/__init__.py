"""What is decided about runs and teams, and how each refusal reads."""
