#include "scheduler/s3/post_policy.h"

#include "core/encode.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#define NOW_MS 1700000000000LL

static const struct {
    const char *policy; /* ' for " */
    const char *want;   /* a piece of the message; NULL: fine */
} rows[] = {
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[{'acl':'private'},['starts-with','$key','"
     "user/'],"
     "{'bucket':'b'},['content-length-range',1,'10']]}",
     NULL},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[['eq','$acl','private'],['starts-with','$"
     "KEY','']]}",
     NULL},
    {"{'expiration':'2020-01-01T00:00:00Z','conditions':[]}", "Policy expired."},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[{'acl':'private'}]}",
     "Extra input fields: key"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[{'acl':'public'},['starts-with','$key','']"
     "]}",
     "Policy Condition failed: [\"eq\", \"$acl\", \"public\"]"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[{'acl':'private'},['starts-with','$key','"
     "other/']]}",
     "Policy Condition failed: [\"starts-with\", \"$key\", \"other/\"]"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[{'bucket':'other'}]}", "$bucket"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[['eq','key','k']]}", "begins with $"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[['eq','$key']]}", "three members"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[['like','$key','k']]}",
     "unknown operation"},
    {"{'expiration':'2100-01-01T00:00:00Z','conditions':[['content-length-range','a',2]]}",
     "content-length-range"},
    {"{'expiration':'2100-01-01T00:00:00Z'}", "missing conditions"},
    {"{'conditions':[]}", "missing expiration"},
    {"{", "Invalid JSON"},
};

static const struct refusal *run(struct arena *arena, const char *policy, struct post_policy *out)
{
    static struct form_data form;
    AUTO_BUF json = BUF_INIT(4096);
    AUTO_BUF text = BUF_INIT(8192);
    for (; *policy != '\0'; policy++) {
        buf_append_char(&json, *policy == '\'' ? '"' : *policy);
    }
    base64_encode(&text, buf_slice(&json));
    form.fields[0] = (struct http_header){SLICE("key"), SLICE("user/1")};
    form.fields[1] = (struct http_header){SLICE("acl"), SLICE("private")};
    form.fields[2] = (struct http_header){SLICE("x-ignore-me"), SLICE("1")};
    form.field_count = 3;
    return post_policy_check(arena, arena_copy(arena, buf_slice(&text)), &form, SLICE("b"), NOW_MS,
                             out);
}

Test(post_policy, lets_in_what_its_conditions_name_and_nothing_else)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct post_policy policy;
        const struct refusal *refusal = run(&arena, rows[i].policy, &policy);
        cr_assert_eq(refusal == NULL, rows[i].want == NULL, "row %zu", i);
        if (refusal != NULL) {
            cr_expect_neq(slice_search(refusal->message, slice_from(rows[i].want)), SLICE_NPOS,
                          "row %zu: %.*s", i, SLICE_ARG(refusal->message));
        }
    }
}

Test(post_policy, tells_how_long_the_file_may_be)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct post_policy policy;
    cr_assert_null(run(&arena, rows[0].policy, &policy));
    cr_expect(policy.min_len == 1 && policy.max_len == 10);
    cr_assert_null(run(&arena, rows[1].policy, &policy));
    cr_expect(policy.min_len == 0 && policy.max_len == UINT64_MAX);
}
