/* The macros against the oracle: what AWS's own translator makes of 460 real templates
 * (../shared/corpus).
 *
 * Compared are all resources whole: ids, types, attributes and properties. Not compared, because
 * nothing local depends on it: the contents of IAM roles and of policies that the translator
 * writes, what connectors note in Metadata, and the hash in a REST API's deployment id (the
 * translator hashes Python's notation of the definition, with Python 2.7's order of keys). In the
 * oracle, local code reads s3://bucket/value, so the test gives the templates that location before;
 * a parameter without a default reads "param". */
#include "sam_loaded.h"

#include "core/buf.h"
#include "core/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define CORPUS TEST_SHARED_DIR "/corpus"
#define FILE_MAX (8u * 1024 * 1024)
#define IMAGE "111111111111.dkr.ecr.region.amazonaws.com/repository"

struct corpus_file {
    struct sam_loaded loaded;
    struct value *expected;
    struct value *parameters; /* name -> value */
    const char *name;
};

static struct value *get(const struct value *map, const char *key)
{
    struct value *value = value_get(map, key);
    return value != NULL && value->kind != VALUE_NULL ? value : NULL;
}

static struct value *text(struct corpus_file *file, const char *words)
{
    return value_string(&file->loaded.arena, (struct source_pos){0}, slice_from(words));
}

/* As `sam validate` does before it asks the translator. */
static void set_location(struct corpus_file *file, struct value *properties, const char *key)
{
    struct value *given = get(properties, key);
    if (given != NULL &&
        (given->kind == VALUE_MAP || slice_starts_with(value_scalar_text(given), SLICE("s3://")))) {
        return;
    }
    value_set(&file->loaded.arena, properties, slice_from(key), text(file, "s3://bucket/value"));
}

static void set_locations(struct corpus_file *file, struct value *resource)
{
    struct value *type = get(resource, "Type");
    struct value *properties = get(resource, "Properties");
    if (properties == NULL || properties->kind != VALUE_MAP) {
        return;
    }
    if (value_is(type, "AWS::Serverless::Function")) {
        if (value_is(get(properties, "PackageType"), "Image")) {
            value_set(&file->loaded.arena, properties, SLICE("ImageUri"), text(file, IMAGE));
        } else {
            set_location(file, properties, "CodeUri");
        }
    } else if (value_is(type, "AWS::Serverless::LayerVersion") && get(properties, "ContentUri")) {
        set_location(file, properties, "ContentUri");
    } else if (value_is(type, "AWS::Serverless::Application") &&
               value_is_scalar(get(properties, "Location"))) {
        set_location(file, properties, "Location");
    } else if (value_is(type, "AWS::Serverless::GraphQLApi") && get(properties, "SchemaUri")) {
        set_location(file, properties, "SchemaUri");
    } else if (get(properties, "DefinitionUri") != NULL &&
               (value_is(type, "AWS::Serverless::Api") ||
                value_is(type, "AWS::Serverless::HttpApi") ||
                value_is(type, "AWS::Serverless::StateMachine"))) {
        set_location(file, properties, "DefinitionUri");
    }
}

static void prepare(struct corpus_file *file)
{
    struct sam_loaded *loaded = &file->loaded;
    struct value *declared = get(loaded->root, "Parameters");
    struct value *resources = get(loaded->root, "Resources");
    size_t count = value_count(declared);
    loaded->options.parameters.items =
        arena_array(&loaded->arena, count, sizeof(struct name_value));
    file->parameters = value_map(&loaded->arena, loaded->root->pos);
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &declared->as.map.entries[i];
        struct value *value = get(entry->value, "Default");
        if (value == NULL) {
            value = text(file, "param");
            loaded->options.parameters.items[loaded->options.parameters.count++] =
                (struct name_value){entry->key, SLICE("param")};
        }
        value_set(&loaded->arena, file->parameters, entry->key, value);
    }
    value_set_text(&loaded->arena, file->parameters, "AWS::Region", "us-east-1");
    value_set_text(&loaded->arena, file->parameters, "AWS::Partition", "aws");
    for (size_t i = 0; i < value_count(resources); i++) {
        set_locations(file, resources->as.map.entries[i].value);
    }
    struct value *globals = value_path(loaded->root, "Globals", "Function", NULL);
    if (globals != NULL && get(globals, "CodeUri") != NULL) {
        set_location(file, globals, "CodeUri");
    }
}

static int by_text(const void *a, const void *b)
{
    const struct value *const *x = a;
    const struct value *const *y = b;
    return slice_compare((*x)->text, (*y)->text);
}

