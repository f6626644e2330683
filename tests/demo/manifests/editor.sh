#!/bin/sh
# The editor for `kubectl edit`: changes a number; when it is reopened with the API server's refusal at the top,
# prints that and leaves the file unchanged, which ends the edit.
if grep '^# .*Forbidden' "$1"; then
  exit 0
fi
sed -i 's/maxTokensPerCall: 8000/maxTokensPerCall: 99/' "$1"
