#include "scheduler/async/permission.h"

#include "core/glob.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"

#define WARNED_MAX 256 /* pairs of function and source that a notice has named */

struct entry {
    struct permission permission;
    char *key;
    char *statement;
};

struct permissions {
    struct scheduler *scheduler;
    struct entry *entries; /* in the order of their addition, of all functions */
    size_t count;
    uint64_t warned[WARNED_MAX];
    size_t warned_count;
};

/* --- statements --- */

static size_t find_index(const struct permissions *permissions, struct slice function,
                         struct slice qualifier, struct slice sid)
{
    for (size_t i = 0; i < permissions->count; i++) {
        const struct permission *each = &permissions->entries[i].permission;
        if (slice_eq(each->function, function) && slice_eq(each->qualifier, qualifier) &&
            slice_eq(each->sid, sid)) {
            return i;
        }
    }
    return SLICE_NPOS;
}

const struct permission *permission_find(const struct permissions *permissions,
                                         struct slice function, struct slice qualifier,
                                         struct slice sid)
{
    size_t index = find_index(permissions, function, qualifier, sid);
    return index != SLICE_NPOS ? &permissions->entries[index].permission : NULL;
}

const struct permission *permission_next(const struct permissions *permissions,
                                         struct slice function, struct slice qualifier, size_t *at)
{
    while (*at < permissions->count) {
        const struct permission *each = &permissions->entries[(*at)++].permission;
        if (slice_eq(each->function, function) && slice_eq(each->qualifier, qualifier)) {
            return each;
        }
    }
    return NULL;
}

static void remove_at(struct permissions *permissions, size_t index)
{
    mem_free(permissions->entries[index].key);
    mem_free(permissions->entries[index].statement);
    memmove(&permissions->entries[index], &permissions->entries[index + 1],
            (permissions->count - index - 1) * sizeof(struct entry));
    permissions->count--;
}

/* FUNCTION:QUALIFIER:SID; none of them has a colon in it. */
static struct slice keep(struct permissions *permissions, const struct permission *permission)
{
    size_t size = permission->function.len + permission->qualifier.len + permission->sid.len + 3;
    struct entry entry = {.key = mem_alloc(size),
                          .statement = mem_alloc(permission->statement.len + 1)};
    snprintf(entry.key, size, "%.*s:%.*s:%.*s", SLICE_ARG(permission->function),
             SLICE_ARG(permission->qualifier), SLICE_ARG(permission->sid));
    memcpy(entry.statement, permission->statement.ptr, permission->statement.len);
    entry.permission = (struct permission){
        .function = slice_of(entry.key, permission->function.len),
        .qualifier = slice_of(entry.key + permission->function.len + 1, permission->qualifier.len),
        .sid = slice_of(entry.key + size - 1 - permission->sid.len, permission->sid.len),
        .statement = slice_of(entry.statement, permission->statement.len),
    };
    size_t old =
        find_index(permissions, permission->function, permission->qualifier, permission->sid);
    if (old != SLICE_NPOS) {
        remove_at(permissions, old);
    }
    permissions->entries =
        mem_realloc(permissions->entries, (permissions->count + 1) * sizeof(struct entry));
    permissions->entries[permissions->count++] = entry;
    return slice_of(entry.key, size - 1);
}

void permission_put(struct permissions *permissions, const struct permission *permission,
                    state_written_fn *on_written, void *ctx)
{
    struct slice key = keep(permissions, permission);
    state_write(permissions->scheduler, STATE_POLICY, key, permission->statement, on_written, ctx);
}

bool permission_delete(struct permissions *permissions, struct slice function,
                       struct slice qualifier, struct slice sid, state_written_fn *on_written,
                       void *ctx)
{
    size_t index = find_index(permissions, function, qualifier, sid);
    if (index == SLICE_NPOS) {
        return false;
    }
    state_write(permissions->scheduler, STATE_POLICY, slice_from(permissions->entries[index].key),
                SLICE_NULL, on_written, ctx);
    remove_at(permissions, index);
    return true;
}

