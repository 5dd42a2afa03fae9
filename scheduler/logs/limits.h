/* The quotas of CloudWatch Logs and our own bounds, with their units.
 *
 * Source  CloudWatch Logs API reference; CloudWatch Logs User Guide, "CloudWatch Logs quotas". */
#ifndef SLS_SCHEDULER_LOGS_LIMITS_H
#define SLS_SCHEDULER_LOGS_LIMITS_H

/* --- CloudWatch's --- */

#define LOG_NAME_MAX 512                 /* characters of a group's or stream's name */
#define LOG_MESSAGE_MAX (1024 * 1024)    /* bytes of one event */
#define LOG_EVENT_OVERHEAD 26            /* bytes that an event counts for beside its message */
#define LOG_PAGE_BYTES_MAX (1024 * 1024) /* of the events in one answer */
#define LOG_PAGE_EVENTS_MAX 10000        /* in one answer */
#define LOG_IDENTIFIER_MAX 2048          /* characters of a group's name or ARN */
#define LOG_PUT_EVENTS_MAX 10000         /* of one request */
#define LOG_PUT_BYTES_MAX (1024 * 1024)  /* of its events, LOG_EVENT_OVERHEAD included */
#define LOG_PUT_SPAN_MAX_MS (24 * 3600 * 1000)
#define LOG_PUT_FUTURE_MAX_MS (2 * 3600 * 1000)
#define LOG_PUT_PAST_MAX_MS INT64_C(1209600000) /* 14 days */
#define LOG_QUERY_STREAMS_MAX 100               /* names in one request */
#define LOG_DESCRIBE_MAX 50                     /* groups, streams, filters in one answer */
#define LOG_LIST_MAX 1000                       /* groups in one answer of ListLogGroups */
#define LOG_SUBSCRIPTIONS_MAX 2                 /* filters of a group */
#define LOG_METRIC_FILTERS_MAX 100              /* of a group */
#define LOG_METRIC_DIMENSIONS_MAX 3             /* of a metric filter */
#define PATTERN_LEN_MAX 1024                    /* characters of a filter pattern */
#define PATTERN_REGEX_MAX 2                     /* regular expressions of one pattern */

/* --- ours --- */

#define LOG_GROUPS_MAX 100000              /* AWS has 1,000,000 */
#define LOG_GROUP_RECORD_MAX (1024 * 1024) /* bytes of a group's record with its filters */
#define LOG_SUBSCRIPTION_BYTES_MAX                                                                 \
    (180 * 1024) /* of the events of one delivery, before compression */
#define LOG_RETENTION_CHECK_MS (24 * 3600 * 1000)
#define PATTERN_DEPTH_MAX 32      /* levels of parentheses */
#define PATTERN_FIELDS_MAX 128    /* of a pattern, and of an event that it looks at */
#define PATTERN_STEPS_MAX 1000000 /* of a regular expression on one event */
#define LOG_PATTERN_NAME_MAX 256  /* bytes of a field's name in a pattern */

#define LOG_SEGMENT_MAX (4 * 1024 * 1024)   /* bytes, beyond which a segment gets no more frames */
#define LOG_GROUP_MAX (32 * 1024 * 1024)    /* bytes of a group, then its oldest segment goes */
#define LOG_SEGMENTS_MAX 128                /* of a group */
#define LOG_STREAMS_MAX 100000              /* of a group that were created by a client */
#define LOG_BATCH_MAX (64 * 1024)           /* bytes of functions' events kept before a write */
#define LOG_FLUSH_MS 100                    /* after the first of them */
#define SEGMENT_READ_MAX (64 * 1024 * 1024) /* bytes: a segment and its largest batch and summary */
#define LOG_DIRECTORY_NAME_MAX 200          /* bytes; longer group names are cut and hashed */

#endif
