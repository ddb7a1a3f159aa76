#!/usr/bin/env bash
# Installs what a command needs, and nothing that is there already: system packages by apt, Python
# packages by pip into .venv from the hash-locked list, browser assets by npm. Safe to repeat and to
# interrupt. Usage: scripts/setup.sh demo|test
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    die "root is needed for: $* (run as root, or install sudo)"
  fi
}

install_missing_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || die "please install these packages: ${missing[*]}"
  say "Installing system packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

find_python() {
  for candidate in python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "Python 3.11 or newer is needed"
}

install_python_packages() {
  local stamp=.venv/.installed wanted
  wanted=$(cat requirements.lock pyproject.toml | sha256sum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
  local python
  python=$(find_python)
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then install_missing_packages python3-venv; fi
  say "Installing Python packages into .venv (hash-checked; about 400 MB the first time)"
  "$python" -m venv .venv # also mends one whose making was interrupted
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  printf '%s' "$wanted" >"$stamp"
}

install_browser_assets() {
  local stamp=app/console/static/vendor/.installed wanted
  wanted=$(sha256sum <package-lock.json)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
  command -v npm >/dev/null || install_missing_packages nodejs npm
  say "Installing the console's style sheet and scripts by npm"
  npm ci --silent --no-audit --no-fund --ignore-scripts
  .venv/bin/python scripts/assets.py
  printf '%s' "$wanted" >"$stamp"
}

DEMO_PACKAGES=(libchromaprint1 fluidsynth timgm6mb-soundfont)
TEST_PACKAGES=("${DEMO_PACKAGES[@]}" postgresql chromium ffmpeg sox)

case "${1:-}" in
  demo) install_missing_packages "${DEMO_PACKAGES[@]}" ;;
  test) install_missing_packages "${TEST_PACKAGES[@]}" ;;
  *) die "say what for: demo or test" ;;
esac
install_python_packages
install_browser_assets
