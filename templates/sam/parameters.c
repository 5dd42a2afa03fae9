/* Values of parameters that the macros must know: an alias or stage name decides logical ids.
 * Whatever is left as a Ref is resolved later, with everything else. */
#include "templates/sam/sam.h"

static bool option_value(const struct sam *sam, struct slice name, struct slice *ret_value)
{
    const struct template_options *options = sam->load->options;
    for (size_t i = 0; options != NULL && i < options->parameters.count; i++) {
        if (slice_eq(options->parameters.items[i].name, name)) {
            *ret_value = options->parameters.items[i].value;
            return true;
        }
    }
    return false;
}

void sam_load_parameters(struct sam *sam)
{
    struct value *declared = sam_get(sam->root, "Parameters");
    sam->parameters = value_map(sam->arena, sam->root->pos);
    for (size_t i = 0; sam_is_map(declared) && i < declared->as.map.count; i++) {
        const struct value_entry *entry = &declared->as.map.entries[i];
        struct value *fallback = sam_get(entry->value, "Default");
        struct slice given;
        if (option_value(sam, entry->key, &given)) {
            value_set(sam->arena, sam->parameters, entry->key,
                      sam_string(sam, entry->key_pos, given));
        } else if (fallback != NULL) {
            value_set(sam->arena, sam->parameters, entry->key, fallback);
        }
    }
    const char *region = sam->load->options != NULL ? sam->load->options->region : NULL;
    region = region != NULL ? region : "us-east-1";
    sam->partition = slice_starts_with(slice_from(region), SLICE("cn-"))       ? SLICE("aws-cn")
                     : slice_starts_with(slice_from(region), SLICE("us-gov-")) ? SLICE("aws-us-gov")
                                                                               : SLICE("aws");
    sam_put_text(sam, sam->parameters, "AWS::Region", region);
    value_set(sam->arena, sam->parameters, SLICE("AWS::Partition"),
              sam_string(sam, sam->root->pos, sam->partition));
}

static bool is_reference_char(char c)
{
    return slice_is_alnum(slice_of(&c, 1), "") || c == '.' || c == ':';
}

/* "${Name}" of known parameters becomes their text. */
static struct value *resolve_sub_text(struct sam *sam, struct value *text)
{
    AUTO_BUF buf = BUF_INIT(16u * 1024 * 1024);
    struct slice rest = text->text;
    bool has_changed = false;
    for (;;) {
        size_t at = slice_search(rest, SLICE("${"));
        if (at == SLICE_NPOS) {
            break;
        }
        size_t end = at + 2;
        while (end < rest.len && is_reference_char(rest.ptr[end])) {
            end++;
        }
        struct slice name = slice_of(rest.ptr + at + 2, end - at - 2);
        struct value *value =
            end < rest.len && rest.ptr[end] == '}' ? value_find(sam->parameters, name) : NULL;
        if (value_is_scalar(value)) {
            buf_append(&buf, slice_take(rest, at));
            buf_append(&buf, value_scalar_text(value));
            rest = slice_skip(rest, end + 1);
            has_changed = true;
        } else {
            buf_append(&buf, slice_take(rest, end));
            rest = slice_skip(rest, end);
        }
    }
    if (!has_changed) {
        return text;
    }
    buf_append(&buf, rest);
    return sam_string(sam, text->pos, arena_copy(sam->arena, buf_slice(&buf)));
}

static struct value *resolve_sub(struct sam *sam, struct value *sub, struct value *arg)
{
    struct value *first = sam_is_list(arg) ? value_at(arg, 0) : arg;
    struct value *resolved = first;
    if (sam_is_string(first)) {
        resolved = resolve_sub_text(sam, first);
    }
    struct value *variables = sam_is_list(arg) ? value_at(arg, 1) : NULL;
    struct value *resolved_variables = sam_resolve(sam, variables);
    if (resolved == first && resolved_variables == variables) {
        return sub;
    }
    if (sam_is_list(arg)) {
        resolved = sam_list(sam, arg->pos, resolved, resolved_variables, NULL);
    }
    return sam_map(sam, sub->pos, "Fn::Sub", resolved, NULL);
}

struct value *sam_resolve(struct sam *sam, struct value *value)
{
    struct slice name;
    struct value *arg;
    if (value == NULL) {
        return NULL;
    }
    if (value_is_intrinsic(value, &name, &arg)) {
        if (slice_is(name, "Ref") && sam_is_string(arg)) {
            struct value *parameter = value_find(sam->parameters, arg->text);
            return parameter != NULL ? parameter : value;
        }
        if (slice_is(name, "Fn::Sub")) {
            return resolve_sub(sam, value, arg);
        }
    }
    struct value *copy = NULL;
    size_t count = value_count(value);
    for (size_t i = 0; i < count; i++) {
        bool is_list = value->kind == VALUE_LIST;
        struct value *item = is_list ? value->as.list.items[i] : value->as.map.entries[i].value;
        struct value *resolved = sam_resolve(sam, item);
        if (resolved == item) {
            continue;
        }
        if (copy == NULL) {
            copy = is_list ? value_list(sam->arena, value->pos) : value_map(sam->arena, value->pos);
            for (size_t k = 0; k < count; k++) {
                if (is_list) {
                    value_push(sam->arena, copy, value->as.list.items[k]);
                } else {
                    const struct value_entry *entry = &value->as.map.entries[k];
                    value_set_at(sam->arena, copy, entry->key, entry->key_pos, entry->value);
                }
            }
        }
        if (is_list) {
            copy->as.list.items[i] = resolved;
        } else {
            copy->as.map.entries[i].value = resolved;
        }
    }
    return copy != NULL ? copy : value;
}
