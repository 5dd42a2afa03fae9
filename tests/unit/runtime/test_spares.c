/* Spare processes, with the real interpreters where the machine has them. */
#include "core/mem.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static void write_python(struct world *world, const char *text)
{
    char path[400];
    char code[600];
    snprintf(path, sizeof path, "%s/app.py", world->code);
    snprintf(code, sizeof code,
             "import os\ndef handler(event, context):\n    return [%s, os.environ.get('MINE'), "
             "os.getcwd(), os.environ.get('SLS_SPARE')]\n",
             text);
    write_text_file(path, code);
}

static bool has_python(void)
{
    return system("python3 -c 0 >/dev/null 2>&1") == 0;
}

static void open_python(struct world *world, const struct environment_variable *mine)
{
    char path[400];
    world_prepare(world, NULL);
    snprintf(path, sizeof path, "%s/bootstrap", world->code);
    cr_assert_eq(unlink(path), 0);
    write_python(world, "1");
    world->options.has_spares = true;
    world->options.watches = true;
    world->spec.runtime = SLICE("python3.12");
    world->spec.handler = SLICE("app.handler");
    world->spec.environment = mine;
    world->spec.environment_count = 1;
    world_start(world);
    world_deploy(world);
}

Test(spares, become_the_function_with_its_variables_and_directory)
{
    struct environment_variable mine = {SLICE("MINE"), SLICE("a \"quoted\" value")};
    struct world world;
    char want[600];
    if (!has_python()) {
        cr_skip_test("needs python3");
    }
    open_python(&world, &mine);
    world_run_until(&world, NULL, 700); /* booted, were the machine slow or not: both must work */
    for (int i = 1; i < 6; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        write_python(&world, text); /* a cold start each time */
        snprintf(want, sizeof want, "[%d, \"a \\\"quoted\\\" value\", \"%s\", null]", i,
                 world.code);
        expect(&world, "{}", want);
    }
    struct function_state state;
    cr_assert(lambda_function_find(world.lambda, SLICE("fn"), &state));
    cr_assert_leq(state.sandboxes, 1);
    world_close(&world);
}

Test(spares, keep_tmp_over_a_reset_and_are_not_used_where_a_variable_needs_a_new_process)
{
    struct environment_variable mine = {SLICE("PYTHONHASHSEED"), SLICE("0")};
    struct world world;
    char path[400];
    if (!has_python()) {
        cr_skip_test("needs python3");
    }
    open_python(&world, &mine);
    snprintf(path, sizeof path, "%s/app.py", world.code);
    write_text_file(path, "import os, tempfile\nstarts = 0\nfolder = tempfile.gettempdir()\n"
                          "def handler(event, context):\n"
                          "    kept = os.path.join(folder, 'kept')\n"
                          "    if event == 'die':\n"
                          "        open(kept, 'w').write('x')\n        os._exit(1)\n"
                          "    return [os.path.exists(kept), hash('a') == hash('a')]\n");
    struct environment_variable other = {SLICE("MINE"), SLICE("x")};
    for (int i = 0; i < 2; i++) {
        struct answer died = call(&world, "\"die\"");
        cr_assert_eq(died.failure, FAILURE_EXIT, "%s %s", died.payload, died.message);
        expect(&world, "{}", "[true, true]");
        answer_finish(&died);
        world.spec.environment = &other; /* now with spares */
        world_deploy(&world);
        world_run_until(&world, NULL, 500);
    }
    world_close(&world);
}
