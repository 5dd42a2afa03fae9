/* The rule behind a zone's last transition, as a POSIX TZ string says it: "EST5EDT,M3.2.0,M11.1.0".
 *
 *     rule  := name offset [name [offset] ["," date ["/" time] "," date ["/" time]]]
 *     date  := "J" 1..365 | 0..365 | "M" month "." week "." weekday
 *
 * Source  POSIX.1-2017, 8.3 "TZ"; RFC 8536, 3.3.1 (times from -167 to 167 hours). */
#ifndef SLS_SCHEDULER_ZONE_RULE_H
#define SLS_SCHEDULER_ZONE_RULE_H

#include "core/slice.h"

enum zone_date_kind {
    DATE_JULIAN,  /* 1 to 365, without leap days */
    DATE_OF_YEAR, /* 0 to 365, with leap days */
    DATE_OF_WEEK  /* the `week`th (5: the last) `day`, 0 is Sunday, of `month` */
};

struct zone_date {
    enum zone_date_kind kind;
    int day, week, month;
    int32_t time_s; /* of the wall clock */
};

struct zone_rule {
    int32_t standard_s; /* to be added to UTC */
    int32_t summer_s;
    bool has_summer;
    struct zone_date start, end; /* of summer time */
};

/* A stretch of UTC with one offset: [begin_s, end_s). */
struct zone_span {
    int64_t begin_s, end_s;
    int32_t offset_s;
};

MUST_CHECK bool zone_rule_parse(struct slice text, struct zone_rule *ret_rule);
struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t utc_s);

#endif