/* The expectations were made without CloudFormation, which gives SAM a CommaDelimitedList as a list. */
static struct value *split_addresses(struct corpus_file *file, const struct value *addresses)
{
    struct value *list = value_list(&file->loaded.arena, addresses->pos);
    for (size_t i = 0; i < value_count(addresses); i++) {
        struct slice rest = value_scalar_text(value_at(addresses, i)), part;
        while (slice_split(&rest, ',', &part)) {
            value_push(&file->loaded.arena, list,
                       value_string(&file->loaded.arena, addresses->pos, slice_trim(part)));
        }
    }
    return list;
}

/* Parameters by value, DependsOn sorted: both sides then say the same thing in the same way. */
static struct value *normalized(struct corpus_file *file, struct value *value)
{
    struct arena *arena = &file->loaded.arena;
    struct slice name;
    struct value *arg;
    if (value->kind == VALUE_LIST) {
        for (size_t i = 0; i < value->as.list.count; i++) {
            value->as.list.items[i] = normalized(file, value->as.list.items[i]);
        }
        return value;
    }
    if (value->kind != VALUE_MAP) {
        return value;
    }
    if (value_is_intrinsic(value, &name, &arg)) {
        if (slice_is(name, "Ref") && arg->kind == VALUE_STRING &&
            value_find(file->parameters, arg->text) != NULL) {
            return value_find(file->parameters, arg->text);
        }
        struct value *words = arg->kind == VALUE_LIST ? value_at(arg, 0) : arg;
        if (slice_is(name, "Fn::Sub") && words != NULL && words->kind == VALUE_STRING) {
            for (size_t i = 0; i < value_count(file->parameters); i++) {
                const struct value_entry *entry = &file->parameters->as.map.entries[i];
                struct slice mark = arena_printf(arena, "${%.*s}", SLICE_ARG(entry->key));
                size_t at;
                while ((at = slice_search(words->text, mark)) != SLICE_NPOS) {
                    words->text = arena_printf(arena, "%.*s%.*s%.*s", (int)at, words->text.ptr,
                                               SLICE_ARG(value_scalar_text(entry->value)),
                                               SLICE_ARG(slice_skip(words->text, at + mark.len)));
                }
            }
        }
    }
    for (size_t i = 0; i < value->as.map.count; i++) {
        struct value_entry *entry = &value->as.map.entries[i];
        entry->value = normalized(file, entry->value);
        if (slice_is(entry->key, "aws:SourceIp")) {
            entry->value = split_addresses(file, entry->value);
        }
        if (slice_is(entry->key, "DependsOn") && entry->value->kind == VALUE_LIST) {
            qsort(entry->value->as.list.items, entry->value->as.list.count, sizeof(struct value *),
                  by_text);
        }
    }
    return value;
}

