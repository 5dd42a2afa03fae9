#include "templates/serverless/variables.h"

#include "core/buf.h"
#include "templates/limits.h"
#include "templates/reader.h"

static void resolve_string(struct variables *variables, struct value *value,
                           const struct property_path *path);
static enum found evaluate(struct variables *variables, const struct variable *variable,
                           struct source_pos pos, const struct property_path *path,
                           struct value **ret_value);

/* --- what was resolved --- */

/* Maps and lists are shared by copying the node, so what they hold is their identity. */
static const void *identity(const struct value *value)
{
    if (value->kind == VALUE_MAP && value->as.map.count > 0) {
        return value->as.map.entries;
    }
    if (value->kind == VALUE_LIST && value->as.list.count > 0) {
        return value->as.list.items;
    }
    return value;
}

static size_t done_slot(const struct variables *variables, const void *key)
{
    size_t slot = (size_t)(((uintptr_t)key >> 4) * (uintptr_t)0x9E3779B97F4A7C15u);
    slot &= variables->done_cap - 1;
    while (variables->done[slot] != NULL && variables->done[slot] != key) {
        slot = (slot + 1) & (variables->done_cap - 1);
    }
    return slot;
}

static bool is_done(const struct variables *variables, const struct value *value)
{
    const void *key = identity(value);
    return variables->done_cap > 0 && variables->done[done_slot(variables, key)] == key;
}

static void set_done(struct variables *variables, const struct value *value)
{
    if (variables->done_count * 2 >= variables->done_cap) {
        const void **old = variables->done;
        size_t old_cap = variables->done_cap;
        variables->done_cap = old_cap > 0 ? old_cap * 2 : 256;
        variables->done = arena_array(variables->arena, variables->done_cap, sizeof(*old));
        for (size_t i = 0; i < old_cap; i++) {
            if (old[i] != NULL) {
                variables->done[done_slot(variables, old[i])] = old[i];
            }
        }
    }
    size_t slot = done_slot(variables, identity(value));
    variables->done_count += variables->done[slot] == NULL;
    variables->done[slot] = identity(value);
}

static bool is_open(const struct variables *variables, const struct value *value)
{
    for (size_t i = 0; i < variables->open_count; i++) {
        if (variables->open[i] == identity(value)) {
            return true;
        }
    }
    return false;
}

bool variables_is_busy(const struct variables *variables, const struct value *value)
{
    for (size_t i = 0; i < variables->busy_count; i++) {
        if (variables->busy[i] == value) {
            return true;
        }
    }
    return false;
}

/* --- text --- */

/* "custom.table.0" */
static struct slice path_text(struct variables *variables, const struct property_path *path)
{
    if (path == NULL) {
        return SLICE("");
    }
    struct slice parent = path_text(variables, path->parent);
    const char *dot = parent.len > 0 ? "." : "";
    if (path->key.ptr != NULL) {
        return arena_printf(variables->arena, "%.*s%s%.*s", SLICE_ARG(parent), dot,
                            SLICE_ARG(path->key));
    }
    return arena_printf(variables->arena, "%.*s%s%zu", SLICE_ARG(parent), dot, path->index);
}

static void tell(struct variables *variables, struct source_pos pos,
                 const struct property_path *path, const char *reason)
{
    struct slice where = path_text(variables, path);
    load_error(variables->load, pos, "Cannot resolve variable at \"%.*s\": %s", SLICE_ARG(where),
               reason);
}

/* --- evaluation --- */

