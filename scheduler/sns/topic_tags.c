#include "scheduler/sns/topic_tags.h"

#include "scheduler/sns/members.h"

const struct refusal *topic_tags_merge(struct arena *arena, struct slice tags,
                                       const struct field *list, struct slice *ret_json)
{
    struct tags old = tags_of_object(arena, tags);
    struct tags given = tags_of_records(arena, list, MEMBER_KEY, MEMBER_VALUE);
    struct tags all = tags_with(arena, &old, &given);
    if (list->count > TAGS_MAX || all.count > TAGS_MAX) {
        return refusal_make(arena, SNS_TAG_LIMIT,
                            "Could not complete request: tag quota of per resource exceeded");
    }
    if (given.count < list->count) {
        return refusal_invalid(arena, "Duplicated keys are not allowed.");
    }
    *ret_json = tags_object(arena, &all);
    return NULL;
}

struct slice topic_tags_without(struct arena *arena, struct slice tags, const struct field *keys)
{
    struct tags old = tags_of_object(arena, tags);
    struct tags left = tags_without(arena, &old, keys);
    return tags_object(arena, &left);
}

bool topic_tags_have(struct arena *arena, struct slice tags, const struct field *list)
{
    struct tags there = tags_of_object(arena, tags);
    struct tags given = tags_of_records(arena, list, MEMBER_KEY, MEMBER_VALUE);
    return tags_include(&there, &given);
}
