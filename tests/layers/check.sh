#!/bin/sh
# Holds every #include line of ours against the one direction in which folders may include, and the parts of the event
# bus against what they may know of each other. usage: check.sh SOURCE_DIR
set -u
cd "$1" || exit 2

find core store templates runtime gateway scheduler console cli sdk -name '*.[ch]' 2>/dev/null |
    xargs grep '^#include "' /dev/null | awk -F'[:"]' '
BEGIN {
    # A folder -> the folders it may include from.
    allow["core"] = "core"
    allow["core/http"] = "core core/http"
    allow["core/api"] = "core core/http core/api"
    allow["templates"] = "core templates"
    allow["store"] = "core core/http core/api store"
    allow["runtime"] = "core core/http core/api runtime"
    allow["gateway/vtl"] = "core gateway/vtl"
    # The one contract that gateway and scheduler share with runtime is a header.
    allow["gateway"] = "core core/http core/api gateway gateway/vtl runtime/invoke.h"
    allow["scheduler"] = "core core/http core/api store scheduler runtime/invoke.h"
    allow["console"] = "core core/http core/api console gateway scheduler runtime store"
    allow["cli"] = "core core/http core/api templates store runtime gateway scheduler console sdk cli"
    allow["sdk"] = "sdk"

    # A part of scheduler/ -> the parts it may include from, or single headers of them. Common ground are queue,
    # delivery, pattern, time and metrics (what others count); a service reaches another by its public operations. But
    # mappings read their sources in process, and events for functions go to async.
    parts["delivery"] = "queue async/async.h metrics/lambda_metrics.h"
    parts["time"] = "delivery"
    parts["async"] = "delivery metrics"
    parts["sqs"] = "queue delivery/hops.h"
    parts["sns"] = "queue delivery pattern metrics/metrics.h"
    parts["events"] = "delivery pattern time"
    parts["schedules"] = "delivery time"
    parts["s3"] = "delivery"
    parts["logs"] = "delivery metrics"
    parts["mapping"] = "queue delivery pattern metrics async/async.h kinesis/stream_log.h sqs/event_source.h"
    know_all = "scheduler.c deploy.c check.c"

    # What other folders see of scheduler/.
    public_headers = "scheduler.h arn.h logs/log_store.h logs/log_pattern.h logs/segment.h logs/limits.h " \
        "metrics/lambda_metrics.h s3/bucket_name.h"
}

function is_among(word, words) { return index(" " words " ", " " word " ") > 0 }
function directory(path) { sub("/[^/]*$", "", path); return path }
function folder(path) {
    if (match(path, "^(core/http|core/api|gateway/vtl)/")) {
        return substr(path, 1, RLENGTH - 1)
    }
    return substr(path, 1, index(path, "/") - 1)
}

function may_include(file, header,    from, to, part) {
    from = folder(file)
    to = folder(header)
    if (!is_among(to, allow[from]) && !is_among(header, allow[from])) {
        return 0
    }
    if (header ~ /private\.h$/ && directory(header) != directory(file)) {
        return 0
    }
    if (to != "scheduler") {
        return 1
    }
    sub("^scheduler/", "", header)
    if (from != "scheduler") {
        return is_among(header, public_headers)
    }
    sub("^scheduler/", "", file)
    part = folder(file)
    to = folder(header)
    return to == "" || to == part || is_among(file, know_all) || is_among(to, parts[part]) || is_among(header, parts[part])
}

{
    checked++
    if (!may_include($1, $3)) {
        print $1 ": includes " $3 ", which it may not"
        failures++
    }
}

END {
    print "layers: " checked " includes checked, " failures + 0 " wrong"
    exit checked == 0 || failures > 0
}'
