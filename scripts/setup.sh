#!/bin/sh
# Make .venv with the project and all that its checks need. Called by `make setup`; needs a python3 with pip, no more.
set -eu
cd "$(dirname "$0")/.."
unset VIRTUAL_ENV

# The Python that .python-version names, else any that the project supports; on PATH or kept by pyenv.
# Builds of Python are not downloaded unless the caller says so.
export UV_PYTHON_DOWNLOADS="${UV_PYTHON_DOWNLOADS:-never}"
for folder in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin; do
    PATH="$PATH:$folder"
done
uv=$(scripts/uv.sh)
wanted=$(cat .python-version)
for version in "$wanted" '>=3.12'; do
    if python=$("$uv" python find --quiet --no-project --system "$version" 2>/dev/null); then
        break
    fi
    python=$wanted
done
if ! "$uv" venv --quiet --clear --no-project --python "$python" .venv; then
    echo "setup: expected Python $wanted, or any from 3.12 on, on PATH or among pyenv's versions." >&2
    echo "setup: install one, or let uv download it: UV_PYTHON_DOWNLOADS=automatic make setup" >&2
    exit 1
fi

# To compile one file may take minutes on a busy machine: uv would give up after one.
export UV_COMPILE_BYTECODE_TIMEOUT="${UV_COMPILE_BYTECODE_TIMEOUT:-900}"

# Exactly the locked packages, byte-compiled so that the first start is as fast as the second; then the project in place.
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode requirements/dev.txt
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable . --editable ./api
