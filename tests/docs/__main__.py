"""`make generate` runs this: rewrite every generated table in place."""

import logging

import structlog

from docs.pages import write_all

if __name__ == "__main__":
    # The tables are built by provoking each message, which also logs it.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    write_all()
