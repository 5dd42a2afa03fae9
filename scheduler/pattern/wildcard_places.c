#include "scheduler/pattern/limits.h"
#include "scheduler/pattern/wildcard.h"

/* A value is read byte by byte; the places in the wildcards where it may stand are a set. Places lie behind literal
 * bytes and at stars (a star is reached without reading anything, and stays). A quote stands before and behind each
 * wildcard, as event-ruler has it. Sets are explored breadth first; a byte that no place waits for only shrinks one. */

#define SET_MAX (PATTERN_WILDCARD_PLACES_MAX + 1) /* one more: complex */

struct place {
    uint32_t wildcard;
    uint32_t part;
    uint32_t at; /* bytes of the part that were read; the quotes are part of the first and last */
};

struct place_set {
    struct place places[SET_MAX];
    uint32_t count;
};

struct exploration {
    const struct wildcard *const *wildcards;
    size_t count;
    struct place_set sets[PATTERN_WILDCARD_SETS_MAX];
    size_t set_count;
    bool is_complex;
};

static size_t part_len(const struct wildcard *wildcard, uint32_t part)
{
    return wildcard->parts[part].len + (part == 0 ? 1 : 0) + (part + 1 == wildcard->count ? 1 : 0);
}

/* The byte that a place waits for; -1 behind the last. */
static int next_byte(const struct exploration *exploration, struct place place)
{
    const struct wildcard *wildcard = exploration->wildcards[place.wildcard];
    if (place.at == part_len(wildcard, place.part)) {
        return -1;
    }
    size_t at = place.at;
    if (place.part == 0) {
        if (at == 0) {
            return '"';
        }
        at--;
    }
    struct slice part = wildcard->parts[place.part];
    return at < part.len ? (unsigned char)part.ptr[at] : '"';
}

static bool is_at_star(struct place place)
{
    return place.part > 0 && place.at == 0;
}

static void add_place(struct exploration *exploration, struct place_set *set, struct place place)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (memcmp(&set->places[i], &place, sizeof place) == 0) {
            return;
        }
    }
    if (set->count == SET_MAX) {
        exploration->is_complex = true;
        return;
    }
    set->places[set->count++] = place;
    const struct wildcard *wildcard = exploration->wildcards[place.wildcard];
    if (place.at == part_len(wildcard, place.part) && place.part + 1 < wildcard->count) {
        add_place(exploration, set,
                  (struct place){.wildcard = place.wildcard, .part = place.part + 1});
    }
}

static void add_set(struct exploration *exploration, const struct place_set *set)
{
    exploration->is_complex = exploration->is_complex || set->count > PATTERN_WILDCARD_PLACES_MAX;
    for (size_t i = 0; i < exploration->set_count; i++) {
        if (memcmp(&exploration->sets[i], set, sizeof *set) == 0) {
            return;
        }
    }
    if (exploration->set_count < PATTERN_WILDCARD_SETS_MAX) {
        exploration->sets[exploration->set_count++] = *set;
    }
}

static void read_byte(struct exploration *exploration, const struct place_set *from, int byte)
{
    struct place_set set = {.count = 0};
    for (uint32_t i = 0; i < from->count; i++) {
        struct place place = from->places[i];
        if (is_at_star(place)) {
            add_place(exploration, &set, place);
        }
        if (next_byte(exploration, place) == byte) {
            place.at++;
            add_place(exploration, &set, place);
        }
    }
    add_set(exploration, &set);
}

bool wildcards_are_complex(const struct wildcard *const *wildcards, size_t count)
{
    if (count > PATTERN_WILDCARD_PLACES_MAX) {
        return true;
    }
    AUTO_ARENA arena = ARENA_INIT;
    struct exploration *exploration = arena_alloc(&arena, sizeof *exploration);
    *exploration = (struct exploration){.wildcards = wildcards, .count = count};
    struct place_set start = {.count = 0};
    for (uint32_t i = 0; i < count; i++) {
        add_place(exploration, &start, (struct place){.wildcard = i});
    }
    add_set(exploration, &start);
    for (size_t i = 0; i < exploration->set_count && !exploration->is_complex; i++) {
        struct place_set set = exploration->sets[i];
        for (uint32_t place = 0; place < set.count; place++) {
            int byte = next_byte(exploration, set.places[place]);
            if (byte >= 0) {
                read_byte(exploration, &set, byte);
            }
        }
    }
    return exploration->is_complex;
}
