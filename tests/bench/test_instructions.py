"""Whose instructions callgrind has counted is read out of its file."""

from bench.instructions import by_library

WRITTEN = """\
events: Ir

fl=(1) Python/ceval.c
ob=(1) /usr/bin/python3.11
fn=(1) _PyEval_EvalFrameDefault
10 5
+2 7
cob=(2) /venv/site-packages/msgspec/_core.cpython-311-x86_64-linux-gnu.so
cfn=(2) json_decode
calls=1 40
* 900
11 1

ob=(2)
fn=(2)
40 890
cob=(3) /usr/lib/x86_64-linux-gnu/libc.so.6
cfn=(3) memcpy
calls=2 7
* 10

ob=(3)
fn=(3)
7 10

ob=(4) /usr/lib/x86_64-linux-gnu/libm.so.6
fn=(4) floor
1 3
"""


def test_each_line_of_cost_counts_once_for_its_own_object() -> None:
    """What was called is counted where it is, not once more where it was called from."""
    assert by_library(WRITTEN.splitlines(keepends=True)) == {
        "the interpreter": 13,
        "msgspec": 890,
        "httptools": 0,
        "uvloop": 0,
        "libc": 10,
        "others": 3,
    }
