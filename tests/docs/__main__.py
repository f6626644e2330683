"""`make generate` runs this: rewrite every generated table in place."""

import logging

import structlog

from docs.pages import write_all

if __name__ == "__main__":
    # Building the tables provokes each message, which is also logged.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    write_all()
