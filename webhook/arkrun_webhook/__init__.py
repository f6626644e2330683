"""The admission webhook that stamps and proves ArkRun records."""
