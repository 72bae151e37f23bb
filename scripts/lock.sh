#!/bin/sh
# Write requirements/ anew: newest versions that pyproject.toml allows, for every platform, with hashes and no host.
set -eu
cd "$(dirname "$0")/.."
uv=$(scripts/uv.sh)

compile() {
    "$uv" pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
        --custom-compile-command 'make lock' "$@"
}
compile pyproject.toml api/pyproject.toml --extra otel --group pyproject.toml:dev --group api/pyproject.toml:test \
    --no-emit-package emergence-stats --python-version 3.12 --output-file requirements/dev.txt
# What a server needs, in the same versions: for the image.
compile api/pyproject.toml --extra otel --no-emit-package emergence-stats --constraints requirements/dev.txt \
    --python-version 3.12 --output-file requirements/service.txt
# Installed on top of the former, so no version of it may move.
compile --group pyproject.toml:peers --constraints requirements/dev.txt --python-version 3.12 --output-file requirements/peers.txt
compile --group pyproject.toml:setup --python-version 3.8 --output-file requirements/uv.txt # pip may run on an old Python
