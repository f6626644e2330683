"""`make generate` runs this: rewrite every generated table in place."""

import logging

import structlog

from docs.pages import write_all

if __name__ == "__main__":
    # The messages are had by provoking them, and what is logged then is not the reader's concern.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    write_all()
