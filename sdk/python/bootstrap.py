"""The Lambda runtime client for python3.* functions: `python3 bootstrap.py`, in Lambda's environment.

SLS_SPARE=1: boot without a function, ask the platform for one and become it (sls_runtime.spare).
"""

import sys

# Our folder goes behind everything a function may import; our modules are all named sls_*.
if sys.path and sys.path[0] == __file__.rpartition("/")[0]:
    sys.path.append(sys.path.pop(0))

import sls_runtime  # noqa: E402

sls_runtime.main()
