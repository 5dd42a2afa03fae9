#include "store/item/capacity.h"

#include <stdio.h>

#define READ_UNIT_BYTES 4096
#define WRITE_UNIT_BYTES 1024

enum capacity_detail capacity_detail(const struct record *input)
{
    struct slice text = record_text(input, MEMBER_RETURN_CONSUMED_CAPACITY);
    if (slice_is(text, "TOTAL")) {
        return CAPACITY_TOTAL;
    }
    return slice_is(text, "INDEXES") ? CAPACITY_INDEXES : CAPACITY_NONE;
}

static double blocks(uint64_t bytes, uint64_t block)
{
    uint64_t count = (bytes + block - 1) / block;
    return (double)(count > 0 ? count : 1);
}

double capacity_read_units(uint64_t bytes, bool is_consistent)
{
    return blocks(bytes, READ_UNIT_BYTES) * (is_consistent ? 1.0 : 0.5);
}

double capacity_write_units(uint64_t bytes)
{
    return blocks(bytes, WRITE_UNIT_BYTES);
}

void capacity_add_action(struct capacity *capacity, const struct write_action *action,
                         double factor)
{
    capacity->write += action->units * factor;
    for (size_t i = 0; i < action->table->index_count; i++) {
        capacity->index_write[i] += action->index_units[i] * factor;
    }
}

struct capacity *capacity_of_table(struct capacity *items, size_t *count, const struct table *table)
{
    for (size_t i = 0; i < *count; i++) {
        if (items[i].table->id == table->id) {
            return &items[i];
        }
    }
    struct capacity *added = &items[(*count)++];
    *added = (struct capacity){.table = table};
    return added;
}

/* --- printing --- */

/* A Java double as the service prints it: always with a fraction, here a multiple of 0.5. */
static void put_units(struct json_writer *w, const char *key, double units)
{
    char text[40];
    int len = snprintf(text, sizeof(text), "%.1f", units);
    json_put_raw(w, key, slice_of(text, (size_t)len));
}

static void print_units(struct json_writer *w, const struct capacity *capacity, double read,
                        double write)
{
    put_units(w, "CapacityUnits", read + write);
    if (capacity->is_transaction && read > 0) {
        put_units(w, "ReadCapacityUnits", read);
    }
    if (capacity->is_transaction && write > 0) {
        put_units(w, "WriteCapacityUnits", write);
    }
}

static void print_indexes(struct json_writer *w, const struct capacity *capacity, bool is_global)
{
    bool is_open = false;
    for (size_t i = 0; i < capacity->table->index_count; i++) {
        const struct table_index *index = &capacity->table->indexes[i];
        double read = capacity->index_read[i], write = capacity->index_write[i];
        if (index->is_global != is_global || (read <= 0 && write <= 0)) {
            continue;
        }
        if (!is_open) {
            json_key_text(w, is_global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
            json_open(w, '{');
            is_open = true;
        }
        json_write_key(w, index->name);
        json_open(w, '{');
        print_units(w, capacity, read, write);
        json_close(w, '}');
    }
    if (is_open) {
        json_close(w, '}');
    }
}

static void print_one(struct json_writer *w, enum capacity_detail detail,
                      const struct capacity *capacity)
{
    double read = capacity->read, write = capacity->write;
    for (size_t i = 0; i < capacity->table->index_count; i++) {
        read += capacity->index_read[i];
        write += capacity->index_write[i];
    }
    json_open(w, '{');
    json_put_string(w, "TableName", capacity->table->name);
    print_units(w, capacity, read, write);
    if (detail == CAPACITY_INDEXES) {
        json_key_text(w, "Table");
        json_open(w, '{');
        print_units(w, capacity, capacity->read, capacity->write);
        json_close(w, '}');
        print_indexes(w, capacity, false);
        print_indexes(w, capacity, true);
    }
    json_close(w, '}');
}

void capacity_print(struct json_writer *w, enum capacity_detail detail,
                    const struct capacity *items, size_t count, bool is_list)
{
    if (detail == CAPACITY_NONE) {
        return;
    }
    json_key_text(w, "ConsumedCapacity");
    if (is_list) {
        json_open(w, '[');
    }
    for (size_t i = 0; i < count; i++) {
        print_one(w, detail, &items[i]);
    }
    if (is_list) {
        json_close(w, ']');
    }
}
