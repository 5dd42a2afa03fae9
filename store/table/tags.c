#include "store/table/tags.h"

#include "store/table/meta.h"

static const struct problem *check_tag(struct arena *arena, const struct tag *tag)
{
    if (tag->key.len == 0 || !tag_text_is_valid(tag->key)) {
        return problem_invalid(arena, "The Tag Key provided is invalid, Key: %.*s",
                               SLICE_ARG(tag->key));
    }
    if (slice_istarts_with(tag->key, SLICE("aws:"))) {
        return problem_invalid(arena, "Tag Key cannot be prefixed with aws:, Key: %.*s",
                               SLICE_ARG(tag->key));
    }
    if (!tag_text_is_valid(tag->value)) {
        return problem_invalid(arena, "The Tag Value provided is invalid, Value: %.*s",
                               SLICE_ARG(tag->value));
    }
    return NULL;
}

const struct problem *table_tags_input(struct arena *arena, const struct field *list,
                                       struct tags *ret_tags)
{
    struct tags tags = {arena_array(arena, TAGS_MAX + 1, sizeof(struct tag)), 0};
    for (size_t i = 0; i < list->count; i++) {
        struct tag tag = {record_text(list->items[i].record, MEMBER_KEY),
                          record_text(list->items[i].record, MEMBER_VALUE)};
        const struct problem *problem = check_tag(arena, &tag);
        if (problem == NULL && !tags_set(&tags, tag.key, tag.value)) {
            problem = problem_invalid(arena,
                                      "Duplicate Tag Keys provided as input: Duplicate Tag Key "
                                      "found %.*s",
                                      SLICE_ARG(tag.key));
        }
        if (problem != NULL) {
            return problem;
        }
        if (tags.count > TAGS_MAX) {
            return problem_invalid(
                arena, "Number of Tags exceed the current limit for the provided ResourceArn");
        }
    }
    *ret_tags = tags;
    return NULL;
}

struct tags table_tags_get(struct txn *txn, struct arena *arena, uint32_t table_id)
{
    return tags_of_object(arena, meta_get_of_id(txn, arena, 'a', table_id));
}

void table_tags_put(struct txn *txn, uint32_t table_id, const struct tags *tags)
{
    AUTO_ARENA arena = ARENA_INIT;
    meta_put_of_id(txn, 'a', table_id, tags_object(&arena, tags));
}
