/* Loops that compilers turn into vector code, of every element type, with lengths that leave remainders. */
#include <stdint.h>
#include <stdio.h>

#define MANY 1031

static uint64_t state = 0xD1B54A32D192ED03ULL;
static uint64_t hash = 14695981039346656037ULL;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void mix(const void *value, unsigned long size) {
    for (unsigned long i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)value)[i]) * 1099511628211ULL;
}

#define KIND(name, type, from)                                                                                                                 \
    static type name##_a[MANY], name##_b[MANY], name##_c[MANY];                                                                                \
    static void __attribute__((noinline)) name##_loops(int n) {                                                                                \
        for (int i = 0; i < n; i++)                                                                                                            \
            name##_c[i] = name##_a[i] + name##_b[i];                                                                                           \
        mix(name##_c, sizeof name##_c);                                                                                                        \
        for (int i = 0; i < n; i++)                                                                                                            \
            name##_c[i] = name##_a[i] * name##_b[i] - name##_c[i];                                                                             \
        mix(name##_c, sizeof name##_c);                                                                                                        \
        for (int i = 0; i < n; i++)                                                                                                            \
            name##_c[i] = name##_a[i] > name##_b[i] ? name##_a[i] : name##_c[n - 1 - i];                                                       \
        mix(name##_c, sizeof name##_c);                                                                                                        \
        type low = name##_a[0];                                                                                                                \
        for (int i = 0; i < n; i++)                                                                                                            \
            low = name##_a[i] < low ? name##_a[i] : low;                                                                                       \
        mix(&low, sizeof low);                                                                                                                 \
    }                                                                                                                                          \
    static void name##_run(void) {                                                                                                             \
        for (int i = 0; i < MANY; i++) {                                                                                                       \
            name##_a[i] = (type)(from);                                                                                                        \
            name##_b[i] = (type)(from);                                                                                                        \
        }                                                                                                                                      \
        for (int n = MANY - 3; n <= MANY; n++)                                                                                                 \
            name##_loops(n);                                                                                                                   \
        printf("%s %016llx\n", #name, (unsigned long long)hash);                                                                               \
    }

KIND(bytes, uint8_t, next())
KIND(shorts, int16_t, next())
KIND(ints, uint32_t, next())
KIND(longs, int64_t, next() >> 3)
/* Small integers: sums and products are exact, so that the order of additions is free. */
KIND(floats, float, (int)(next() % 2000) - 1000)
KIND(doubles, double, (int)(next() % 200000) - 100000)

static int32_t table[256];

static void __attribute__((noinline)) conversions(void) {
    static float f[MANY];
    static double d[MANY];
    static int32_t i32[MANY];
    static int64_t sum;
    for (int i = 0; i < 256; i++)
        table[i] = (int32_t)next();
    for (int i = 0; i < MANY; i++)
        i32[i] = (int32_t)next() >> 8;
    for (int i = 0; i < MANY; i++)
        f[i] = (float)i32[i];
    for (int i = 0; i < MANY; i++)
        d[i] = (double)f[i] * 0.5;
    for (int i = 0; i < MANY; i++)
        i32[i] = (int32_t)d[i];
    for (int i = 0; i < MANY; i++)
        sum += (int64_t)i32[i] * i32[MANY - 1 - i] + table[bytes_a[i]];
    mix(f, sizeof f);
    mix(d, sizeof d);
    mix(i32, sizeof i32);
    mix(&sum, sizeof sum);
    printf("conversions %016llx\n", (unsigned long long)hash);
}

int main(void) {
    bytes_run();
    shorts_run();
    ints_run();
    longs_run();
    floats_run();
    doubles_run();
    conversions();
    return 0;
}