/* The pieces as one text. */
/* `*ret_has_unknown` is set when a part of the text is not known; NULL: nobody asks. */
static enum found pieces_text(struct variables *variables, const struct piece *pieces,
                              struct source_pos pos, const struct property_path *path,
                              struct slice *ret_text, bool *ret_has_unknown)
{
    AUTO_BUF text = BUF_INIT(VARIABLE_TEXT_MAX);
    for (; pieces != NULL; pieces = pieces->next) {
        struct slice part = pieces->literal;
        if (pieces->variable != NULL) {
            struct value *value = NULL;
            enum found found = evaluate(variables, pieces->variable, pos, path, &value);
            if (found != FOUND_VALUE) {
                return found;
            }
            if (value->has_unknown && ret_has_unknown != NULL) {
                *ret_has_unknown = true;
            }
            part = value_scalar_text(value);
            if (part.ptr == NULL) {
                tell(variables, pos, path,
                     "String value consist of variable which resolve with non-string value");
                return FOUND_ERROR;
            }
        }
        buf_append(&text, part);
    }
    if (buf_status(&text) != STATUS_OK) {
        tell(variables, pos, path, "the text becomes longer than 1 MiB");
        return FOUND_ERROR;
    }
    *ret_text = text.len > 0 ? arena_copy(variables->arena, buf_slice(&text)) : SLICE("");
    return FOUND_VALUE;
}

/* What trying the alternatives of one variable has shown, for the words when none has a value. */
struct trial {
    struct source_call last;
    struct slice unknown_type; /* of the first source that is not known here */
    struct value *unknown;     /* a value that was told to be unknown before */
};

static enum found try_source(struct variables *variables, const struct alternative *alternative,
                             struct source_pos pos, const struct property_path *path,
                             struct trial *trial, struct value **ret_value)
{
    struct source_call *call = &trial->last;
    *call = (struct source_call){.type = alternative->text, .pos = pos, .path = path};
    enum found found = pieces_text(variables, alternative->params, pos, path, &call->params, NULL);
    if (found == FOUND_VALUE) {
        found = pieces_text(variables, alternative->address, pos, path, &call->address, NULL);
    }
    if (found != FOUND_VALUE) {
        return found;
    }
    call->params = slice_trim(call->params);
    found = variables_source(variables, call, ret_value);
    if (found == FOUND_VALUE && (*ret_value)->kind == VALUE_NULL) {
        return FOUND_NOTHING;
    }
    if (found == FOUND_VALUE && value_is_unknown(*ret_value)) {
        trial->unknown = *ret_value;
        return FOUND_NOTHING;
    }
    if (found == FOUND_UNKNOWN && trial->unknown_type.ptr == NULL) {
        trial->unknown_type = call->type;
    }
    return found;
}

static enum found try_alternatives(struct variables *variables, const struct variable *variable,
                                   struct source_pos pos, const struct property_path *path,
                                   struct trial *trial, struct value **ret_value)
{
    for (const struct alternative *it = variable->alternatives; it != NULL; it = it->next) {
        enum found found = FOUND_NOTHING;
        switch (it->kind) {
        case ALTERNATIVE_TEXT:
            *ret_value = value_string(variables->arena, pos, it->text);
            return FOUND_VALUE;
        case ALTERNATIVE_PLAIN:
            *ret_value = scalar_plain(variables->arena, DIALECT_SERVERLESS, pos, it->text);
            return FOUND_VALUE;
        case ALTERNATIVE_VARIABLE:
            found = try_alternatives(variables, it->variable, pos, path, trial, ret_value);
            break;
        case ALTERNATIVE_SOURCE:
            found = try_source(variables, it, pos, path, trial, ret_value);
            break;
        }
        if (found == FOUND_VALUE || found == FOUND_ERROR) {
            return found;
        }
    }
    return FOUND_NOTHING;
}

/* "${opt:stage}" without a fallback means that the author always gives --stage; locally there is a
 * default. */
static struct value *implied_option(struct variables *variables, const struct source_call *call)
{
    bool is_stage = slice_is(call->address, "stage");
    if (!slice_is(call->type, "opt") || (!is_stage && !slice_is(call->address, "region"))) {
        return NULL;
    }
    struct slice text = is_stage ? variables_stage(variables) : variables_region(variables);
    load_notice(variables->load, call->pos, "--%.*s was not given: \"%.*s\" is used",
                SLICE_ARG(call->address), SLICE_ARG(text));
    return value_string(variables->arena, call->pos, text);
}