static bool is_hex(struct slice digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

/* Deployment ids without their ten digits, wherever they stand. */
static struct value *masked(struct corpus_file *file, struct value *resources)
{
    struct arena *arena = &file->loaded.arena;
    AUTO_BUF buf = BUF_INIT(FILE_MAX);
    value_to_json(&buf, resources);
    struct slice json = arena_copy(arena, buf_slice(&buf));
    for (size_t i = 0; i < value_count(resources); i++) {
        const struct value_entry *entry = &resources->as.map.entries[i];
        if (!value_is(get(entry->value, "Type"), "AWS::ApiGateway::Deployment") ||
            entry->key.len < 10 || !is_hex(slice_skip(entry->key, entry->key.len - 10))) {
            continue;
        }
        buf_clear(&buf);
        struct slice stem = slice_take(entry->key, entry->key.len - 10);
        size_t at;
        while ((at = slice_search(json, entry->key)) != SLICE_NPOS) {
            buf_append(&buf, slice_take(json, at));
            buf_append(&buf, stem);
            buf_append_text(&buf, "HASH");
            json = slice_skip(json, at + entry->key.len);
        }
        buf_append(&buf, json);
        json = arena_copy(arena, buf_slice(&buf));
    }
    struct value *root = NULL;
    enum status status = yaml_load_text(&file->loaded.load, 0, json, DIALECT_CLOUDFORMATION, &root);
    cr_assert_eq(status, STATUS_OK, "%s", file->name);
    return normalized(file, root);
}

static bool is_excluded(const struct value *expected_resource, struct slice key, size_t depth)
{
    static const char *const policies[] = {"AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy",
                                           "AWS::SNS::TopicPolicy"};
    struct value *type = get(expected_resource, "Type");
    if (depth == 1 && value_is(type, "AWS::IAM::Role") && slice_is(key, "Properties")) {
        return true;
    }
    /* A layer's BuildMethod is of use locally; the translator drops it. */
    if (depth == 1 && slice_is(key, "Metadata") &&
        (value_is(type, "AWS::Lambda::LayerVersion") ||
         value_path(expected_resource, "Metadata", "aws:sam:connectors", NULL) != NULL)) {
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (depth == 2 && value_is(type, policies[i]) && slice_is(key, "PolicyDocument")) {
            return true;
        }
    }
    return depth == 2 && value_is(type, "AWS::ApiGateway::Deployment") &&
           slice_is(key, "Description");
}

static void print_json(const char *label, const struct value *value)
{
    AUTO_BUF buf = BUF_INIT(FILE_MAX);
    if (value != NULL) {
        value_to_json(&buf, value);
    }
    fprintf(stderr, "    %s %.*s\n", label, (int)(buf.len < 600 ? buf.len : 600),
            buf.ptr != NULL ? buf.ptr : "");
}

/* True when equal; else says where the first difference is. */
static bool compare(const struct value *resource, const struct value *want, const struct value *got,
                    const char *path, size_t depth)
{
    if (want == NULL || got == NULL || want->kind != got->kind ||
        (want->kind != VALUE_MAP && want->kind != VALUE_LIST) ||
        (want->kind == VALUE_LIST && value_count(want) != value_count(got))) {
        if (value_equal(want, got)) {
            return true;
        }
        fprintf(stderr, "  %s\n", path);
        print_json("want", want);
        print_json("got ", got);
        return false;
    }
    char below[1024];
    bool is_equal = true;
    for (size_t i = 0; i < value_count(want) && is_equal; i++) {
        if (want->kind == VALUE_LIST) {
            snprintf(below, sizeof(below), "%s[%zu]", path, i);
            is_equal = compare(resource, value_at(want, i), value_at(got, i), below, depth + 1);
            continue;
        }
        const struct value_entry *entry = &want->as.map.entries[i];
        if (!is_excluded(resource, entry->key, depth)) {
            snprintf(below, sizeof(below), "%s.%.*s", path, SLICE_ARG(entry->key));
            is_equal =
                compare(resource, entry->value, value_find(got, entry->key), below, depth + 1);
        }
    }
    for (size_t i = 0; want->kind == VALUE_MAP && i < value_count(got) && is_equal; i++) {
        const struct value_entry *entry = &got->as.map.entries[i];
        if (value_find(want, entry->key) == NULL && !is_excluded(resource, entry->key, depth)) {
            snprintf(below, sizeof(below), "%s.%.*s", path, SLICE_ARG(entry->key));
            is_equal = compare(resource, NULL, entry->value, below, depth + 1);
        }
    }
    return is_equal;
}

static bool has_same_ids(const struct corpus_file *file, const struct value *want,
                         const struct value *got)
{
    bool is_same = true;
    for (size_t i = 0; i < value_count(want); i++) {
        const struct value_entry *entry = &want->as.map.entries[i];
        struct value *other = value_find(got, entry->key);
        if (!value_equal(get(entry->value, "Type"), get(other, "Type"))) {
            fprintf(stderr, "%s: missing %.*s (%.*s)\n", file->name, SLICE_ARG(entry->key),
                    SLICE_ARG(value_scalar_text(get(entry->value, "Type"))));
            is_same = false;
        }
    }
    for (size_t i = 0; i < value_count(got); i++) {
        const struct value_entry *entry = &got->as.map.entries[i];
        if (value_find(want, entry->key) == NULL) {
            fprintf(stderr, "%s: too much: %.*s (%.*s)\n", file->name, SLICE_ARG(entry->key),
                    SLICE_ARG(value_scalar_text(get(entry->value, "Type"))));
            is_same = false;
        }
    }
    return is_same;
}

/* Without expectation only because the translator asks the application repository on AWS: not
 * broken. */
static const char *const needs_repository[] = {
    "aws-samples+aws-serverless-airline-booking__src__backend__payment__template.yaml",
    "alexcasalboni+aws-lambda-power-tuning__scripts__deploy-sar-app.yaml",
};

struct counts {
    size_t files, read, same_ids, resources, same_resources, same_conditions, refused,
        expected_errors, accepted_exceptions;
    size_t by_type[5], same_by_type[5];
};

static const char *const counted_types[] = {"AWS::Lambda::Function", "AWS::Lambda::Permission",
                                            "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api",
                                            "AWS::Lambda::EventSourceMapping"};

static void compare_resources(struct corpus_file *file, struct counts *counts)
{
    struct value *want = masked(file, get(file->expected, "Resources"));
    struct value *got = masked(file, get(file->loaded.result, "Resources"));
    counts->same_ids += has_same_ids(file, want, got);
    for (size_t i = 0; i < value_count(want); i++) {
        const struct value_entry *entry = &want->as.map.entries[i];
        char path[600];
        snprintf(path, sizeof(path), "%s: %.*s", file->name, SLICE_ARG(entry->key));
        struct value *other = value_find(got, entry->key);
        bool is_same = other != NULL && compare(entry->value, entry->value, other, path, 1);
        counts->resources++;
        counts->same_resources += is_same;
        for (size_t k = 0; k < 5; k++) {
            if (value_is(get(entry->value, "Type"), counted_types[k])) {
                counts->by_type[k]++;
                counts->same_by_type[k] += is_same;
            }
        }
    }
    static const char *const sections[] = {"Conditions", "Outputs"};
    bool is_same = true;
    for (size_t i = 0; i < 2; i++) {
        struct value *section_want = get(file->expected, sections[i]);
        struct value *section_got = get(file->loaded.result, sections[i]);
        if (section_want == NULL && section_got == NULL) {
            continue;
        }
        char path[600];
        snprintf(path, sizeof(path), "%s: %s", file->name, sections[i]);
        is_same =
            section_want != NULL && section_got != NULL &&
            compare(NULL, normalized(file, value_clone(&file->loaded.arena, section_want)),
                    normalized(file, value_clone(&file->loaded.arena, section_got)), path, 10) &&
            is_same;
    }
    counts->same_conditions += is_same;
}

static void run(const char *name, struct counts *counts)
{
    struct corpus_file file = {.name = name};
    char path[1024];
    sam_loaded_init(&file.loaded, CORPUS "/sam");
    snprintf(path, sizeof(path), "%s/sam/%s", CORPUS, name);
    enum status status = yaml_load_file(&file.loaded.load, slice_from(path), DIALECT_CLOUDFORMATION,
                                        &file.loaded.root);
    AUTO_BUF expected = BUF_INIT(FILE_MAX);
    struct fault fault;
    snprintf(path, sizeof(path), "%s/sam-expected/%.*s.json", CORPUS,
             (int)slice_rfind(slice_from(name), '.'), name);
    bool has_expectation = file_read(path, &expected, &fault) == STATUS_OK;
    if (status == STATUS_OK && file.loaded.root->kind == VALUE_MAP) {
        prepare(&file);
    }
    if (status == STATUS_OK) {
        status = sam_transform(&file.loaded.load, file.loaded.root, &file.loaded.result);
    }
    counts->files++;
    if (!has_expectation) {
        bool is_exception =
            strcmp(name, needs_repository[0]) == 0 || strcmp(name, needs_repository[1]) == 0;
        counts->expected_errors += !is_exception;
        counts->accepted_exceptions += is_exception && status == STATUS_OK;
        counts->refused += !is_exception && status != STATUS_OK && file.loaded.load.error_count > 0;
        if (!is_exception && status == STATUS_OK) {
            fprintf(stderr, "%s: has no expectation, but is accepted\n", name);
        }
        sam_loaded_finish(&file.loaded);
        return;
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "%s: %s\n%s\n", name, status_name(status), sam_loaded_errors(&file.loaded));
        sam_loaded_finish(&file.loaded);
        return;
    }
    counts->read++;
    status = yaml_load_text(&file.loaded.load, 0, buf_slice(&expected), DIALECT_CLOUDFORMATION,
                            &file.expected);
    cr_assert_eq(status, STATUS_OK, "%s", path);
    compare_resources(&file, counts);
    sam_loaded_finish(&file.loaded);
}

