/* The execution environment, seen by a caller of the invoker. */
#include "core/file.h"
#include "core/mem.h"
#include "support.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_error(struct world *world, const char *event, enum invoke_failure failure,
                         const char *type, const char *text)
{
    char want[512];
    struct answer answer = call(world, event);
    snprintf(want, sizeof want,
             "{\"errorType\":\"%s\",\"errorMessage\":\"RequestId: %s Error: %s\"}", type,
             answer.request_id, text);
    cr_assert_eq(answer.outcome, INVOKE_FUNCTION_ERROR, "%s", event);
    cr_assert_str_eq(answer.payload, want, "%s gave %s", event, answer.payload);
    cr_assert_eq(answer.failure, failure, "%s", event);
    answer_finish(&answer);
}

Test(lambda, answers_with_the_bytes_of_the_function)
{
    struct world world;
    world_open(&world, NULL);
    expect(&world, "{\"big\":9007199254740993,\"a\":1,\"a\":2}",
           "{\"big\":9007199254740993,\"a\":1,\"a\":2}");
    cr_assert_eq(world.reports, 1);
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
    cr_assert_str_eq(second.version, "$LATEST");
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
    cr_assert_not_null(strstr(late.tail, "\tDuration: 1000.00 ms\t"));
    cr_assert_not_null(strstr(late.tail, "\tStatus: timeout\n"));
    struct answer after = call(&world, "pid");
    cr_assert_str_neq(before.payload, after.payload);
    expect(&world, "kept", "treasure");
    expect(&world, "count", "3");
    answer_finish(&before);
    answer_finish(&late);
    answer_finish(&after);
    world_close(&world);
}

Test(lambda, tells_how_a_process_ended)
{
    static const struct {
        const char *event;
        const char *text;
    } cases[] = {
        {"exit 0", "Runtime exited without providing a reason"},
        {"exit 7", "Runtime exited with error: exit status 7"},
        {"signal 9", "Runtime exited with error: signal: killed"},
        {"signal 11", "Runtime exited with error: signal: segmentation fault"},
        {"signal 6", "Runtime exited with error: signal: aborted"},
        {"signal 15", "Runtime exited with error: signal: terminated"},
    };
    struct world world;
    world_open(&world, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect_error(&world, cases[i].event, FAILURE_EXIT, "Runtime.ExitError", cases[i].text);
        expect(&world, "count", "1");
    }
    world_close(&world);
}