/* FOUND_VALUE or FOUND_ERROR (told). */
static enum found evaluate(struct variables *variables, const struct variable *variable,
                           struct source_pos pos, const struct property_path *path,
                           struct value **ret_value)
{
    struct trial trial = {.unknown = NULL};
    if (variables->depth >= VARIABLE_DEPTH_MAX) {
        tell(variables, pos, path, "variables are nested too deeply");
        return FOUND_ERROR;
    }
    variables->depth++;
    enum found found = try_alternatives(variables, variable, pos, path, &trial, ret_value);
    variables->depth--;
    if (found == FOUND_ERROR) {
        return found;
    }
    if (found == FOUND_VALUE) {
        if (trial.unknown_type.ptr != NULL) {
            load_notice(variables->load, pos, "%.*s cannot be known locally: its fallback is used",
                        SLICE_ARG(variable->text));
        }
        if ((*ret_value)->kind == VALUE_STRING && !is_done(variables, *ret_value)) {
            resolve_string(variables, *ret_value, path);
        }
        return found;
    }
    if (trial.unknown_type.ptr != NULL) {
        load_warning(variables->load, pos,
                     "%.*s cannot be known locally: empty text is used (a fallback would be used "
                     "instead: ${..., 'value'})",
                     SLICE_ARG(variable->text));
        *ret_value = value_unknown(variables->arena, pos);
        return FOUND_VALUE;
    }
    *ret_value = trial.unknown != NULL ? trial.unknown : implied_option(variables, &trial.last);
    if (*ret_value != NULL) {
        return FOUND_VALUE;
    }
    bool is_file = slice_is(trial.last.type, "file");
    struct slice reason = arena_printf(
        variables->arena, "Value not found at \"%.*s\" source%s%.*s%s", SLICE_ARG(trial.last.type),
        is_file ? " (" : "", SLICE_ARG(is_file ? trial.last.params : SLICE("")),
        is_file ? trial.last.address.len > 0 ? ": no such file or key)" : ": no such file)" : "");
    tell(variables, pos, path, reason.ptr);
    return FOUND_ERROR;
}

static bool parse(struct variables *variables, const struct value *value,
                  const struct property_path *path, struct piece **ret_pieces)
{
    struct fault fault;
    if (variables_parse(variables->arena, value->text, ret_pieces, &fault) != STATUS_OK) {
        tell(variables, value->pos, path, fault.text);
        return false;
    }
    return true;
}

/* Replaces a string by what its variables give; what is inside of a map or list stays to be
 * resolved, so that a section out of a file may refer to itself. The position stays that of the
 * use. */
static void resolve_string(struct variables *variables, struct value *value,
                           const struct property_path *path)
{
    struct piece *pieces = NULL;
    struct value *result = NULL;
    enum found found = FOUND_ERROR;
    if (slice_search(value->text, SLICE("${")) == SLICE_NPOS) {
        set_done(variables, value);
        return;
    }
    bool is_circular = variables_is_busy(variables, value);
    if (is_circular || variables->busy_count >= VARIABLE_DEPTH_MAX) {
        tell(variables, value->pos, path,
             is_circular ? "the variable refers to itself (circular reference)"
                         : "variables and values are nested too deeply");
        *value = *value_unknown(variables->arena, value->pos);
        return;
    }
    variables->busy[variables->busy_count++] = value;
    if (!parse(variables, value, path, &pieces)) {
        found = FOUND_ERROR;
    } else if (!pieces_have_variable(pieces)) {
        found = FOUND_VALUE;
        result = value;
    } else if (pieces->next == NULL) {
        found = evaluate(variables, pieces->variable, value->pos, path, &result);
    } else {
        struct slice text = SLICE("");
        bool has_unknown = false;
        found = pieces_text(variables, pieces, value->pos, path, &text, &has_unknown);
        result = value_string(variables->arena, value->pos, text);
        result->has_unknown = has_unknown;
    }
    variables->busy_count--;
    if (found != FOUND_VALUE) {
        result = value_unknown(variables->arena, value->pos);
    }
    if (result != value) {
        struct source_pos pos = value->pos;
        *value = *result;
        value->pos = pos;
    }
    if (value->kind != VALUE_MAP && value->kind != VALUE_LIST) {
        set_done(variables, value);
    }
}

static void resolve_value(struct variables *variables, struct value *value,
                          const struct property_path *path);

