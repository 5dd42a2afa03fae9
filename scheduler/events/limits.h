/* Limits of EventBridge. Sources: the service model of botocore 1.43 (characters and counts), EventBridge User Guide,
 * "Amazon EventBridge quotas" and "PutEvents event entry size". */
#ifndef SLS_SCHEDULER_EVENTS_LIMITS_H
#define SLS_SCHEDULER_EVENTS_LIMITS_H

/* entries of one PutEvents; also in the tables of shapes */
#define PUT_EVENTS_ENTRIES_MAX 10
/* bytes of all entries of one PutEvents (entry_size() says what counts) */
#define PUT_EVENTS_SIZE_MAX (256U * 1024)
/* bytes of an event with its envelope: what was put, its ARNs and what we add */
#define EVENT_SIZE_MAX (PUT_EVENTS_SIZE_MAX + 4096U)
/* targets of a rule */
#define RULE_TARGETS_MAX 5
/* rules of a bus: the quota is 300 and raised on request; ours, so that a runaway client ends */
#define BUS_RULES_MAX 100000
/* buses of an account: the quota is 100 and raised on request; ours */
#define BUSES_MAX 10000
/* buses that one event may pass on its way from bus to bus; as many hops as Lambda allows a loop */
#define BUS_HOPS_MAX 16
/* buses that see one event and its copies, when rules multiply it; ours */
#define BUS_VISITS_MAX 256
/* what a template makes of an event, bytes; ours: targets take 256 KB */
#define TARGET_INPUT_MAX (1024U * 1024)
/* steps of a JSON path */
#define JSON_PATH_STEPS_MAX 64
/* entries of a page of any list; also in the tables of shapes */
#define LIST_PAGE_MAX 100
/* tags of a rule or bus; quota */
/* archives of an account; ours */
#define ARCHIVES_MAX 10000
/* replays that run at once; quota */
#define ACTIVE_REPLAYS_MAX 10
/* events of one step of a replay, and archived events that are deleted in one transaction; ours */
#define REPLAY_STEP_EVENTS 100
#define ARCHIVE_SWEEP_EVENTS 1000
/* milliseconds until a step that could not be written is tried again; ours */
#define REPLAY_AGAIN_MS 5000
/* bytes of events of one step of a replay; ours */
#define REPLAY_STEP_BYTES (1024U * 1024)
/* days a finished replay is kept for DescribeReplay; User Guide, "Archiving and replaying events" */
#define REPLAY_KEPT_DAYS 90
/* connections and API destinations of an account; quota */
#define CONNECTIONS_MAX 3000
#define API_DESTINATIONS_MAX 3000
/* invocations of an API destination in a second, when it does not say; API reference, CreateApiDestination */
#define API_DESTINATION_RATE_DEFAULT 300
/* seconds an API destination has to answer; User Guide, "API destinations" */
#define API_DESTINATION_TIMEOUT_MS 5000
/* bytes of an answer that are read */
#define API_DESTINATION_ANSWER_MAX (1024U * 1024)
/* a retry policy that a target does not give; API reference, RetryPolicy */
#define RETRY_ATTEMPTS_DEFAULT 185
#define RETRY_AGE_DEFAULT_S 86400
/* bytes of one target's JSON as a client wrote it; ours: the members' own limits leave it below that */
#define TARGET_JSON_MAX (512U * 1024)
/* bytes of a record in the store: a rule's targets and what else there is */
#define RECORD_MAX (4U * 1024 * 1024)
/* characters of a bus's policy; API reference, PutPermission */
#define POLICY_MAX 10240

#endif
