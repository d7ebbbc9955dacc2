#!/usr/bin/env bash
# Prepare everything `make demo` or `make test` needs: system libraries, a virtual environment, the packages.
# usage: tools/setup.sh demo|test      Quick when nothing is missing; says what it cannot install and goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?demo or test}
venv=.venv

say() { printf 'setup: %s\n' "$*" >&2; }

apt_install() {  # packages...: as root install them, else say what to install
    command -v apt-get >/dev/null || { say "please install: $*"; return 0; }
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo=sudo
        elif command -v sudo >/dev/null && [ -t 0 ]; then say "root is needed once, for: $*"; sudo=sudo
        else say "please install as root: apt-get install $*   (going on without)"; return 0; fi
    fi
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    ${sudo:-} apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    ${sudo:-} apt-get update -q >/dev/null 2>&1 || true
    ${sudo:-} apt-get install -y -q --no-install-recommends "$@" >/dev/null || say "could not install $* (going on without)"
}

find_python() {
    for python in python3.13 python3.12 python3.11 python3 python3.14; do
        command -v "$python" >/dev/null || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$python"; return; }
    done
    say "Python 3.11 or later is needed"; exit 1
}

has_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }

system_packages() {
    local missing=()
    has_library libpango-1.0.so && has_library libpangoft2-1.0.so && has_library libharfbuzz-subset.so \
        || missing+=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
    fc-list 2>/dev/null | grep -q DejaVu || missing+=(fontconfig fonts-dejavu-core)
    command -v git >/dev/null || missing+=(git ca-certificates)
    command -v bwrap >/dev/null || missing+=(bubblewrap)
    if [ "$what" = test ]; then
        local pair
        for pair in strace:strace unzip:unzip zip:zip 7z:p7zip-full bsdtar:libarchive-tools chromium:chromium \
            chromedriver:chromium-driver pdftoppm:poppler-utils ip:iproute2 ssh-keygen:openssh-client openssl:openssl \
            sbatch:slurm-wlm munged:munge runc:runc podman:podman docker-registry:docker-registry npm:npm xargs:findutils zsh:zsh fish:fish; do
            command -v "${pair%%:*}" >/dev/null || [ -x "/usr/sbin/${pair%%:*}" ] || missing+=("${pair#*:}")
        done
    fi
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

make_venv() {
    local python; python=$(find_python)
    [ -x $venv/bin/python ] && $venv/bin/python -c '' 2>/dev/null && return
    rm -rf $venv
    "$python" -m venv $venv >/dev/null 2>&1 && return
    rm -rf $venv
    local version; version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    apt_install "python$version-venv"
    "$python" -m venv $venv
}

stamp() { cat pyproject.toml tools/setup.sh | sha256sum | cut -c1-16; }

python_packages() {
    local mark; mark="$venv/.setup-$1-$(stamp)"
    [ -e "$mark" ] && return
    say "installing Python packages (once)"
    $venv/bin/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'
    $venv/bin/python -m pip install -q --disable-pip-version-check torch==2.13.0
    if [ "$1" = test ]; then
        $venv/bin/python -m pip install -q --disable-pip-version-check -e '.[pdf,torch,uv,ray,s3]' --group dev
        # An S3 server to publish to, apart: boto3, which it needs, and s3fs want different versions of one package.
        # Exact versions: left to choose, pip tries releases of boto3 one by one.
        $venv/bin/python -m venv $venv/moto
        $venv/moto/bin/python -m pip install -q --disable-pip-version-check 'moto[server]==5.2.5' boto3==1.44.8 botocore==1.44.8 \
            || say "could not install an S3 server: its test will skip"
    else
        $venv/bin/python -m pip install -q --disable-pip-version-check -e '.[pdf,torch,uv]' --group demo
    fi
    rm -f $venv/.setup-"$1"-*
    touch "$mark"
}

system_packages
make_venv
python_packages "$what"
if [ "$what" = test ] && [ -x tools/setup-node.sh ]; then tools/setup-node.sh || say "npm packages are missing: their tests will skip"; fi