static void resolve_children(struct variables *variables, struct value *value,
                             const struct property_path *path)
{
    struct property_path child = {.parent = path};
    if (value->kind == VALUE_LIST) {
        for (size_t i = 0; i < value->as.list.count; i++) {
            child.index = i;
            resolve_value(variables, value->as.list.items[i], &child);
        }
        return;
    }
    for (size_t i = 0; i < value->as.map.count; i++) {
        child.key = value->as.map.entries[i].key;
        resolve_value(variables, value->as.map.entries[i].value, &child);
    }
}

static void resolve_value(struct variables *variables, struct value *value,
                          const struct property_path *path)
{
    if (value->kind == VALUE_STRING && !is_done(variables, value)) {
        resolve_string(variables, value, path);
    }
    if ((value->kind != VALUE_LIST && value->kind != VALUE_MAP) || is_done(variables, value)) {
        return;
    }
    if (is_open(variables, value)) {
        tell(variables, value->pos, path, "the variable refers to itself (circular reference)");
        *value = *value_unknown(variables->arena, value->pos);
    } else if (variables->open_count >= VARIABLE_DEPTH_MAX) {
        tell(variables, value->pos, path, "variables and values are nested too deeply");
        *value = *value_unknown(variables->arena, value->pos);
    } else {
        variables->open[variables->open_count++] = identity(value);
        resolve_children(variables, value, path);
        variables->open_count--;
        set_done(variables, value);
    }
}

static struct value *step(struct value *value, struct slice segment)
{
    uint64_t index;
    if (value->kind == VALUE_MAP) {
        return value_find(value, segment);
    }
    if (value->kind == VALUE_LIST && slice_to_u64(segment, &index) &&
        index < value->as.list.count) {
        return value->as.list.items[index];
    }
    return NULL;
}

enum found variables_lookup(struct variables *variables, struct value *root, struct slice address,
                            const struct source_call *call, struct value **ret_value)
{
    struct property_path *path = NULL;
    struct value *value = root;
    struct slice segment;
    while (address.len > 0 && slice_split(&address, '.', &segment)) {
        if (value_is_unknown(value)) {
            break;
        }
        if (value->kind == VALUE_STRING && !is_done(variables, value)) {
            resolve_string(variables, value, path);
        }
        struct property_path *deeper = arena_alloc(variables->arena, sizeof(*deeper));
        *deeper = (struct property_path){.parent = path, .key = segment};
        path = deeper;
        struct value *next = value_is_unknown(value) ? value : step(value, segment);
        if (next == NULL) {
            return FOUND_NOTHING;
        }
        value = next;
    }
    if (value->kind == VALUE_STRING && !is_done(variables, value)) {
        if (variables_is_busy(variables, value)) {
            tell(variables, call->pos, call->path,
                 "the variable refers to itself (circular reference)");
            return FOUND_ERROR;
        }
        resolve_string(variables, value, path);
    }
    *ret_value = value;
    return FOUND_VALUE;
}

/* --- the whole tree --- */

/* What follows walks the tree as a tree, so what is shared counts each time. */
static bool count_nodes(const struct value *value, size_t depth, size_t *count)
{
    if (++*count > TEMPLATE_NODES_MAX || depth > TEMPLATE_DEPTH_MAX) {
        return false;
    }
    if (value->kind == VALUE_LIST) {
        for (size_t i = 0; i < value->as.list.count; i++) {
            if (!count_nodes(value->as.list.items[i], depth + 1, count)) {
                return false;
            }
        }
    } else if (value->kind == VALUE_MAP) {
        for (size_t i = 0; i < value->as.map.count; i++) {
            if (!count_nodes(value->as.map.entries[i].value, depth + 1, count)) {
                return false;
            }
        }
    }
    return true;
}

enum status variables_resolve(struct variables *variables)
{
    size_t count = 0;
    resolve_value(variables, variables->root, NULL);
    if (!count_nodes(variables->root, 0, &count)) {
        load_error(variables->load, variables->root->pos,
                   "the template with its variables resolved has more than %d values or more than "
                   "%d levels",
                   TEMPLATE_NODES_MAX, TEMPLATE_DEPTH_MAX);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}
