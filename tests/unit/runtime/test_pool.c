/* How many sandboxes a function gets, who waits for whom, and when they end. */
#include "core/mem.h"
#include "runtime/limits.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(pool, does_not_start_a_sandbox_for_each_of_many_requests_in_a_row)
{
    struct world world;
    struct function_state state;
    world_open(&world, NULL);
    for (int i = 0; i < 200; i++) {
        expect(&world, i % 2 == 0 ? "echo" : "chatter x", i % 2 == 0 ? "echo" : "\"answered\"");
    }
    cr_assert(lambda_function_find(world.lambda, SLICE("Fn"), &state));
    /* One, but for a machine so busy that the handler came back late. */
    cr_assert_leq(state.sandboxes, 5);
    cr_assert_eq(state.invocations, 200);
    world_close(&world);
}

/* Enough calls for the pool to know that they are quick; the shortest duration. */
static uint64_t make_quick(struct world *world)
{
    uint64_t shortest_us = UINT64_MAX;
    for (int i = 0; i < 50; i++) {
        struct answer answer = call(world, "echo");
        cr_assert_str_eq(answer.payload, "echo");
        shortest_us = answer.duration_us < shortest_us ? answer.duration_us : shortest_us;
        answer_finish(&answer);
    }
    return shortest_us;
}

/* Fifty requests at once to a quick function: how many sandboxes there are afterwards. */
static uint32_t sandboxes_for_fifty(uint64_t *ret_shortest_us)
{
    struct world world;
    struct function_state state;
    struct answer answers[50] = {{0}};
    world_open(&world, NULL);
    *ret_shortest_us = make_quick(&world);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_start(&world, &answers[i], "echo");
    }
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_wait(&answers[i]);
        cr_assert_str_eq(answers[i].payload, "echo");
        answer_finish(&answers[i]);
    }
    cr_assert(lambda_function_find(world.lambda, SLICE("Fn"), &state));
    world_close(&world);
    return state.sandboxes;
}

Test(pool, quick_requests_wait_for_a_busy_sandbox_rather_than_start_fifty)
{
    /* A machine that is busy otherwise makes the function slow, and slow functions do not wait. */
    bool was_quick = false;
    for (int attempt = 0; attempt < 10; attempt++) {
        uint64_t shortest_us;
        if (sandboxes_for_fifty(&shortest_us) < 50) {
            return;
        }
        was_quick = was_quick || shortest_us < QUICK_MAX_US / 2;
    }
    if (!was_quick) {
        cr_skip_test("this machine is too busy for quick functions");
    }
    cr_assert_fail("fifty sandboxes in ten attempts");
}

Test(pool, requests_that_turn_out_slow_do_not_wait_behind_each_other)
{
    struct world world;
    struct answer answers[12] = {{0}};
    world_open(&world, NULL);
    make_quick(&world);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_start(&world, &answers[i], "sleep 1000");
    }
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_wait(&answers[i]);
        cr_assert_eq(answers[i].outcome, INVOKE_OK);
        cr_assert_lt(answers[i].took_ms, 1900, "call %zu took %f ms", i, answers[i].took_ms);
        answer_finish(&answers[i]);
    }
    world_close(&world);
}

/* Runs the loop until so many sandboxes of the function are busy at the same time. */
static void wait_for_busy(struct world *world, uint32_t count)
{
    struct function_state state = {.busy = 0};
    for (int i = 0; i < 3000 && state.busy != count; i++) {
        world_run_until(world, NULL, 10);
        cr_assert(lambda_function_find(world->lambda, SLICE("fn"), &state));
    }
    cr_assert_eq(state.busy, count);
}

Test(pool, runs_fifty_requests_side_by_side)
{
    struct world world;
    struct answer answers[50];
    char event[400];
    world_open(&world, NULL);
    snprintf(event, sizeof event, "await %s/go", world.dir);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_start(&world, &answers[i], event);
    }
    wait_for_busy(&world, COUNT_OF(answers)); /* none can end before the others have begun */
    write_text_file(event + strlen("await "), "");
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_wait(&answers[i]);
        cr_assert_eq(answers[i].outcome, INVOKE_OK, "%s", answers[i].message);
        answer_finish(&answers[i]);
    }
    world_close(&world);
}

