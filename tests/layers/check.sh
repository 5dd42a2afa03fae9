#!/bin/sh
# Holds every #include line of ours against the one direction in which folders may include, the
# table below. usage: check.sh SOURCE_DIR
set -u
cd "$1" || exit 2

allowed() { # folder -> the folders it may include from
    case "$1" in
    core) echo "core" ;;
    core/http) echo "core core/http" ;;
    core/api) echo "core core/http core/api" ;;
    templates) echo "core templates" ;;
    store) echo "core core/http core/api store" ;;
    runtime) echo "core core/http core/api runtime" ;;
    gateway/vtl) echo "core gateway/vtl" ;;
    gateway) echo "core core/http core/api gateway gateway/vtl" ;;
    scheduler) echo "core core/http core/api store scheduler" ;;
    console) echo "core core/http core/api console gateway scheduler runtime store" ;;
    cli) echo "core core/http core/api templates store runtime gateway scheduler console sdk cli" ;;
    sdk/*) echo "sdk" ;;
    *) echo "" ;;
    esac
}

failures=0
checked=0
for file in $(find core store templates runtime gateway scheduler console cli sdk -name '*.[ch]' 2>/dev/null); do
    folder=$(dirname "$file")
    case "$folder" in core/http* | core/api* | gateway/vtl | sdk/*) ;; *) folder=${folder%%/*} ;; esac
    case "$folder" in core/http/*) folder=core/http ;; core/api/*) folder=core/api ;; esac
    for include in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
        checked=$((checked + 1))
        target=$(dirname "$include")
        case "$target" in core/http* | core/api* | gateway/vtl) ;; *) target=${target%%/*} ;; esac
        ok=no
        for folder_allowed in $(allowed "$folder"); do
            [ "$target" = "$folder_allowed" ] && ok=yes
        done
        # The one contract that gateway and scheduler share with runtime.
        case "$folder:$include" in gateway:runtime/invoke.h | scheduler:runtime/invoke.h) ok=yes ;; esac
        if [ $ok = no ]; then
            echo "$file: includes $include, which its folder may not"
            failures=$((failures + 1))
        fi
    done
done
echo "layers: $checked includes checked, $failures wrong"
[ "$failures" -eq 0 ] && [ "$checked" -gt 0 ]
