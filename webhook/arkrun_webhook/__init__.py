"""The admission webhook that stamps ArkRuns and keeps their records immutable."""
