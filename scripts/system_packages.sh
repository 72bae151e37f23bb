#!/bin/sh
# Install what some tests need beside Python: Chromium for the pages, PostgreSQL for the service. Debian's packages, as root.
set -eu

wanted=
command -v chromium >/dev/null || wanted="$wanted chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
command -v ps >/dev/null || wanted="$wanted procps"
command -v runuser >/dev/null || wanted="$wanted util-linux"
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "system packages are missing:$wanted (the tests that need them will say so)" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# PostgreSQL's package would start a server of its own; the tests start theirs.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
# shellcheck disable=SC2086 # one word a package
apt-get install -qq -y --no-install-recommends $wanted >/dev/null
