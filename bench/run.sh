#!/usr/bin/env bash
# Installs the peers that are not there, then measures everything side by side. usage: run.sh [group or section...]
#        run.sh soak [minutes]: no peers
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" != soak ] || exec python3 bench/bench.py "$@"
mkdir -p build/bench/peer build/bench/store-peers

# need NAME FILE COMMAND...: FILE of build/bench says whether NAME is there. One that cannot be installed is left out, and
# its section says so.
need() {
    local name=$1 file=build/bench/$2
    shift 2
    [ ! -e "$file" ] || return 0
    echo "bench: installing $name" >&2
    "$@" || echo "bench: $name could not be installed: it is left out" >&2
}
npm_install() { (cd "build/bench/$1" && shift && npm install --silent --no-audit --no-fund --no-package-lock "$@"); }
pip_install() {
    local venv=build/bench/store-peers/venv
    { [ -x "$venv/bin/pip" ] || python3 -m venv "$venv"; } && "$venv/bin/pip" install -q "$@"
}
# The jars that its server's pom names, in a folder of their own.
maven_install() {
    local name=$1 coordinates pom=build/bench/store-peers/pom.xml
    IFS=: read -ra coordinates <<<"$2"
    cat >"$pom" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>peers</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>${coordinates[0]}</groupId><artifactId>${coordinates[1]}</artifactId><version>${coordinates[2]}</version>
  </dependency></dependencies>
</project>
POM
    # Named last, so that a download that was interrupted begins anew.
    mvn -q -B -f "$pom" dependency:copy-dependencies -DoutputDirectory="$name.part" &&
        mv "build/bench/store-peers/$name.part" "build/bench/store-peers/$name"
}

# Whether everything was asked for, or one of these groups and sections.
words=" $* "
asked() {
    local word
    [ "$words" != "  " ] || return 0
    for word in "$@"; do
        [[ $words != *" $word "* ]] || return 0
    done
    return 1
}

if asked functions peer; then
    need serverless-offline peer/node_modules/.bin/serverless npm_install peer serverless@3 serverless-offline@13
fi
if asked tables store; then
    need dynalite store-peers/node_modules/.bin/dynalite npm_install store-peers dynalite@4
    need Dynoxide store-peers/dynoxide/bin/dynoxide \
        cargo install --quiet dynoxide-rs --root build/bench/store-peers/dynoxide
fi
if asked tables store events queues; then
    need moto store-peers/venv/bin/moto_server pip_install 'moto[server,dynamodb]'
fi
if asked events queues; then
    need MiniStack store-peers/venv/bin/ministack pip_install ministack
    need ElasticMQ store-peers/elasticmq maven_install elasticmq org.elasticmq:elasticmq-server_2.13:1.6.12
fi
exec python3 bench/bench.py "$@"
