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
    cr_assert_not_null(strstr(buf_cstr(&world.notices), "reloaded: "));
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
        /* The first was replaced by the second two hours ago, that by the third just now. */
        snprintf(command, sizeof command,
                 "cd %s/data/code && touch -d '%d hours ago' $(ls -t | head -1)", world.dir, 4 - i);
        cr_assert_eq(system(command), 0);
    }
    snprintf(command, sizeof command, "test $(ls %s/data/code | wc -l) = 2", world.dir);
    cr_assert_eq(system(command), 0, "versions that nobody can use are left");
    world_close(&world);
}

Test(reload, removes_half_made_and_old_code_at_its_start)
{
    struct world world;
    char command[1024];
    world_prepare(&world, NULL);
    snprintf(command, sizeof command,
             "mkdir -p %s/data/code %s/data/layers && cd %s/data/code && mkdir nodash a-1 a-2 "
             "a-2.0x55 b-1 ../layers/c-1 ../layers/c-2 ../layers/c-1.gone && touch a-1/file && "
             "touch -d '1 hour ago' a-1 ../layers/c-1",
             world.dir, world.dir, world.dir);
    cr_assert_eq(system(command), 0);
    world_start(&world);
    uv_run(&world.loop, UV_RUN_DEFAULT); /* removed aside */
    snprintf(command, sizeof command,
             "cd %s/data && test \"$(echo code/* layers/*)\" = 'code/a-2 code/b-1 layers/c-2'",
             world.dir);
    cr_assert_eq(system(command), 0);
    world_close(&world);
}

/* What the function says whose code is the zip that `statements` make of `z`, a ZipFile open for
 * writing; finished by the caller. `l(name, target)` adds a symbolic link. */
static struct answer call_zip(struct world *world, const char *statements, char *zip, size_t max)
{
    char script[400];
    char command[1024];
    char text[2048];
    snprintf(zip, max, "%s/code.zip", world->dir);
    snprintf(script, sizeof script, "%s/make.py", world->dir);
    snprintf(text, sizeof text,
             "import zipfile\n"
             "z = zipfile.ZipFile('%s', 'w')\n"
             "def l(name, target):\n"
             "    i = zipfile.ZipInfo(name)\n"
             "    i.create_system = 3\n"
             "    i.external_attr = 0o120777 << 16\n"
             "    z.writestr(i, target)\n"
             "%s\n"
             "z.close()\n",
             zip, statements);
    write_text_file(script, text);
    snprintf(command, sizeof command, "python3 %s", script);
    cr_assert_eq(system(command), 0);
    world->spec.code = CODE_ZIP;
    world->spec.code_path = slice_from(zip);
    world_deploy(world);
    return call(world, "echo");
}

Test(reload, refuses_a_zip_that_leads_out_of_its_folder)
{
    static const char *const cases[] = {
        "z.writestr('../escaped', 'x')",
        "z.writestr('/tmp/escaped', 'x')",
        "z.writestr('a/../../escaped', 'x')",
        "l('up', '..')",
        "l('a//up', '../..')", /* as deep as it is on disk, not as deep as it is spelled */
        "l('a/b/up', '..'); l('a/b/up/l', '../..')",
        "l('a/b/up', '../..'); l('a/b/up/l', '../../..')",
        "l('a/here', '..'); l('a/up', 'here/..')",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world world;
        char zip[400];
        world_open(&world, NULL);
        struct answer answer = call_zip(&world, cases[i], zip, sizeof zip);
        cr_assert_eq(answer.outcome, INVOKE_UNAVAILABLE, "%s", cases[i]);
        cr_assert_not_null(strstr(answer.message, "out of the zip"), "%s: %s", cases[i],
                           answer.message);
        answer_finish(&answer);
        world_close(&world);
    }
}

Test(reload, writes_no_file_of_a_zip_through_a_link)
{
    struct world world;
    char zip[400];
    char path[600];
    char *text;
    world_open(&world, NULL);
    struct answer answer =
        call_zip(&world,
                 "l('d1/d2/up', '../..'); l('d1/d2/up/l', '../../..'); "
                 "z.writestr('d1/d2/up/l/ESCAPED', 'x'); z.writestr('d1/d2/up/ESCAPED', 'x')",
                 zip, sizeof zip);
    cr_assert_eq(answer.outcome, INVOKE_UNAVAILABLE);
    answer_finish(&answer);
    snprintf(path, sizeof path, "find %s -name 'ESCAPED*' | grep -q .", world.dir);
    cr_assert_neq(system(path), 0, "something was left behind");
    snprintf(path, sizeof path, "%s/../ESCAPED", world.dir);
    text = read_text_file(path);
    cr_assert_str_eq(text, "");
    free(text);
    world_close(&world);
}

Test(reload, makes_the_links_of_a_zip)
{
    struct world world;
    char zip[400];
    char path[700];
    char statements[900];
    world_prepare(&world, NULL);
    snprintf(path, sizeof path, "%s/bootstrap", world.code);
    snprintf(statements, sizeof statements,
             "l('bootstrap', 'bin/start'); l('bin/start', '../lib/x/real'); "
             "z.write('%s', 'lib/x/real')",
             path);
    world_start(&world);
    struct answer answer = call_zip(&world, statements, zip, sizeof zip);
    cr_assert_eq(answer.outcome, INVOKE_OK, "%s", answer.message);
    answer_finish(&answer);
    world_close(&world);
}

Test(reload, says_that_a_zip_is_damaged)
{
    struct world world;
    char zip[400];
    world_open(&world, NULL);
    /* The second of three entries in the directory is broken: what stands before it is whole. */
    struct answer answer =
        call_zip(&world,
                 "z.writestr('a', 'x'); z.writestr('b', 'x'); z.writestr('c', 'x'); z.close()\n"
                 "d = bytearray(open(z.filename, 'rb').read())\n"
                 "at = d.rindex(b'PK\\1\\2', 0, d.rindex(b'PK\\1\\2'))\n"
                 "d[at:at + 4] = b'XXXX'\n"
                 "open(z.filename, 'wb').write(d)",
                 zip, sizeof zip);
    cr_assert_eq(answer.outcome, INVOKE_UNAVAILABLE);
    cr_assert_not_null(strstr(answer.message, "damaged"), "%s", answer.message);
    answer_finish(&answer);
    world_close(&world);
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