Test(lambda, passes_a_posted_error_on_and_keeps_the_process)
{
    struct world world;
    world_open(&world, NULL);
    struct answer before = call(&world, "pid");
    struct answer answer = call(&world, "error {\"odd\" : [1.0, \"\\u0000\"]}");
    struct answer after = call(&world, "pid");
    cr_assert_eq(answer.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_eq(answer.failure, FAILURE_HANDLED);
    cr_assert_str_eq(answer.payload, "{\"odd\" : [1.0, \"\\u0000\"]}");
    cr_assert_str_eq(before.payload, after.payload);
    answer_finish(&before);
    answer_finish(&answer);
    answer_finish(&after);
    world_close(&world);
}

Test(lambda, returns_a_posted_init_error_as_it_is)
{
    struct world world;
    world_open(&world, NULL);
    world.spec.handler = SLICE("init-error {\"errorType\":\"X\",\"stackTrace\":[]}");
    world_deploy(&world);
    struct answer answer = call(&world, "echo");
    cr_assert_eq(answer.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_eq(answer.failure, FAILURE_INIT);
    cr_assert_str_eq(answer.payload, "{\"errorType\":\"X\",\"stackTrace\":[]}");
    char *log = read_log(&world);
    cr_assert_not_null(strstr(log, "\tPhase: init\tStatus: error\tError Type: Runtime.Broken\n"),
                       "%s", log);
    mem_free(log);
    answer_finish(&answer);
    world_close(&world);
}

Test(lambda, tells_of_an_exit_in_init)
{
    struct world world;
    world_open(&world, NULL);
    world.spec.handler = SLICE("init-exit 3");
    world_deploy(&world);
    expect_error(&world, "echo", FAILURE_INIT, "Runtime.ExitError",
                 "Runtime exited with error: exit status 3");
    world_close(&world);
}

Test(lambda, runs_a_late_init_again_as_part_of_the_invocation, .timeout = 120)
{
    struct world world;
    world_open(&world, NULL);
    world.spec.handler = SLICE("init-sleep 10300");
    world.spec.timeout_ms = 60000;
    world_deploy(&world);
    struct answer answer;
    call_start(&world, &answer, "echo");
    world_run_until(&world, &answer.is_done, 90000);
    cr_assert_eq(answer.outcome, INVOKE_OK, "%s", answer.payload);
    cr_assert_eq(answer.init_us, 0);
    cr_assert_gt(answer.duration_us, 10000000);
    char *log = read_log(&world);
    cr_assert_not_null(strstr(log, "\tPhase: init\tStatus: timeout\n"), "%s", log);
    mem_free(log);
    answer_finish(&answer);
    world_close(&world);
}

Test(lambda, says_what_is_wrong_with_a_bootstrap)
{
    struct world world;
    char path[400];
    world_open(&world, NULL);
    snprintf(path, sizeof path, "%s/bootstrap", world.code);
    cr_assert_eq(unlink(path), 0);
    world.spec.timeout_ms++;
    world_deploy(&world);
    expect_error(&world, "x", FAILURE_INIT, "Runtime.InvalidEntrypoint",
                 "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
    write_text_file(path, "no program");
    world.spec.timeout_ms++;
    world_deploy(&world);
    expect_error(&world, "x", FAILURE_INIT, "Runtime.InvalidEntrypoint",
                 "fork/exec /var/task/bootstrap: permission denied");
    cr_assert_eq(chmod(path, 0755), 0);
    expect_error(&world, "x", FAILURE_INIT, "Runtime.InvalidEntrypoint",
                 "fork/exec /var/task/bootstrap: exec format error");
    cr_assert_not_null(strstr(buf_cstr(&world.notices), "cannot execute"));
    world_close(&world);
}

Test(lambda, gives_status_127_for_a_missing_wrapper)
{
    struct world world;
    struct environment_variable wrapper = {SLICE("AWS_LAMBDA_EXEC_WRAPPER"),
                                           SLICE("/opt/no-such-wrapper")};
    world_open(&world, NULL);
    world.spec.environment = &wrapper;
    world.spec.environment_count = 1;
    world_deploy(&world);
    expect_error(&world, "x", FAILURE_INIT, "Runtime.ExitError",
                 "Runtime exited with error: exit status 127");
    world_close(&world);
}

Test(lambda, starts_a_wrapper_with_the_command_as_its_arguments)
{
    struct world world;
    char path[400];
    struct environment_variable wrapper = {SLICE("AWS_LAMBDA_EXEC_WRAPPER"),
                                           SLICE("/var/task/wrapper")};
    world_open(&world, NULL);
    snprintf(path, sizeof path, "%s/wrapper", world.code);
    write_text_file(path, "#!/bin/sh\nWRAPPED=yes exec \"$@\"\n");
    cr_assert_eq(chmod(path, 0755), 0);
    world.spec.environment = &wrapper;
    world.spec.environment_count = 1;
    world_deploy(&world);
    expect(&world, "env WRAPPED", "yes");
    world_close(&world);
}

Test(lambda, takes_an_answer_of_six_mebibytes_and_a_hundred_and_refuses_more)
{
    static const char want[] =
        "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).\",\"errorType\":\"Function.ResponseSizeTooLarge\"}";
    struct world world;
    world_open(&world, NULL);
    struct answer before = call(&world, "pid");
    struct answer largest = call(&world, "size 6291556");
    cr_assert_eq(largest.outcome, INVOKE_OK);
    cr_assert_eq(strlen(largest.payload), 6291556);
    static const char *const events[] = {"size 6291557", "size 9000000"};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        struct answer larger = call(&world, events[i]);
        cr_assert_eq(larger.outcome, INVOKE_FUNCTION_ERROR);
        cr_assert_eq(larger.failure, FAILURE_TOO_LARGE);
        cr_assert_str_eq(larger.payload, want);
        answer_finish(&larger);
    }
    struct answer after = call(&world, "pid");
    cr_assert_str_eq(before.payload, after.payload);
    cr_assert_not_null(
        strstr(buf_cstr(&world.output), "status 202\nout: status 413\nout: status 413\n"));
    answer_finish(&before);
    answer_finish(&largest);
    answer_finish(&after);
    world_close(&world);
}

Test(lambda, refuses_a_request_beyond_six_mebibytes)
{
    struct world world;
    struct answer answer;
    world_open(&world, NULL);
    char *big = mem_zalloc(6291457 + 1);
    memset(big, '1', 6291457);
    call_start(&world, &answer, big);
    call_wait(&answer);
    cr_assert_eq(answer.outcome, INVOKE_TOO_LARGE);
    mem_free(big);
    answer_finish(&answer);
    world_close(&world);
}

Test(lambda, survives_what_real_clients_do)
{
    struct world world;
    world_open(&world, NULL);
    expect(&world, "again", "\"same\"");
    expect(&world, "pipeline", "\"p\"");
    expect(&world, "pipeline", "\"p\"");
    expect(&world, "next-first", "\"ab\"");
    expect(&world, "echo", "echo");
    expect(&world, "unknown-id",
           "400 {\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n");
    expect(&world, "twice", "\"first\"");
    expect(&world, "echo", "echo");
    cr_assert_not_null(strstr(buf_cstr(&world.output), "out: 403 "), "%s", world.output.ptr);
    cr_assert_not_null(strstr(buf_cstr(&world.output), "RuntimeResponseSentState"));
    struct answer cause = call(&world, "cause");
    cr_assert_eq(cause.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_str_eq(cause.payload, "{}");
    struct answer mode = call(&world, "bad-mode");
    cr_assert_eq(mode.outcome, INVOKE_FUNCTION_ERROR);
    expect(&world, "echo", "echo");
    struct function_state state;
    cr_assert(lambda_function_find(world.lambda, SLICE("fn"), &state));
    cr_assert_leq(state.sandboxes, 5);
    answer_finish(&cause);
    answer_finish(&mode);
    world_close(&world);
}

Test(lambda, sends_the_headers_of_an_event)
{
    struct world world;
    world_prepare(&world, NULL);
    world.spec.alias = SLICE("live");
    world_start(&world);
    world_deploy(&world);
    static const struct {
        const char *qualifier;
        const char *header;
        const char *want;
        const char *version;
    } cases[] = {
        {"", "Lambda-Runtime-Invoked-Function-Arn",
         "arn:aws:lambda:us-east-1:000000000000:function:fn", "$LATEST"},
        {"live", "Lambda-Runtime-Invoked-Function-Arn",
         "arn:aws:lambda:us-east-1:000000000000:function:fn:live", "1"},
        {"1", "Lambda-Runtime-Invoked-Function-Arn",
         "arn:aws:lambda:us-east-1:000000000000:function:fn:1", "1"},
        {"$LATEST", "Lambda-Runtime-Invoked-Function-Arn",
         "arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST", "$LATEST"},
        {"", "Content-Type", "application/json", "$LATEST"},
        {"", "Lambda-Runtime-Trace-Id", "Root=1-a;Sampled=1", "$LATEST"},
        {"", "Lambda-Runtime-Client-Context", "{\"client\":1}", "$LATEST"},
        {"", "Lambda-Runtime-Aws-Request-Id", "keep-this-id", "$LATEST"},
        {"", "Lambda-Runtime-Cognito-Identity", "", "$LATEST"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char event[128];
        struct answer answer;
        snprintf(event, sizeof event, "header %s", cases[i].header);
        struct invoke_request request = {
            .function = SLICE("fn"),
            .qualifier = slice_from(cases[i].qualifier),
            .payload = slice_from(event),
            .trace_id = SLICE("Root=1-a;Sampled=1"),
            .client_context = SLICE("{\"client\":1}"),
            .request_id = SLICE("keep-this-id"),
        };
        call_start_request(&world, &answer, &request);
        call_wait(&answer);
        cr_assert_str_eq(answer.payload, cases[i].want, "case %zu: %s", i, answer.payload);
        cr_assert_str_eq(answer.version, cases[i].version, "case %zu", i);
        answer_finish(&answer);
    }
    struct answer answer;
    struct invoke_request unknown = {.function = SLICE("fn"), .qualifier = SLICE("2")};
    call_start_request(&world, &answer, &unknown);
    call_wait(&answer);
    cr_assert_eq(answer.outcome, INVOKE_NOT_FOUND);
    answer_finish(&answer);
    world_close(&world);
}

Test(lambda, tells_the_deadline_in_epoch_milliseconds)
{
    struct world world;
    world_open(&world, NULL);
    answer_finish(&(struct answer){0});
    expect(&world, "echo", "echo");
    int64_t before_ms = clock_epoch_ms(&world.clock);
    struct answer answer = call(&world, "header Lambda-Runtime-Deadline-Ms");
    int64_t deadline_ms;
    cr_assert(slice_to_i64(slice_from(answer.payload), &deadline_ms));
    cr_assert_geq(deadline_ms, before_ms + 10000 - 1);
    cr_assert_leq(deadline_ms, before_ms + 10000 + 50);
    answer_finish(&answer);
    world_close(&world);
}

Test(lambda, logs_start_output_end_and_report_in_this_order)
{
    struct world world;
    char want[2048];
    world_open(&world, NULL);
    for (int i = 0; i < 2; i++) {
        struct answer answer = call(&world, "print hello");
        int used = snprintf(want, sizeof want, "START RequestId: %s Version: $LATEST\n",
                            answer.request_id);
        cr_assert_eq(strncmp(answer.tail, want, (size_t)used), 0, "%s", answer.tail);
        snprintf(want, sizeof want,
                 "END RequestId: %s\nREPORT RequestId: %s\tDuration: ", answer.request_id,
                 answer.request_id);
        cr_assert_not_null(strstr(answer.tail, "\nhello\n"), "%s", answer.tail);
        cr_assert_not_null(strstr(answer.tail, "\nhello on stderr\n"), "%s", answer.tail);
        char *end = strstr(answer.tail, want);
        cr_assert_not_null(end, "%s", answer.tail);
        cr_assert_gt(end, strstr(answer.tail, "hello on stderr"));
        cr_assert_eq(strstr(answer.tail, "Init Duration: ") != NULL, i == 0);
        cr_assert_not_null(strstr(answer.tail, " MB\tMax Memory Used: "));
        cr_assert_str_eq(answer.tail + strlen(answer.tail) - 2, "\t\n");
        answer_finish(&answer);
    }
    cr_assert_not_null(strstr(buf_cstr(&world.output), "out: hello\n"));
    cr_assert_not_null(strstr(buf_cstr(&world.output), "err: hello on stderr\n"));
    char *log = read_log(&world);
    cr_assert_not_null(strstr(log, "\tSTART RequestId: "));
    const char *version = strstr(log, "[$LATEST]");
    cr_assert_eq(version - log, 11, "2026/02/18/[$LATEST]32hex");
    cr_assert_eq(strchr(log, '\t') - version, 9 + 32);
    mem_free(log);
    world_close(&world);
}

Test(lambda, kills_what_a_handler_leaves_behind)
{
    static const char *const endings[] = {"exit 1", "sleep 60000", "signal 9"};
    struct world world;
    world_open(&world, NULL);
    world.spec.timeout_ms = 300;
    world_deploy(&world);
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct answer daemon = call(&world, "daemon");
        int64_t pid;
        cr_assert(slice_to_i64(slice_from(daemon.payload), &pid));
        cr_assert(process_is_alive(pid));
        struct answer ending = call(&world, endings[i]);
        expect(&world, "echo", "echo"); /* comes after the reset */
        cr_assert_not(process_is_alive(pid), "after %s", endings[i]);
        answer_finish(&daemon);
        answer_finish(&ending);
    }
    struct answer last = call(&world, "daemon");
    int64_t pid;
    cr_assert(slice_to_i64(slice_from(last.payload), &pid));
    answer_finish(&last);
    world_close(&world);
    cr_assert_not(process_is_alive(pid), "after the end of the lambda");
}

/* The gateway in a process of its own, which dies by SIGKILL. */
static void be_gateway(int out)
{
    struct world world;
    world_open(&world, NULL);
    struct answer handler = call(&world, "pid");
    struct answer daemon = call(&world, "daemon");
    dprintf(out, "%s %s %s ", handler.payload, daemon.payload, world.dir);
    close(out);
    world_run_until(&world, NULL, 30000);
}

Test(lambda, leaves_no_process_when_the_gateway_is_killed)
{
    int fds[2];
    long handler, daemon;
    char dir[256];
    char text[512] = "";
    struct fault fault;
    cr_assert_eq(pipe(fds), 0);
    pid_t gateway = fork();
    if (gateway == 0) {
        close(fds[0]);
        be_gateway(fds[1]);
        _exit(0);
    }
    close(fds[1]);
    for (size_t len = 0; len < sizeof text - 1;) {
        ssize_t count = read(fds[0], text + len, sizeof text - 1 - len);
        if (count <= 0) {
            break;
        }
        len += (size_t)count;
    }
    cr_assert_eq(sscanf(text, "%ld %ld %255s", &handler, &daemon, dir), 3, "%s", text);
    cr_assert(process_is_alive(handler) && process_is_alive(daemon));
    kill(gateway, SIGKILL);
    cr_assert_eq(waitpid(gateway, NULL, 0), gateway);
    for (int i = 0; i < 500 && (process_is_alive(handler) || process_is_alive(daemon)); i++) {
        uv_sleep(10);
    }
    cr_assert_not(process_is_alive(handler));
    cr_assert_not(process_is_alive(daemon));
    cr_assert_eq(file_remove_tree(dir, &fault), STATUS_OK);
}

Test(lambda, leaks_nothing_over_crashes_and_timeouts, .timeout = 120)
{
    static const char *const events[] = {"echo",     "exit 1",   "echo",       "error {}",
                                         "signal 9", "pipeline", "sleep 60000"};
    struct world world;
    world_open(&world, NULL);
    world.spec.timeout_ms = 50;
    world_deploy(&world);
    int before = 0;
    for (size_t i = 0; i < 700; i++) {
        if (i == 14) {
            world_run_until(&world, NULL, 100);
            before = open_fds();
        }
        struct answer answer = call(&world, events[i % COUNT_OF(events)]);
        cr_assert(answer.outcome == INVOKE_OK || answer.outcome == INVOKE_FUNCTION_ERROR);
        answer_finish(&answer);
    }
    world_run_until(&world, NULL, 100);
    cr_assert_eq(open_fds(), before);
    world_close(&world);
}

Test(lambda, gives_the_handler_nothing_but_its_environment)
{
    static const struct {
        const char *event;
        const char *want;
    } cases[] = {
        {"env HOME", "(unset)"},
        {"env SECRET_OF_THE_HOST", "(unset)"},
        {"env AWS_REGION", "us-east-1"},
        {"env AWS_LAMBDA_FUNCTION_NAME", "fn"},
        {"env AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
        {"env AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
        {"env AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/fn"},
        {"env AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
        {"env AWS_ACCESS_KEY_ID", "test"},
        {"env AWS_ENDPOINT_URL", "http://127.0.0.1:4566"},
        {"env AWS_EXECUTION_ENV", "(unset)"},
        {"env AWS_SAM_LOCAL", "true"},
        {"env TZ", "Europe/Berlin"},
        {"env MINE", "a=b"},
        {"env _HANDLER", "bootstrap"},
        {"fds", "4"}, /* 0, 1, 2 and the connection to the Runtime API */
    };
    struct environment_variable variables[] = {
        {SLICE("MINE"), SLICE("a=b")},
        {SLICE("TZ"), SLICE("Europe/Berlin")},
        {SLICE("AWS_REGION"), SLICE("mars-1")},
        {SLICE("_HANDLER"), SLICE("init-exit 9")},
    };
    struct world world;
    setenv("SECRET_OF_THE_HOST", "leaked", 1);
    world_open(&world, NULL);
    world.spec.environment = variables;
    world.spec.environment_count = COUNT_OF(variables);
    world_deploy(&world);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect(&world, cases[i].event, cases[i].want);
    }
    expect(&world, "cwd", world.code);
    world_close(&world);
}

Test(lambda, completes_everything_when_it_is_destroyed)
{
    struct world world;
    struct answer running, queued, refused;
    world_prepare(&world, NULL);
    world.options.default_concurrency = 1;
    world_start(&world);
    world_deploy(&world);
    expect(&world, "echo", "echo");
    call_start(&world, &running, "sleep 60000");
    call_start(&world, &queued, "echo");
    world_close(&world); /* drains for a second */
    cr_assert(running.is_done && queued.is_done);
    cr_assert_eq(running.outcome, INVOKE_UNAVAILABLE);
    cr_assert_eq(queued.outcome, INVOKE_UNAVAILABLE);
    answer_finish(&running);
    answer_finish(&queued);
    (void)refused;
}

Test(lambda, kills_a_function_that_takes_more_memory_than_it_has)
{
    struct world world;
    world_open(&world, NULL);
    struct answer answer = call(&world, "grow 200");
    cr_assert_eq(answer.outcome, INVOKE_FUNCTION_ERROR);
    cr_assert_eq(answer.failure, FAILURE_MEMORY);
    cr_assert_not_null(strstr(answer.payload, "Runtime exited with error: signal: killed"));
    cr_assert_not_null(strstr(answer.tail, "\tStatus: error\tError Type: Runtime.OutOfMemory\n"));
    cr_assert_gt(answer.max_memory_mb, 128);
    cr_assert_lt(answer.took_ms, 2000);
    answer_finish(&answer);
    world_close(&world);
}

Test(lambda, gives_each_sandbox_a_tmp_of_its_own_where_mounts_can_be_had)
{
    struct world world;
    if (system("unshare -m true 2>/dev/null") != 0) {
        cr_skip_test("no mount namespaces here");
    }
    world_open(&world, TEST_BUILD_DIR); /* not below /tmp, which would be left alone */
    world.spec.timeout_ms = 300;
    world_deploy(&world);
    struct answer answer = call(&world, "keep inside");
    answer_finish(&answer);
    expect(&world, "env TMPDIR", "(unset)");
    expect(&world, "kept", "inside");
    cr_assert_neq(access("/tmp/sls-fixture-kept", F_OK), 0, "the host's /tmp was written");
    world_close(&world);
}