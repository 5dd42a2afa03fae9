/* PutTargets, RemoveTargets, ListTargetsByRule. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/events/lookup.h"

/* Targets by their JSON, in the order of their arrival. */
struct target_list {
    struct slice ids[RULE_TARGETS_MAX];
    struct slice json[RULE_TARGETS_MAX];
    size_t count;
};

static struct target_list targets_of(const struct rule *rule)
{
    struct target_list list = {.count = 0};
    for (size_t i = 0; i < rule->target_count; i++) {
        list.ids[list.count] = rule->targets[i].id;
        list.json[list.count++] = rule->targets[i].json;
    }
    return list;
}

/* False when there is no room. */
static bool set_target(struct target_list *list, const struct target *target)
{
    size_t at = 0;
    while (at < list->count && !slice_eq(list->ids[at], target->id)) {
        at++;
    }
    if (at == RULE_TARGETS_MAX) {
        return false;
    }
    list->ids[at] = target->id;
    list->json[at] = target->json;
    list->count += at == list->count ? 1 : 0;
    return true;
}

static bool drop_target(struct target_list *list, struct slice id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(list->ids[i], id)) {
            list->count--;
            memmove(&list->ids[i], &list->ids[i + 1], (list->count - i) * sizeof list->ids[0]);
            memmove(&list->json[i], &list->json[i + 1], (list->count - i) * sizeof list->json[0]);
            return true;
        }
    }
    return false;
}

static struct slice print_targets(struct arena *arena, const struct target_list *list)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '[');
    for (size_t i = 0; i < list->count; i++) {
        json_write_raw(&w, list->json[i]);
    }
    json_close(&w, ']');
    return arena_copy(arena, buf_slice(&buf));
}

static void write_targets(struct api_call *call, struct rule *rule, const struct target_list *list,
                          struct slice json)
{
    struct rule_record record = rule->record;
    record.targets = list->count > 0 ? print_targets(api_arena(call), list) : SLICE_NULL;
    struct slice text = rule_print(api_arena(call), &record);
    if (slice_eq(text, rule_print(api_arena(call), &rule->record))) {
        events_wait(rule->bus->events, call, json);
        return;
    }
    rule_load(rule, text);
    events_write(rule->bus->events, call, STATE_RULE, rule_key(api_arena(call), rule), text, json);
}

#define NO_FAILURES "{\"FailedEntries\":[],\"FailedEntryCount\":0}"

/* A queue of another kind would lose the dead letters, at the worst moment. */
static enum status check_dead_letters(const struct target *target, struct fault *reterr)
{
    struct arn arn;
    struct slice queue = target->dead_letter_arn;
    if (queue.len == 0 || (arn_parse(queue, &arn) && slice_is(arn.service, "sqs") &&
                           !slice_ends_with(queue, SLICE(".fifo")))) {
        return STATUS_OK;
    }
    return fault_set(reterr, STATUS_INVALID,
                     "Parameter DeadLetterConfig.Arn is not valid for target %.*s. Reason: A "
                     "dead-letter queue must be a standard queue of SQS.",
                     SLICE_ARG(target->id));
}

void events_op_put_targets(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct rule *rule = read_rule(ctx, call, MEMBER_RULE, &input);
    if (rule == NULL) {
        return;
    }
    struct target_list list = targets_of(rule);
    const struct field *targets = record_get(input, MEMBER_TARGETS);
    for (size_t i = 0; i < targets->count; i++) {
        struct target target;
        struct fault fault;
        if (target_parse(api_arena(call), targets->items[i].raw, &target, &fault) != STATUS_OK ||
            check_dead_letters(&target, &fault) != STATUS_OK) {
            events_refuse_fault(call, &fault);
            return;
        }
        if (!set_target(&list, &target)) {
            events_refuse(call, EVENTS_LIMIT,
                          "The requested resource exceeds the maximum number allowed.");
            return;
        }
    }
    write_targets(call, rule, &list, SLICE(NO_FAILURES));
}

void events_op_remove_targets(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct rule *rule = read_rule(ctx, call, MEMBER_RULE, &input);
    if (rule == NULL) {
        return;
    }
    struct target_list list = targets_of(rule);
    const struct field *ids = record_get(input, MEMBER_IDS);
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    int64_t failed = 0;
    json_open(&w, '{');
    json_key_text(&w, "FailedEntries");
    json_open(&w, '[');
    for (size_t i = 0; i < ids->count; i++) {
        if (!drop_target(&list, ids->items[i].text)) {
            json_open(&w, '{');
            json_put_string(&w, "TargetId", ids->items[i].text);
            json_put_text(&w, "ErrorCode", events_error_code(EVENTS_NOT_FOUND));
            json_put_string(&w, "ErrorMessage",
                            arena_printf(api_arena(call), "Rule %.*s does not have a target %.*s.",
                                         SLICE_ARG(rule->name), SLICE_ARG(ids->items[i].text)));
            json_close(&w, '}');
            failed++;
        }
    }
    json_close(&w, ']');
    json_put_i64(&w, "FailedEntryCount", failed);
    json_close(&w, '}');
    write_targets(call, rule, &list, arena_copy(api_arena(call), buf_slice(&buf)));
}

void events_op_list_targets_by_rule(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct rule *rule = read_rule(ctx, call, MEMBER_RULE, &input);
    struct list_page page;
    if (rule == NULL) {
        return;
    }
    /* The page is one of names; those of targets are their ids. */
    struct listed {
        struct slice name;
        struct slice json;
    } *items = arena_array(api_arena(call), rule->target_count, sizeof *items);
    struct name_index index = {.items = NULL};
    for (size_t i = 0; i < rule->target_count; i++) {
        items[i] = (struct listed){rule->targets[i].id, rule->targets[i].json};
        name_index_add(&index, &items[i].name);
    }
    const struct listed *listed;
    if (list_page_begin(&page, call, input, &index, "Targets")) {
        while ((listed = list_page_next(&page)) != NULL) {
            if (list_page_takes(&page)) {
                json_write_raw(&page.w, listed->json);
            }
        }
        list_page_reply(&page);
    }
    name_index_finish(&index);
}
