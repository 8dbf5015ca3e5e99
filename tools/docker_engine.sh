#!/usr/bin/env bash
# Sees to it that a Docker Engine answers: the one that runs, else Debian's or Ubuntu's docker.io when root.
set -euo pipefail

fail() {
    echo "error: $*" >&2
    exit 1
}

answers() {
    docker info >/dev/null 2>&1
}

wait_for_engine() {
    for _ in $(seq 60); do
        answers && return
        sleep 0.5
    done
    fail "Docker Engine was started and did not answer within 30 seconds; its log: ${1:-journalctl -u docker}"
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        echo "Starting Docker Engine (systemctl start docker)"
        systemctl start docker
        wait_for_engine
    else
        echo "Starting Docker Engine (dockerd, log in /var/log/dockerd.log)"
        # Left behind where a machine was switched off, and of processes that are others by now.
        rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
        nohup dockerd >/var/log/dockerd.log 2>&1 </dev/null &
        wait_for_engine /var/log/dockerd.log
    fi
}

install_engine() {
    echo "Installing Docker Engine (docker.io from the distribution)"
    local packages=(docker.io)
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # Since Debian 13 the client is a package of its own.
    [ -n "$(apt-cache search --names-only '^docker-cli$')" ] && packages+=(docker-cli)
    apt-get install -y -qq "${packages[@]}" >/dev/null
}

if answers; then
    echo "Docker Engine $(docker version --format '{{.Server.Version}}') is running"
    exit
fi
if [ "$(id -u)" != 0 ]; then
    command -v docker >/dev/null ||
        fail "Docker Engine is missing; install it (Debian, Ubuntu: sudo apt-get install docker.io) and let $(id -un) use it (sudo usermod -aG docker $(id -un), then log in again)"
    fail "Docker Engine does not answer $(id -un): start it (sudo systemctl start docker), or join the group docker (sudo usermod -aG docker $(id -un), then log in again)"
fi
if ! command -v dockerd >/dev/null; then
    command -v apt-get >/dev/null ||
        fail "Docker Engine is missing and this is neither Debian nor Ubuntu; install Docker Engine 20.10 or newer and start it, then run this again"
    install_engine
fi
start_engine
echo "Docker Engine $(docker version --format '{{.Server.Version}}') is running"
