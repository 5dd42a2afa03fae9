#!/usr/bin/env bash
# Builds AWS's own runtime interface clients into DIR/{node,cpp,python,go,rust}. usage: prepare_runtimes.sh DIR
# Each is built once: its stamp names the sources, versions and tools it came from. A client whose tools
# this machine lacks is left out with a message, and its tests are skipped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
runtimes=$here/runtimes
jobs=2

# AWS's Node client: its package brings the sources of curl and of aws-lambda-cpp, its scripts build
# them. They are run by hand, to keep what they built (for C++) before they clean up.
make_node() {
    local headers
    headers=$(node -p 'require("path").resolve(process.execPath, "../..")')
    if [ -f "$headers/include/node/node.h" ]; then # else node-gyp would download them
        export npm_config_nodedir=$headers
    fi
    export OMP_NUM_THREADS=$jobs # how nproc, and so the scripts' make, learns of it
    rm -rf node_modules "$dir/cpp/artifacts" &&
        cp "$runtimes/node/package.json" . &&
        npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts &&
        cd node_modules/aws-lambda-ric &&
        CFLAGS=-O1 ./scripts/preinstall.sh &&
        mkdir -p "$dir/cpp" &&
        cp -a deps/artifacts "$dir/cpp/artifacts" &&
        ./scripts/postinstall.sh
}

make_cpp() {
    g++ -O1 -std=c++11 -o bootstrap "$runtimes/cpp/main.cpp" -Iartifacts/include \
        artifacts/lib/libaws-lambda-runtime.a artifacts/lib/libcurl.a -pthread
}

make_python() {
    rm -rf venv &&
        python3 -m venv venv &&
        venv/bin/pip install -q --disable-pip-version-check -r "$runtimes/python/requirements.txt"
}

make_go() {
    cd "$runtimes/go" &&
        CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -p "$jobs" -tags lambda.norpc -o "$dir/go/bootstrap" .
}

make_rust() {
    CARGO_TARGET_DIR=$dir/rust/target cargo build -q -j "$jobs" --locked --manifest-path "$runtimes/rust/Cargo.toml" &&
        cp target/debug/bootstrap .
}

# prepare NAME SOURCES VERSION-COMMAND TOOL...: sources below runtimes/NAME, and what tells the tools' version
prepare() {
    local name=$1 sources=$2 version=$3 tool stamp
    shift 3
    for tool in "$@"; do
        command -v "$tool" >/dev/null || {
            echo "e2e: no $tool here, so AWS's $name client is left out" >&2
            return 0
        }
    done
    mkdir -p "$dir/$name"
    stamp=$( (declare -f "make_$name"; $version; cd "$runtimes/$name"; cat $sources) | sha256sum)
    [ "$(cat "$dir/$name/stamp" 2>/dev/null)" = "$stamp" ] && return 0
    rm -f "$dir/$name/stamp"
    echo "e2e: building AWS's $name client" >&2
    (cd "$dir/$name" && "make_$name") >"$dir/$name.log" 2>&1 || {
        tail -40 "$dir/$name.log" >&2
        echo "e2e: AWS's $name client could not be built: $dir/$name.log" >&2
        return 1
    }
    echo "$stamp" >"$dir/$name/stamp"
}

# At least VERSION of what a command prints? Debian's cargo, for one, is too old for today's crates.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1)" = "$2" ]
}

prepare_node_and_cpp() {
    prepare node package.json 'node --version' node npm cmake make g++ python3 xz || return
    if [ -f "$dir/node/stamp" ]; then
        prepare cpp main.cpp "cat $dir/node/stamp" g++
    fi
}

prepare_others() {
    prepare python requirements.txt 'python3 --version' python3 || return
    prepare go 'go.mod go.sum main.go' 'go version' go || return
    if command -v cargo >/dev/null && ! at_least "$(cargo --version | cut -d' ' -f2)" 1.84; then
        echo "e2e: cargo is older than 1.84, so AWS's rust client is left out" >&2
    else
        prepare rust 'Cargo.toml Cargo.lock src/main.rs' 'cargo --version' cargo
    fi
}

# Two lanes: configure and the linkers leave a core idle.
prepare_node_and_cpp &
node_lane=$!
prepare_others || { wait $node_lane || true; exit 1; }
wait $node_lane
