/* template_load() over every template of the corpus: none may crash, and those that fail must be
 * the ones that are known to be broken or to lack a file that lies beside them in their own
 * repository. Skipped where the corpus is not. */
#include "templates/deployment.h"

#include "core/clock.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

static const char *const known_broken[] = {
    /* no YAML at all */
    "aws+aws-sam-cli-app-templates-rendered__java17__event-bridge-schema-maven__template.yaml",
    "aws-samples+serverless-patterns__apigw-custom-domain-edge__template.yaml",
    /* refused by the real translator too */
    "aws-samples+serverless-coffee__00-baseCore__output.yaml",
    "aws-samples+serverless-coffee__01-appCore__output.yaml",
    /* placeholders without resources */
    "aws-samples+serverless-patterns___pattern-model__template.yaml",
    "aws-samples+serverless-patterns__kinesis-lambda-ddb-cdk-java__template.yaml",
    "aws-samples+serverless-patterns__kinesis-lambda-py-cdk__template.yaml",
    /* a function name of 65 characters; a memory size of "1536MB" */
    "serverless+examples__aws-node-auth0-cognito-custom-authorizers-api__serverless.yml",
    "serverless+examples__aws-node-puppeteer__serverless.yml",
};

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static bool is_known_broken(const char *name)
{
    for (size_t i = 0; i < sizeof(known_broken) / sizeof(known_broken[0]); i++) {
        if (strcmp(name, known_broken[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct counts {
    size_t files, good, lacking, broken, other_providers, surprises;
    size_t functions, resources;
};

/* Errors that come from the file alone, taken out of its repository. */
static bool lacks_a_file(const struct deployment *deployment)
{
    static const char *const words[] = {"no such file", "Value not found at", "is not there"};
    for (size_t i = 0; i < deployment->diagnostic_count; i++) {
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            if (deployment->diagnostics[i].severity == SEVERITY_ERROR &&
                slice_search(deployment->diagnostics[i].text, slice_from(words[k])) != SLICE_NPOS) {
                return true;
            }
        }
    }
    return false;
}

static void load_one(const char *directory, const char *name, struct counts *counts)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    struct template_options options = {.path = path, .getenv = no_environment};
    struct deployment *deployment = NULL;
    struct fault fault = {.text = ""};
    enum status status = template_load(&options, &deployment, &fault);
    counts->files++;
    cr_assert_not_null(deployment, "%s", name);
    if (status == STATUS_OK) {
        counts->good++;
        counts->functions += deployment->function_count;
        counts->resources += deployment->resource_count;
        cr_expect(!is_known_broken(name), "%s is broken, yet it loads", name);
    } else if (is_known_broken(name)) {
        counts->broken++;
    } else if (strstr(fault.text, "runs services of provider \"aws\"") != NULL) {
        counts->other_providers++;
    } else if (lacks_a_file(deployment)) {
        counts->lacking++;
    } else {
        counts->surprises++;
        printf("%s: %s\n", name, fault.text);
    }
    cr_expect(status == STATUS_OK || fault.text[0] != '\0', "%s fails without a word", name);
    deployment_destroy(deployment);
}

static void load_all(const char *folder, struct counts *counts)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/corpus/%s", TEST_SHARED_DIR, folder);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        cr_skip_test("no corpus at %s", path);
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            load_one(path, entry->d_name, counts);
        }
    }
    closedir(directory);
    printf("%s: %zu files, %zu load (%zu functions, %zu resources), %zu lack a "
           "file, %zu broken, %zu of other providers, %zu surprises\n",
           folder, counts->files, counts->good, counts->functions, counts->resources,
           counts->lacking, counts->broken, counts->other_providers, counts->surprises);
}

Test(corpus_load, every_sam_template_loads_or_says_what_is_wrong)
{
    struct counts counts = {0};
    load_all("sam", &counts);
    cr_assert_eq(counts.surprises, 0);
}

Test(corpus_load, every_serverless_file_loads_or_says_what_is_wrong)
{
    struct counts counts = {0};
    load_all("serverless", &counts);
    cr_assert_eq(counts.surprises, 0);
}
