/* Integer arithmetic of every width, shifts, divisions, 128 bits, bit fields, strings; one hash a part. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x9E3779B97F4A7C15ULL;
static uint64_t hash = 14695981039346656037ULL;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> (state & 31);
}

static void mix(uint64_t value) {
    for (int i = 0; i < 8; i++)
        hash = (hash ^ (value >> 8 * i & 0xFF)) * 1099511628211ULL;
}

#define WIDTH(type, unsigned_type)                                                                                                             \
    do {                                                                                                                                       \
        for (int i = 0; i < 4000; i++) {                                                                                                      \
            unsigned_type a = (unsigned_type)next(), b = (unsigned_type)next();                                                                \
            type c = (type)a, d = (type)b;                                                                                                     \
            unsigned count = (unsigned)(next() % (8 * sizeof(type)));                                                                          \
            mix((uint64_t)(unsigned_type)(a + b));                                                                                             \
            mix((uint64_t)(unsigned_type)(a * b));                                                                                             \
            mix((uint64_t)(unsigned_type)(a << count));                                                                                        \
            mix((uint64_t)(unsigned_type)(a >> count));                                                                                        \
            mix((uint64_t)(int64_t)(type)(c >> count));                                                                                        \
            mix((uint64_t)(unsigned_type)(a >> count | (unsigned_type)(a << ((8 * sizeof(type) - count) % (8 * sizeof(type))))));              \
            mix(b ? (uint64_t)(a / b) : 1);                                                                                                    \
            mix(b ? (uint64_t)(a % b) : 1);                                                                                                    \
            mix(d && d != -1 ? (uint64_t)(int64_t)(c / d) : 1);                                                                                \
            mix((uint64_t)(c < d) | (uint64_t)(a < b) << 1 | (uint64_t)(c == d) << 2);                                                         \
        }                                                                                                                                      \
        printf("%s %016llx\n", #type, (unsigned long long)hash);                                                                               \
    } while (0)

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int main(void) {
    WIDTH(int8_t, uint8_t);
    WIDTH(int16_t, uint16_t);
    WIDTH(int32_t, uint32_t);
    WIDTH(int64_t, uint64_t);
    for (int i = 0; i < 4000; i++) {
        unsigned __int128 a = (unsigned __int128)next() << 64 | next(), b = (unsigned __int128)(next() >> 20) << (next() & 63) | 1;
        unsigned __int128 r[] = {a + b, a - b, a * b, a / b, a % b, a << (next() & 127), a >> (next() & 127)};
        for (unsigned k = 0; k < sizeof r / sizeof *r; k++) {
            mix((uint64_t)r[k]);
            mix((uint64_t)(r[k] >> 64));
        }
        uint64_t c = next() | 1;
        mix((uint64_t)__builtin_popcountll(c) | (uint64_t)__builtin_ctzll(c) << 8 | (uint64_t)__builtin_clzll(c) << 16 | (uint64_t)__builtin_parityll(c) << 24);
        mix(__builtin_bswap64(c));
    }
    printf("wide %016llx\n", (unsigned long long)hash);
    uint32_t *values = malloc(8000 * sizeof *values);
    for (int i = 0; i < 8000; i++)
        values[i] = (uint32_t)next();
    qsort(values, 8000, sizeof *values, compare);
    for (int i = 0; i < 8000; i++)
        mix(values[i]);
    char text[400], copy[400];
    for (int i = 0; i < 300; i++) {
        int length = (int)(next() % 200);
        for (int k = 0; k < length; k++)
            text[k] = (char)('a' + next() % 26);
        text[length] = 0;
        memset(copy, 'x', sizeof copy);
        strcpy(copy + i % 17, text);
        mix(strlen(copy + i % 17));
        mix((uint64_t)(strchr(text, 'q') ? strchr(text, 'q') - text : -1));
        mix((uint64_t)(strstr(text, "ab") ? strstr(text, "ab") - text : -1));
        mix((uint64_t)(memcmp(text, copy, 40) < 0));
        mix(strspn(text, "abcdefghijklm"));
    }
    printf("memory %016llx\n", (unsigned long long)hash);
    free(values);
    return 0;
}
