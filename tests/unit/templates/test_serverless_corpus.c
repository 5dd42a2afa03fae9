/* Real serverless.yml files from public repositories, beside the sources; skipped where they are
 * not. */
#include "serverless_loaded.h"

#include "core/file.h"
#include "core/mem.h"

#include <dirent.h>
#include <stdio.h>

#define CORPUS TEST_SHARED_DIR "/corpus/serverless"

static bool says_only_missing_files(struct transformed *transformed)
{
    /* The corpus holds the template alone: what it includes is not there. */
    for (size_t i = 0; i < transformed->loaded.load.diagnostic_count; i++) {
        const struct diagnostic *diagnostic = &transformed->loaded.load.diagnostics[i];
        if (diagnostic->severity == SEVERITY_ERROR &&
            slice_search(diagnostic->text, SLICE("Value not found at \"file\" source")) ==
                SLICE_NPOS &&
            slice_search(diagnostic->text, SLICE("Value not found at \"env\" source")) ==
                SLICE_NPOS) {
            return false;
        }
    }
    return true;
}

struct tally {
    size_t files, clean, missing_files, other_provider, failed;
};

static void try_file(const char *name, struct tally *tally)
{
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct fault fault;
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
    cr_assert_eq(file_read(path, &text, &fault), STATUS_OK, "%s", fault.text);
    struct transformed transformed;
    transform_in(&transformed, CORPUS, NULL, buf_slice(&text));
    bool is_aws = value_is(value_path(transformed.loaded.root, "provider", "name", NULL), "aws") ||
                  value_is(value_get(transformed.loaded.root, "provider"), "aws");
    tally->files++;
    if (!is_aws) {
        tally->other_provider++;
        cr_expect(loaded_says(&transformed.loaded, "is not supported: sls-local runs services"),
                  "%s: %s", name, messages_of(&transformed));
    } else if (transformed.loaded.load.error_count == 0) {
        tally->clean++;
        cr_expect_not_null(transformed.template, "%s", name);
    } else if (says_only_missing_files(&transformed)) {
        tally->missing_files++;
    } else {
        tally->failed++;
        cr_expect(false, "%s:\n%s", name, messages_of(&transformed));
    }
    loaded_finish(&transformed.loaded);
}

Test(serverless_corpus, every_aws_file_transforms)
{
    struct tally tally = {0};
    DIR *directory = opendir(CORPUS);
    if (directory == NULL) {
        cr_skip_test("no corpus at %s", CORPUS);
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            try_file(entry->d_name, &tally);
        }
    }
    closedir(directory);
    printf("%zu files: %zu clean, %zu lack a file or variable of theirs, %zu of other providers, "
           "%zu failed\n",
           tally.files, tally.clean, tally.missing_files, tally.other_provider, tally.failed);
    cr_expect_eq(tally.failed, 0u);
    cr_expect_geq(tally.clean, 70u, "%zu clean files", tally.clean);
}
