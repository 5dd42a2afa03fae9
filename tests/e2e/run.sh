#!/bin/sh
# usage: run.sh E2E_DIR test_x.py
if [ ! -x "$1/venv/bin/python" ]; then
    echo "the clients are not there: ./dev test installs them"
    exit 77
fi
# Not below /tmp: a sandbox has a /tmp of its own, except where its code lies there.
mkdir -p "$1-tmp"
unset PYTHONDONTWRITEBYTECODE # into E2E_DIR, not beside the tests
E2E_DIR=$1 PYTEST_DEBUG_TEMPROOT=$1-tmp NODE_PATH=$1/node_modules AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null \
    AWS_SHARED_CREDENTIALS_FILE=/dev/null PYTHONPYCACHEPREFIX=$1/pycache PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 \
    exec "$1/venv/bin/python" -m pytest -q -rs -p no:cacheprovider --tb=short "$2"
