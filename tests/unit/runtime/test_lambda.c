/* reference/lambda.md section 8, seen by a caller of the invoker. */
#include "support.h"

#include "core/mem.h"
#include <criterion/criterion.h>

Test(lambda, answers_with_the_bytes_of_the_function)
{
    struct world world;
    world_open(&world, NULL);
    expect(&world, "{\"big\":9007199254740993}", "{\"big\":9007199254740993}");
    world_close(&world);
}

Test(lambda, serves_the_next_call_with_the_same_process)
{
    struct world world;
    world_open(&world, NULL);
    struct answer first = call(&world, "pid");
    struct answer second = call(&world, "pid");
    cr_assert_str_eq(first.payload, second.payload);
    cr_assert_gt(first.init_us, 0);
    cr_assert_eq(second.init_us, 0);
    answer_finish(&first);
    answer_finish(&second);
    world_close(&world);
}

Test(lambda, kills_at_the_deadline_and_keeps_tmp)
{
    struct world world;
    world_open(&world, NULL);
    world.spec.timeout_ms = 1000;
    world_deploy(&world);
    struct answer before = call(&world, "pid");
    struct answer late = call(&world, "keep treasure");
    cr_assert_eq(late.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_eq(late.failure, FAILURE_TIMEOUT);
    cr_assert_lt(late.took_ms, 1050);
    cr_assert_geq(late.took_ms, 1000);
    char want[256];
    snprintf(want, sizeof want,
             "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: %s Error: Task "
             "timed out after 1.00 seconds\"}",
             late.request_id);
    cr_assert_str_eq(late.payload, want);
    struct answer after = call(&world, "pid");
    cr_assert_str_neq(before.payload, after.payload);
    expect(&world, "kept", "treasure");
    answer_finish(&before);
    answer_finish(&late);
    answer_finish(&after);
    world_close(&world);
}
