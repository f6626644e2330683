"""What a team's spec must keep to beyond its schema; pure functions of decoded JSON."""
