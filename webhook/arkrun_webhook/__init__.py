"""The admission webhook that stamps and proves ArkRun records."""

from arkrun_webhook.deferred import defer

defer("kubernetes")
