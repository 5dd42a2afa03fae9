/* EventBridge from the inside: what the files of this folder share. Private to it. */
#ifndef SLS_SCHEDULER_EVENTS_PRIVATE_H
#define SLS_SCHEDULER_EVENTS_PRIVATE_H

#include "core/api/model.h"
#include "core/json_writer.h"
#include "scheduler/events/events.h"
#include "scheduler/events/limits.h"
#include "scheduler/events/members.h"
#include "scheduler/name_index.h"
#include "scheduler/state.h"

struct events {
    struct scheduler *scheduler;
    struct name_index buses;
    struct name_index archives;
    struct name_index replays;
    struct name_index connections;
    struct name_index api_destinations;
    struct invocation *invocations; /* of API destinations, waiting for their turn */
    bool is_started;
    bool is_destroyed;
    size_t open_jobs; /* that hold it */
};

/* A write job that looks at events when it is done: until then it stays, destroyed or not. */
void events_job_begun(struct events *events);
void events_job_ended(struct events *events);

extern const struct model events_model;

/* What goes wrong, and how it is told: the wire table is in service.c. */
enum events_error {
    EVENTS_INVALID,
    EVENTS_NOT_FOUND,
    EVENTS_EXISTS,
    EVENTS_LIMIT,
    EVENTS_INVALID_PATTERN,
    EVENTS_ILLEGAL_STATUS,
    EVENTS_POLICY_LENGTH,
    EVENTS_NOT_EMULATED,
    EVENTS_UNAVAILABLE
};
void events_refuse(struct api_call *call, enum events_error error, const char *format, ...)
    PRINTF_LIKE(3, 4);
const char *events_error_code(enum events_error error);

struct pattern_fault;
/* "Event pattern is not valid. Reason: ..." */
void events_refuse_pattern(struct api_call *call, const struct pattern_fault *fault,
                           struct slice text);
/* Whether it parses, or is not there (ptr NULL); else it has replied. */
MUST_CHECK bool events_check_pattern(struct api_call *call, struct slice text);
/* A fault of target_parse() and its like. */
void events_refuse_fault(struct api_call *call, const struct fault *fault);

/* Replies with `json` when the record is on disk (SLICE_NULL: deleted). Key and record are copied; `json` lives in the
 * call's arena, or is static. */
void events_write(struct events *events, struct api_call *call, enum state_kind kind,
                  struct slice key, struct slice record, struct slice json);
/* The same for a record that goes, with what else goes in the same commit: state_erase(). */
void events_erase(struct events *events, struct api_call *call, enum state_kind kind,
                  struct slice key, state_also_fn *also);
/* The same when nothing is to change. */
void events_wait(struct events *events, struct api_call *call, struct slice json);

/* One of the operations' files each. */
api_op_fn events_op_put_events, events_op_test_event_pattern;
api_op_fn events_op_create_event_bus, events_op_update_event_bus, events_op_delete_event_bus,
    events_op_describe_event_bus, events_op_list_event_buses;
api_op_fn events_op_put_permission, events_op_remove_permission;
api_op_fn events_op_put_rule, events_op_delete_rule, events_op_describe_rule, events_op_list_rules,
    events_op_enable_rule, events_op_disable_rule, events_op_list_rule_names_by_target;
api_op_fn events_op_put_targets, events_op_remove_targets, events_op_list_targets_by_rule;
api_op_fn events_op_tag_resource, events_op_untag_resource, events_op_list_tags_for_resource;
api_op_fn events_op_create_archive, events_op_update_archive, events_op_delete_archive,
    events_op_describe_archive, events_op_list_archives;
api_op_fn events_op_start_replay, events_op_cancel_replay, events_op_describe_replay,
    events_op_list_replays;
api_op_fn events_op_create_connection, events_op_update_connection, events_op_delete_connection,
    events_op_describe_connection, events_op_deauthorize_connection, events_op_list_connections;
api_op_fn events_op_create_api_destination, events_op_update_api_destination,
    events_op_delete_api_destination, events_op_describe_api_destination,
    events_op_list_api_destinations, events_op_invoke_api_destination;

/* http_connection.c: connections and API destinations at the start and at the end. */
void connections_load(struct events *events);
void connections_close(struct events *events);
/* api_invocation.c: those that wait fail. */
void invocations_cancel(struct events *events);

#endif