Test(pool, throttles_beyond_reserved_concurrency_only)
{
    struct world world;
    struct answer answers[3];
    world_open(&world, NULL);
    world.spec.reserved_concurrency = 1;
    world_deploy(&world);
    call_start(&world, &answers[0], "sleep 100");
    call_start(&world, &answers[1], "echo");
    call_wait(&answers[1]);
    cr_assert_eq(answers[1].outcome, INVOKE_THROTTLED);
    cr_assert_str_eq(answers[1].message, "ReservedFunctionConcurrentInvocationLimitExceeded");
    call_wait(&answers[0]);
    cr_assert_eq(answers[0].outcome, INVOKE_OK);
    expect(&world, "echo", "echo");
    world.spec.reserved_concurrency = 0;
    world_deploy(&world);
    answers[2] = call(&world, "echo");
    cr_assert_eq(answers[2].outcome, INVOKE_THROTTLED);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        answer_finish(&answers[i]);
    }
    world_close(&world);
}

Test(pool, queues_beyond_the_default_concurrency_first_in_first_out)
{
    struct world world;
    struct answer answers[8];
    world_prepare(&world, NULL);
    world.options.default_concurrency = 1;
    world_start(&world);
    world_deploy(&world);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_start(&world, &answers[i], "sleep 5");
    }
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_wait(&answers[i]);
        cr_assert_eq(answers[i].outcome, INVOKE_OK);
        cr_assert_eq(answers[i].order, i + 1);
        answer_finish(&answers[i]);
    }
    world_close(&world);
}

Test(pool, keeps_unchanged_sandboxes_over_a_deploy_and_replaces_changed_ones)
{
    struct world world;
    world_open(&world, NULL);
    struct answer first = call(&world, "pid");
    world.spec.position = SLICE("template.yaml:99:1");
    world_deploy(&world);
    struct answer second = call(&world, "pid");
    cr_assert_str_eq(first.payload, second.payload);
    struct answer running;
    world_run_until(&world, NULL, 20); /* it is idle again */
    call_start(&world, &running, "sleep 100");
    world.spec.memory_mb = 256;
    world_deploy(&world);
    expect(&world, "env AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
    call_wait(&running);
    cr_assert_eq(running.outcome, INVOKE_OK);
    struct function_state state;
    world_run_until(&world, NULL, 50);
    cr_assert(lambda_function_find(world.lambda, SLICE("fn"), &state));
    cr_assert_eq(state.sandboxes, 1);
    lambda_deploy(world.lambda, NULL, 0);
    struct answer gone = call(&world, "pid");
    cr_assert_eq(gone.outcome, INVOKE_NOT_FOUND);
    answer_finish(&first);
    answer_finish(&second);
    answer_finish(&running);
    answer_finish(&gone);
    world_close(&world);
}

Test(pool, ends_a_removed_function_after_its_queue)
{
    struct world world;
    struct answer answers[3];
    world_prepare(&world, NULL);
    world.options.default_concurrency = 1;
    world_start(&world);
    world_deploy(&world);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_start(&world, &answers[i], "sleep 20");
    }
    lambda_deploy(world.lambda, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        call_wait(&answers[i]);
        cr_assert_eq(answers[i].outcome, INVOKE_OK, "%s", answers[i].message);
        answer_finish(&answers[i]);
    }
    world_close(&world);
}

Test(pool, stops_idle_sandboxes_after_a_while)
{
    struct world world;
    struct function_state state;
    world_prepare(&world, NULL);
    world.options.idle_ms = 60;
    world_start(&world);
    world_deploy(&world);
    expect(&world, "echo", "echo");
    cr_assert(lambda_function_find(world.lambda, SLICE("fn"), &state));
    cr_assert_eq(state.sandboxes, 1);
    world_run_until(&world, NULL, 200);
    cr_assert(lambda_function_find(world.lambda, SLICE("fn"), &state));
    cr_assert_eq(state.sandboxes, 0);
    world_close(&world);
}
