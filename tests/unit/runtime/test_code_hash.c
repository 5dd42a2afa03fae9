#include "core/buf.h"
#include "core/mem.h"
#include "support.h"

#include <criterion/criterion.h>

static char *code_sha(struct world *world, char *revision)
{
    struct function_state state;
    cr_assert(lambda_function_find(world->lambda, SLICE("fn"), &state));
    lambda_function_code(&state);
    cr_assert_eq(state.code_sha256.len, 44);
    cr_assert_eq(state.revision_id.len, 36);
    cr_assert_gt(state.code_size, 0);
    memcpy(revision, state.revision_id.ptr, 37);
    char *copy = mem_zalloc(45);
    memcpy(copy, state.code_sha256.ptr, 44);
    return copy;
}

Test(code_hash, changes_with_the_code_and_the_revision_with_the_settings_too)
{
    struct world world;
    char path[400];
    char revisions[4][ID_UUID_MAX];
    world_prepare(&world, NULL);
    world.options.watches = true;
    world_start(&world);
    world_deploy(&world);
    expect(&world, "echo", "echo");
    char *first = code_sha(&world, revisions[0]);
    char *again = code_sha(&world, revisions[1]);
    cr_assert_str_eq(first, again);
    cr_assert_str_eq(revisions[0], revisions[1]);
    snprintf(path, sizeof path, "%s/file", world.code);
    write_text_file(path, "x");
    expect(&world, "echo", "echo");
    char *changed = code_sha(&world, revisions[2]);
    cr_assert_str_neq(first, changed);
    cr_assert_str_neq(revisions[0], revisions[2]);
    world.spec.memory_mb = 512;
    world_deploy(&world);
    char *same = code_sha(&world, revisions[3]);
    cr_assert_str_eq(changed, same);
    cr_assert_str_neq(revisions[2], revisions[3]);
    mem_free(first);
    mem_free(again);
    mem_free(changed);
    mem_free(same);
    world_close(&world);
}
