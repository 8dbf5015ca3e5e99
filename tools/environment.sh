#!/usr/bin/env bash
# Makes the Python environment in .venv and makes the checkout importable as the collection encvoy.sentry.
# Needs Python 3.11 or newer; uv is fetched by pip where it is missing. A second run takes no time.
set -euo pipefail
cd "$(dirname "$0")/.."
# make puts the environment first on PATH; what it is made from has to be outside of it.
PATH=${PATH//"$PWD/.venv/bin:"/}
python=${PYTHON:-python3}

fail() {
    echo "error: $*" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "no $python on PATH; install Python 3.11 or newer (Debian, Ubuntu: apt-get install python3)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; the sandbox needs Python 3.11 or newer (choose one with make PYTHON=python3.13 …)"

find_uv() {
    if command -v uv >/dev/null; then
        uv=$(command -v uv)
        return
    fi
    uv=.cache/uv/bin/uv
    [ -x "$uv" ] && return
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
            fail "neither uv nor pip is here; install one of them (Debian, Ubuntu: apt-get install python3-pip)"
        echo "Installing python3-pip, which fetches uv"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-pip >/dev/null
    fi
    # A folder of its own: the user's and the system's packages stay as they are (PEP 668 allows it everywhere).
    "$python" -m pip install --quiet --disable-pip-version-check --target .cache/uv uv
}

make_venv() {
    local wanted
    wanted="$PWD $("$python" -c 'import sys; print(sys.version)') $(cat requirements.txt requirements-dev.txt sandbox/encvoy_id/requirements.txt)"
    if [ -f .venv/.complete ] && [ "$(cat .venv/.complete)" = "$wanted" ]; then
        return
    fi
    find_uv
    rm -rf .venv
    "$uv" venv --quiet --python "$(command -v "$python")" .venv
    "$uv" pip install --quiet --python .venv/bin/python -r requirements-dev.txt
    echo "$wanted" >.venv/.complete
}

link_collection() {
    mkdir -p .ansible/collections/ansible_collections/encvoy
    ln -sfn ../../../.. .ansible/collections/ansible_collections/encvoy/sentry
}

make_venv
link_collection
