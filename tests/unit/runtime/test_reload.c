/* A change of code is live with the next invocation. */
#include "core/file.h"
#include "core/mem.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A bootstrap that answers with its own text: a shell script that becomes the fixture. */
static void write_bootstrap(struct world *world, const char *text)
{
    char path[400];
    char script[1024];
    char fresh[400];
    snprintf(path, sizeof path, "%s/bootstrap", world->code);
    snprintf(fresh, sizeof fresh, "%s/.bootstrap.new~", world->code);
    snprintf(script, sizeof script, "#!/bin/sh\nCODE='%s' exec %s\n", text, RUNTIME_FIXTURE);
    write_text_file(fresh, script);
    cr_assert_eq(chmod(fresh, 0755), 0);
    cr_assert_eq(rename(fresh, path), 0); /* as editors do */
}

Test(reload, runs_new_code_with_the_next_invocation)
{
    struct world world;
    world_prepare(&world, NULL);
    world.options.watches = true;
    write_bootstrap(&world, "one");
    world_start(&world);
    world_deploy(&world);
    expect(&world, "env CODE", "one");
    for (int i = 0; i < 20; i++) {
        char text[16];
        snprintf(text, sizeof text, "v%d", i);
        write_bootstrap(&world, text);
        expect(&world, "env CODE", text);
    }
    cr_assert_not_null(strstr(world.notices.ptr, "reloaded: "));
    world_close(&world);
}

Test(reload, lets_a_running_invocation_end_on_the_old_code)
{
    struct world world;
    struct answer running;
    world_prepare(&world, NULL);
    world.options.watches = true;
    write_bootstrap(&world, "one");
    world_start(&world);
    world_deploy(&world);
    expect(&world, "env CODE", "one");
    call_start(&world, &running, "sleep 150");
    write_bootstrap(&world, "two");
    expect(&world, "env CODE", "two");
    call_wait(&running);
    cr_assert_eq(running.outcome, INVOKE_OK);
    expect(&world, "env CODE", "two");
    answer_finish(&running);
    world_close(&world);
}

Test(reload, sees_files_in_new_folders_and_ignores_what_is_no_source)
{
    struct world world;
    struct fault fault;
    char path[400];
    world_prepare(&world, NULL);
    world.options.watches = true;
    world_start(&world);
    world_deploy(&world);
    struct answer first = call(&world, "pid");
    snprintf(path, sizeof path, "%s/__pycache__", world.code);
    cr_assert_eq(file_make_dirs(path, &fault), STATUS_OK);
    snprintf(path, sizeof path, "%s/__pycache__/x.pyc", world.code);
    write_text_file(path, "x");
    struct answer second = call(&world, "pid");
    cr_assert_str_eq(first.payload, second.payload);
    snprintf(path, sizeof path, "%s/lib/deep", world.code);
    cr_assert_eq(file_make_dirs(path, &fault), STATUS_OK);
    struct answer third = call(&world, "pid");
    cr_assert_str_neq(second.payload, third.payload);
    snprintf(path, sizeof path, "%s/lib/deep/module.py", world.code);
    write_text_file(path, "x");
    struct answer fourth = call(&world, "pid");
    cr_assert_str_neq(third.payload, fourth.payload);
    answer_finish(&first);
    answer_finish(&second);
    answer_finish(&third);
    answer_finish(&fourth);
    world_close(&world);
}

Test(reload, leaves_other_functions_alone)
{
    struct world world;
    struct fault fault;
    char other[400];
    char path[500];
    world_prepare(&world, NULL);
    snprintf(other, sizeof other, "%s/other", world.dir);
    snprintf(path, sizeof path, "%s/bootstrap", other);
    cr_assert_eq(file_make_dirs(other, &fault), STATUS_OK);
    cr_assert_eq(symlink(RUNTIME_FIXTURE, path), 0);
    world.options.watches = true;
    world_start(&world);
    struct function_spec specs[2] = {world.spec, world.spec};
    specs[1].name = SLICE("aside");
    specs[1].code_path = slice_from(other);
    lambda_deploy(world.lambda, specs, 2);
    struct answer first = call(&world, "pid");
    snprintf(path, sizeof path, "%s/file", other);
    write_text_file(path, "x");
    struct answer second = call(&world, "pid");
    cr_assert_str_eq(first.payload, second.payload);
    answer_finish(&first);
    answer_finish(&second);
    world_close(&world);
}

