/* Schedule expressions of EventBridge rules and of EventBridge Scheduler: which instants they mean.
 *
 *     expression := "cron(" minutes hours day-of-month month day-of-week year ")" | "rate(" n unit ")"
 *                 | "at(" yyyy-mm-ddThh:mm:ss ")"                              (Scheduler only)
 *     field      := item ("," item)* | "?"                                    ("?": exactly one of the two days)
 *     item       := ("*" | value | value "-" value) ["/" step]                (ranges may wrap, but for years)
 *     day-of-month also  "L" | "LW" | "L-" n | value "W"                      (alone in their field)
 *     day-of-week  also  "L" | value "L" | value "#" 1..5                     (alone in their field; no steps)
 *     unit       := "minute" | "hour" | "day" when n is 1, otherwise their plurals (Scheduler: either)
 *
 * Names of months and days may be in any case. Fields are separated by spaces, one or more. Commas with nothing
 * between them, or at the ends of a field, mean nothing: "cron(5, 0, 1, *, ?, *)".
 *
 * cron() and at() are read in a zone: a local time that does not exist is skipped, one that comes twice fires the
 * first time; at() in a gap fires when the clocks jump. rate() counts from an anchor, in hours of 60 minutes.
 *
 * Ownership  A value: copied freely, never allocates.
 * Errors     Parsing tells only whether: each service has its own words.
 * Limits     Finding an instant looks at no more than 230 years of 12 months, and at the minutes of a zone's gaps.
 * Source     EventBridge User Guide, "Cron expressions reference"; EventBridge Scheduler User Guide, "Schedule types";
 *            reference/events.md 6.1 and 6.2. Where these are silent Quartz rules, which AWS follows: names without
 *            case and "LW" were tried on AWS (grumBit/aws_cron_expression_validator#18); "L-n" is Quartz's alone, and so
 *            are idle commas, which aws-samples/serverless-patterns sfn-log-export deploys with. There and in many
 *            CDK applications Scheduler takes "rate(5 minute)"; its own guide knows no rule about the words. */
#ifndef SLS_SCHEDULER_SCHEDULE_EXPRESSION_H
#define SLS_SCHEDULER_SCHEDULE_EXPRESSION_H

#include "scheduler/time/zone.h"

#define CRON_YEAR_MIN 1970
#define CRON_YEAR_MAX 2199
#define CRON_YEAR_COUNT (CRON_YEAR_MAX - CRON_YEAR_MIN + 1)
#define INSTANT_NEVER INT64_MAX

enum schedule_kind { SCHEDULE_CRON, SCHEDULE_RATE, SCHEDULE_AT };
enum schedule_dialect { DIALECT_RULE, DIALECT_SCHEDULER };

/* Which days of a month a cron means, beside its set of days. */
enum cron_day_rule {
    DAY_IN_SET,       /* days of the month, or days of the week */
    DAY_FROM_LAST,    /* day_number before the last: L, L-3 */
    DAY_LAST_WEEKDAY, /* LW */
    DAY_NEAR,         /* the weekday nearest to day_number: 15W */
    DAY_LAST_OF_WEEK, /* the last day_number of the month: 6L */
    DAY_NTH_OF_WEEK   /* the nth day_number of the month: 2#1 */
};

struct cron {
    uint64_t minutes; /* bit n: minute n */
    uint32_t hours;
    uint32_t month_days; /* bits 1 to 31; with week_days 0 */
    uint16_t months;     /* bits 1 to 12 */
    uint8_t week_days;   /* bits 0 to 6, Sunday first; with month_days 0 */
    uint8_t day_rule;    /* enum cron_day_rule */
    uint8_t day_number;  /* a day of the month; a day of the week, 0 is Sunday */
    uint8_t day_nth;     /* 1 to 5 */
    uint64_t years[(CRON_YEAR_COUNT + 63) / 64];
};

struct schedule_expression {
    enum schedule_kind kind;
    union {
        struct cron cron;
        int64_t period_ms;  /* rate */
        int64_t at_local_s; /* at */
    };
};

MUST_CHECK bool schedule_expression_parse(struct slice text, enum schedule_dialect dialect,
                                          struct schedule_expression *ret_expression);

/* The first instant later than `after_ms`; INSTANT_NEVER when there is none. rate(): `anchor_ms` plus a multiple of the
 * period, the anchor itself among them. */
int64_t schedule_expression_next(const struct schedule_expression *expression,
                                 const struct zone *zone, int64_t anchor_ms, int64_t after_ms);
/* The last instant later than `after_ms` and not later than `until_ms`; INSTANT_NEVER when there is none. */
int64_t schedule_expression_last(const struct schedule_expression *expression,
                                 const struct zone *zone, int64_t anchor_ms, int64_t after_ms,
                                 int64_t until_ms);

#endif
