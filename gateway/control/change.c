#include "gateway/control/control_private.h"

#include "core/id.h"
#include "gateway/control/record.h"

struct change {
    struct entry *old, *entry; /* NULL: there is none */
};

static void add_change(struct request *r, struct entry *old, struct entry *entry)
{
    if (r->change_count == r->change_cap) {
        size_t cap = r->change_cap == 0 ? 8 : r->change_cap * 2;
        struct change *larger = arena_array(r->arena, cap, sizeof *larger);
        if (r->change_count > 0) {
            memcpy(larger, r->changes, r->change_count * sizeof *larger);
        }
        r->changes = larger;
        r->change_cap = cap;
    }
    r->generation = r->control->generation;
    registry_replace(r->registry, old, entry);
    r->changes[r->change_count++] = (struct change){old, entry};
}

struct entry *change_put(struct request *r, const struct entry *entry)
{
    struct entry *old =
        registry_find_even_gone(r->registry, kind_id(entry->kind), entry->owner, entry->id);
    struct entry changed = *entry;
    changed.changed_ms = clock_epoch_ms(r->control->context->clock);
    changed.is_gone = false;
    changed.has_unknown = false;
    if (old != NULL && !old->is_gone) {
        changed.created_ms = old->created_ms;
        changed.logical_id = old->logical_id;
        changed.position = old->position;
        changed.has_unknown = old->has_unknown;
    } else {
        changed.created_ms = changed.changed_ms;
    }
    changed.base = old != NULL ? entry_base(old) : 0;
    changed.origin = ORIGIN_MADE;
    struct entry *created = entry_create(&changed);
    add_change(r, old, created);
    return created;
}

void change_delete(struct request *r, struct entry *entry)
{
    struct entry gone = *entry;
    gone.base = entry_base(entry);
    gone.is_gone = true;
    gone.snapshot = SLICE_NULL;
    add_change(r, entry, gone.base != 0 ? entry_create(&gone) : NULL);
}

/* --- undoing --- */

void request_undo(struct request *r)
{
    for (size_t i = r->change_count; i-- > 0;) {
        struct change *change = &r->changes[i];
        registry_replace(r->registry, change->entry, change->old);
        entry_free(change->entry);
    }
    r->change_count = 0;
}

static void let_go(struct request *r)
{
    for (size_t i = 0; i < r->change_count; i++) {
        entry_free(r->changes[i].old);
    }
}

/* --- serving and keeping --- */

static enum status serve(struct request *r, enum change_effect effect, struct fault *reterr)
{
    switch (effect) {
    case EFFECT_USAGE:
        return control_serve_usage(r->control, reterr);
    case EFFECT_APIS:
        return control_serve(r->control, reterr);
    case EFFECT_NONE:
        break;
    }
    return STATUS_OK;
}

static void tell(const struct control_plane *control, enum change_effect effect)
{
    if (effect == EFFECT_APIS && control->options.on_change != NULL) {
        control->options.on_change(control->options.ctx);
    }
}

/* What the disk has is what there is. */
static void begin_again(struct control_plane *control)
{
    struct fault fault;
    control_reload(control);
    if (control->gateway != NULL && (control_serve(control, &fault) != STATUS_OK ||
                                     control_serve_usage(control, &fault) != STATUS_OK)) {
        log_line(control->context->log, LOG_WARN,
                 "APIs cannot be served as they are kept: %s, ignoring", fault.text);
    }
    tell(control, EFFECT_APIS);
}

static void on_written(void *ctx, enum status status)
{
    struct request *r = ctx;
    bool is_same = r->generation == r->control->generation;
    bool is_kept = status == STATUS_OK;
    let_go(r);
    /* With a change failed all that rest on it: the first of them takes all back. One that was kept while a template was
     * deployed is in no registry. */
    if (is_same != is_kept) {
        begin_again(r->control);
    }
    if (is_kept) {
        request_answer(r);
        return;
    }
    buf_finish(&r->out);
    api_reply_error(r->call, 500, "InternalFailure", SLICE("The change could not be kept."));
}

enum outcome request_commit(struct request *r, enum change_effect effect)
{
    struct fault fault = {.text = ""};
    if (serve(r, effect, &fault) != STATUS_OK) {
        request_undo(r);
        (void)objection_bad(&r->objection, "%s", fault.text);
        return OUTCOME_REFUSED;
    }
    struct control_record *records = arena_array(r->arena, r->change_count, sizeof *records);
    for (size_t i = 0; i < r->change_count; i++) {
        const struct change *change = &r->changes[i];
        const struct entry *entry = change->entry != NULL ? change->entry : change->old;
        records[i].key = record_key(r->arena, entry);
        records[i].json = change->entry != NULL ? record_json(r->arena, change->entry) : SLICE_NULL;
    }
    r->control->has_records = true;
    r->control->options.records.write(r->control->options.records.ctx, records, r->change_count,
                                      on_written, r);
    tell(r->control, effect);
    return OUTCOME_PENDING;
}

struct slice request_new_id(struct request *r, enum kind_id kind)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t len = kinds[kind].id_len;
    char *id = arena_alloc(r->arena, len + 1);
    do {
        uint8_t bytes[16];
        id_random(bytes, sizeof bytes);
        for (size_t i = 0; i < len; i++) {
            id[i] = digits[bytes[i] % (i == 0 ? 26 : sizeof digits - 1)];
        }
    } while (registry_find_even_gone(r->registry, kind, SLICE_NULL, slice_of(id, len)) != NULL);
    return slice_of(id, len);
}