Test(sam_corpus, expands_real_templates_as_the_translator_does, .timeout = 60)
{
    DIR *directory = opendir(CORPUS "/sam");
    if (directory == NULL) {
        cr_skip("no corpus at " CORPUS);
    }
    struct counts counts = {0};
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            run(entry->d_name, &counts);
        }
    }
    closedir(directory);
    size_t with_expectation = counts.files - counts.expected_errors - 2;
    fprintf(
        stderr,
        "sam corpus: %zu files, %zu of %zu expanded, %zu equal in ids (deployment hashes masked), "
        "%zu of %zu resources equal, %zu equal in conditions and outputs, %zu of %zu broken ones "
        "refused, %zu of 2 applications accepted\n",
        counts.files, counts.read, with_expectation, counts.same_ids, counts.same_resources,
        counts.resources, counts.same_conditions, counts.refused, counts.expected_errors,
        counts.accepted_exceptions);
    for (size_t i = 0; i < 5; i++) {
        fprintf(stderr, "sam corpus: %zu of %zu %s equal\n", counts.same_by_type[i],
                counts.by_type[i], counted_types[i]);
    }
    cr_expect_eq(counts.same_ids, with_expectation);
    cr_expect_eq(counts.same_resources, counts.resources);
    cr_expect_eq(counts.same_conditions, with_expectation);
    cr_expect_eq(counts.refused, counts.expected_errors);
    cr_expect_eq(counts.accepted_exceptions, 2);
}
