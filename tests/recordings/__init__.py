"""The writes of the family's operator, recorded at an API server with the operator's own CRDs.

A folder for each version of the operator, a file for each run: `team` (spec as stored), `by` (who created
the run), `create` (metadata and spec as sent), and `writes` in order: metadata patches (`body`),
updates of the run (`spec`, `metadata`) and status writes (`status`). Texts of conditions and messages are
masked; repeated finalizer patches and equal status writes are left out.
"""

from recordings.recording import RECORDINGS, Recording
from recordings.replay import OPERATOR, OPERATOR_ACCOUNT, Replay

__all__ = ["OPERATOR", "OPERATOR_ACCOUNT", "RECORDINGS", "Recording", "Replay"]
