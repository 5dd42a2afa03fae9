#include "core/api/tags.h"
#include "core/json_scan.h"
#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"

/* A stream, or one of its consumers: what has tags and a policy. */
struct resource_ref {
    struct kinesis_stream *stream;
    const struct consumer *consumer; /* NULL: the stream */
};

static bool read_ref(struct api_call *call, void *ctx, const struct record **ret_input,
                     struct resource_ref *ref)
{
    return read_input(call, ret_input) &&
           read_resource(call, ctx, *ret_input, &ref->stream, &ref->consumer);
}

static struct slice tags_of(const struct resource_ref *ref)
{
    return ref->consumer != NULL ? ref->consumer->tags : ref->stream->settings.tags;
}

static struct slice policy_of(const struct resource_ref *ref)
{
    return ref->consumer != NULL ? ref->consumer->policy : ref->stream->settings.policy;
}

static void change(struct api_call *call, const struct resource_ref *ref, struct slice tags,
                   struct slice policy)
{
    struct stream_settings settings = ref->stream->settings;
    if (ref->consumer != NULL) {
        struct consumer consumer = *ref->consumer;
        consumer.tags = tags;
        consumer.policy = policy;
        settings = settings_with_consumer(call, ref->stream,
                                          (size_t)(ref->consumer - ref->stream->settings.consumers),
                                          &consumer);
    } else {
        settings.tags = tags;
        settings.policy = policy;
    }
    stream_change(ref->stream, &settings, reply_when_written, call);
}

/* --- tags --- */

static bool are_valid(const struct field *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (!tag_text_is_valid(texts->items[i].key) || !tag_text_is_valid(texts->items[i].text)) {
            return false;
        }
    }
    return true;
}

static bool check_characters(struct api_call *call, const struct field *texts)
{
    if (are_valid(texts)) {
        return true;
    }
    kinesis_refuse(
        call, REFUSE_ARGUMENT,
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "
        "space, _ . / = + - %% @.");
    return false;
}

bool read_tags(struct api_call *call, const struct field *added, struct slice tags,
               struct slice *ret_tags)
{
    struct arena *arena = api_arena(call);
    if (!check_characters(call, added)) {
        return false;
    }
    struct tags old = tags_of_object(arena, tags);
    struct tags given = tags_of_map(arena, added);
    struct tags all = tags_with(arena, &old, &given);
    if (all.count > TAGS_MAX) {
        kinesis_refuse(call, REFUSE_ARGUMENT,
                       "A resource cannot have more than %d tags associated with it.", TAGS_MAX);
        return false;
    }
    *ret_tags = tags_object(arena, &all);
    return true;
}

static void add(struct api_call *call, const struct resource_ref *ref, const struct record *input)
{
    struct slice tags;
    if (read_tags(call, record_get(input, MEMBER_TAGS), tags_of(ref), &tags)) {
        change(call, ref, tags, policy_of(ref));
    }
}

static void take_away(struct api_call *call, const struct resource_ref *ref,
                      const struct record *input)
{
    const struct field *keys = record_get(input, MEMBER_TAG_KEYS);
    struct arena *arena = api_arena(call);
    if (check_characters(call, keys)) {
        struct tags old = tags_of_object(arena, tags_of(ref));
        struct tags left = tags_without(arena, &old, keys);
        change(call, ref, tags_object(arena, &left), policy_of(ref));
    }
}

/* "Tags" behind `after`; true when there are more than `limit`. */
static bool print_tags(struct json_writer *w, struct arena *arena, const struct resource_ref *ref,
                       struct slice after, size_t limit)
{
    struct tags tags = tags_of_object(arena, tags_of(ref));
    while (after.len != 0 && tags.count > 0 && slice_compare(tags.items[0].key, after) <= 0) {
        tags.items++;
        tags.count--;
    }
    bool has_more = tags.count > limit;
    tags.count = has_more ? limit : tags.count;
    json_key_text(w, "Tags");
    tags_write_list(w, &tags);
    return has_more;
}

void kinesis_op_add_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref = {.consumer = NULL};
    if (read_input(call, &input) && read_stream(call, ctx, input, &ref.stream)) {
        add(call, &ref, input);
    }
}

void kinesis_op_remove_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref = {.consumer = NULL};
    if (read_input(call, &input) && read_stream(call, ctx, input, &ref.stream)) {
        take_away(call, &ref, input);
    }
}

void kinesis_op_list_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref = {.consumer = NULL};
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &ref.stream)) {
        return;
    }
    size_t limit = read_page_size(input, MEMBER_LIMIT, TAGS_MAX);
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    bool has_more = print_tags(&w, api_arena(call), &ref,
                               record_text(input, MEMBER_EXCLUSIVE_START_TAG_KEY), limit);
    json_put_bool(&w, "HasMoreTags", has_more);
    json_close(&w, '}');
    reply_buf(call, &body);
}

void kinesis_op_tag_resource(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref;
    if (read_ref(call, ctx, &input, &ref)) {
        add(call, &ref, input);
    }
}

void kinesis_op_untag_resource(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref;
    if (read_ref(call, ctx, &input, &ref)) {
        take_away(call, &ref, input);
    }
}

void kinesis_op_list_resource_tags(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref;
    if (!read_ref(call, ctx, &input, &ref)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    (void)print_tags(&w, api_arena(call), &ref, SLICE(""), TAGS_MAX);
    json_close(&w, '}');
    reply_buf(call, &body);
}

/* --- resource policies: kept and told, not enforced --- */

void kinesis_op_put_policy(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct resource_ref ref;
    if (!read_ref(call, ctx, &input, &ref)) {
        return;
    }
    struct slice policy = record_text(input, MEMBER_POLICY);
    if (policy.len > POLICY_LEN_MAX) {
        kinesis_refuse(call, REFUSE_LIMIT, "The resource policy exceeds %d bytes.", POLICY_LEN_MAX);
        return;
    }
    if (!json_validate(policy, NULL) || json_raw_kind(slice_trim(policy)) != JSON_OBJECT) {
        kinesis_refuse(call, REFUSE_VALIDATION, "The resource policy is no valid JSON object.");
        return;
    }
    change(call, &ref, tags_of(&ref), policy);
}

/* A resource that has one. */
static bool read_policy(struct api_call *call, void *ctx, struct resource_ref *ref)
{
    const struct record *input;
    if (!read_ref(call, ctx, &input, ref)) {
        return false;
    }
    if (policy_of(ref).len == 0) {
        kinesis_refuse(call, REFUSE_NOT_FOUND, "No resource policy found for resource ARN %.*s",
                       SLICE_ARG(record_text(input, MEMBER_RESOURCE_ARN)));
    }
    return policy_of(ref).len != 0;
}

void kinesis_op_get_policy(struct api_call *call, void *ctx)
{
    struct resource_ref ref;
    if (!read_policy(call, ctx, &ref)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "Policy", policy_of(&ref));
    json_close(&w, '}');
    reply_buf(call, &body);
}

void kinesis_op_delete_policy(struct api_call *call, void *ctx)
{
    struct resource_ref ref;
    if (read_policy(call, ctx, &ref)) {
        change(call, &ref, tags_of(&ref), SLICE(""));
    }
}