/* --- who may --- */

static bool is_string(struct slice raw, struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice value;
    return json_raw_string(&arena, raw, &value) && (slice_eq(value, text) || slice_is(value, "*"));
}

static bool statement_allows(struct slice statement, struct slice service, struct slice source_arn)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice principal, named, condition, like, raw, pattern;
    if (!json_raw_find(statement, "Principal", &principal)) {
        return false;
    }
    if (json_raw_kind(principal) == JSON_OBJECT) {
        if (!json_raw_find(principal, "Service", &named) || !is_string(named, service)) {
            return false;
        }
    } else if (!is_string(principal, service)) {
        return false;
    }
    return !json_raw_find(statement, "Condition", &condition) ||
           !json_raw_find(condition, "ArnLike", &like) ||
           !json_raw_find(like, "AWS:SourceArn", &raw) ||
           (json_raw_string(&arena, raw, &pattern) && glob_matches_text(pattern, source_arn));
}

bool permission_allows(const struct permissions *permissions, struct slice function,
                       struct slice service, struct slice source_arn)
{
    for (size_t i = 0; i < permissions->count; i++) {
        const struct permission *each = &permissions->entries[i].permission;
        if (slice_eq(each->function, function) &&
            statement_allows(each->statement, service, source_arn)) {
            return true;
        }
    }
    return false;
}

static bool is_first_time(struct permissions *permissions, struct slice function,
                          struct slice source_arn)
{
    uint64_t pair = slice_hash(function) * 31 + slice_hash(source_arn);
    for (size_t i = 0; i < permissions->warned_count; i++) {
        if (permissions->warned[i] == pair) {
            return false;
        }
    }
    if (permissions->warned_count == WARNED_MAX) {
        return false;
    }
    permissions->warned[permissions->warned_count++] = pair;
    return true;
}

void permission_warn(struct permissions *permissions, struct slice function,
                     struct slice source_arn)
{
    /* Those that invoke by permission; others do so with a role of the customer's. */
    static const char *const services[] = {"events", "sns", "s3", "logs"};
    struct arn arn;
    if (!arn_parse(source_arn, &arn)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        AUTO_BUF service = BUF_INIT(64);
        buf_printf(&service, "%s.amazonaws.com", services[i]);
        if (slice_is(arn.service, services[i]) &&
            !permission_allows(permissions, function, buf_slice(&service), source_arn) &&
            is_first_time(permissions, function, source_arn)) {
            scheduler_notice(permissions->scheduler, function,
                             "has no permission for %s to invoke it from %.*s: on AWS the event "
                             "would not arrive",
                             buf_cstr(&service), SLICE_ARG(source_arn));
        }
    }
}

/* --- life --- */

static void load(void *part, struct slice key, struct slice json)
{
    struct permissions *permissions = part;
    size_t first = slice_find(key, ':');
    size_t last = slice_rfind(key, ':');
    if (first == SLICE_NPOS || first == last) {
        return;
    }
    const struct permission permission = {
        .function = slice_take(key, first),
        .qualifier = slice_of(key.ptr + first + 1, last - first - 1),
        .sid = slice_skip(key, last + 1),
        .statement = json,
    };
    size_t index =
        find_index(permissions, permission.function, permission.qualifier, permission.sid);
    if (json.ptr != NULL) {
        (void)keep(permissions, &permission);
    } else if (index != SLICE_NPOS) {
        remove_at(permissions, index);
    }
}

struct permissions *permissions_create(struct scheduler *scheduler)
{
    struct permissions *permissions = mem_zalloc(sizeof *permissions);
    permissions->scheduler = scheduler;
    state_keep(scheduler, STATE_POLICY, load, permissions);
    state_each(scheduler, STATE_POLICY, load, permissions);
    return permissions;
}

void permissions_destroy(struct permissions *permissions)
{
    if (permissions == NULL) {
        return;
    }
    while (permissions->count > 0) {
        remove_at(permissions, permissions->count - 1);
    }
    mem_free(permissions->entries);
    mem_free(permissions);
}