Test(reload, unpacks_a_zip_again_when_it_is_replaced)
{
    struct world world;
    char zip[400];
    char command[2048];
    world_prepare(&world, NULL);
    world.options.watches = true;
    world_start(&world);
    snprintf(zip, sizeof zip, "%s/code.zip", world.dir);
    world.spec.code = CODE_ZIP;
    world.spec.code_path = slice_from(zip);
    for (int i = 0; i < 3; i++) {
        char text[16];
        snprintf(text, sizeof text, "zip%d", i);
        write_bootstrap(&world, text);
        snprintf(command, sizeof command,
                 "cd %s && rm -f new.zip && python3 -c \"import zipfile; z = "
                 "zipfile.ZipFile('new.zip', 'w'); z.write('code/bootstrap', 'bootstrap')\" && mv "
                 "new.zip code.zip",
                 world.dir);
        cr_assert_eq(system(command), 0);
        if (i == 0) {
            world_deploy(&world);
        }
        expect(&world, "env CODE", text);
    }
    world_close(&world);
}

Test(reload, refuses_a_zip_that_leads_out_of_its_folder)
{
    static const char *const names[] = {"../escaped", "/tmp/escaped", "a/../../escaped"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct world world;
        char zip[400];
        char command[1024];
        world_prepare(&world, NULL);
        world_start(&world);
        snprintf(zip, sizeof zip, "%s/code.zip", world.dir);
        snprintf(command, sizeof command,
                 "python3 -c \"import zipfile; z = zipfile.ZipFile('%s', 'w'); "
                 "z.writestr('%s', 'x')\"",
                 zip, names[i]);
        cr_assert_eq(system(command), 0);
        world.spec.code = CODE_ZIP;
        world.spec.code_path = slice_from(zip);
        world_deploy(&world);
        struct answer answer = call(&world, "echo");
        cr_assert_eq(answer.outcome, INVOKE_UNAVAILABLE, "%s", names[i]);
        cr_assert_not_null(strstr(answer.message, "out of the zip"), "%s", answer.message);
        answer_finish(&answer);
        world_close(&world);
    }
}

Test(reload, merges_layers_in_their_order)
{
    struct world world;
    struct fault fault;
    char dirs[3][400];
    struct slice layers[3];
    char path[1300];
    world_prepare(&world, NULL);
    for (int i = 0; i < 3; i++) {
        snprintf(dirs[i], sizeof dirs[i], "%s/layer%d/bin", world.dir, i);
        cr_assert_eq(file_make_dirs(dirs[i], &fault), STATUS_OK);
        snprintf(path, sizeof path, "%s/wrapper", dirs[i]);
        char script[256];
        snprintf(script, sizeof script, "#!/bin/sh\nLAYER=%d exec \"$@\"\n", i);
        write_text_file(path, script);
        cr_assert_eq(chmod(path, 0755), 0);
        snprintf(dirs[i], sizeof dirs[i], "%s/layer%d", world.dir, i);
        layers[i] = slice_from(dirs[i]);
    }
    struct environment_variable wrapper = {SLICE("AWS_LAMBDA_EXEC_WRAPPER"),
                                           SLICE("/opt/bin/wrapper")};
    world.spec.environment = &wrapper;
    world.spec.environment_count = 1;
    world.spec.layers = layers;
    static const char *const want[] = {"0", "1", "2"};
    world_start(&world);
    for (size_t count = 1; count <= 3; count++) {
        world.spec.layer_count = count;
        world_deploy(&world);
        expect(&world, "env LAYER", want[count - 1]);
    }
    world_close(&world);
}
