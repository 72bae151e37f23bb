#!/bin/sh
# Print the path of uv: the one on PATH, else the locked one, fetched by pip into .tools/.
set -eu
cd "$(dirname "$0")/.."

if command -v uv; then
    exit 0
fi
if ! cmp -s requirements/uv.txt .tools/uv.txt; then
    rm -rf .tools
    # A version manager's python3 may refuse to start for want of the version in .python-version; the system's will do.
    for python in python3 /usr/bin/python3; do
        "$python" -m pip --version >/dev/null 2>&1 && break
    done
    PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
        --target .tools -r requirements/uv.txt >&2
    cp requirements/uv.txt .tools/uv.txt
fi
echo "$PWD/.tools/bin/uv"
