#!/bin/sh
# Plays the person at `kubectl edit`: changes a number; when the file comes back with the API server's
# answer on top, reads it out and leaves the file as it is, which ends the edit.
if grep '^# .*Forbidden' "$1"; then
  exit 0
fi
sed -i 's/maxTokensPerCall: 8000/maxTokensPerCall: 99/' "$1"
