/* Floating point by every precision: results printed in hexadecimal, so that a wrong bit shows. */
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned long long state = 88172645463325252ULL;
static unsigned long long hash = 14695981039346656037ULL;

static unsigned long long next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void mix(const void *value, size_t size) {
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)value)[i]) * 1099511628211ULL;
}

static double number(void) {
    return ((double)(long long)next() / 9.2e18) * ldexp(1.0, (int)(next() % 40) - 20);
}

static void report(const char *name) {
    printf("%s %016llx\n", name, hash);
}

int main(void) {
    static const int rounding[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    for (int mode = 0; mode < 4; mode++) {
        fesetround(rounding[mode]);
        for (int i = 0; i < 1500; i++) {
            volatile double a = number(), b = number();
            volatile float c = (float)a, d = (float)b;
            volatile long double e = a, f = b;
            double r[] = {a + b, a - b, a * b, a / b, sqrt(fabs(a)), fma(a, b, a), rint(a), nearbyint(b), (double)(long long)(a * 1000)};
            float s[] = {c + d, c - d, c * d, c / d, sqrtf(fabsf(c)), (float)(int)(c * 1000)};
            long double t[] = {e + f, e - f, e * f, e / f, sqrtl(fabsl(e)), rintl(e), remainderl(e, f)};
            mix(r, sizeof r);
            mix(s, sizeof s);
            for (unsigned k = 0; k < sizeof t / sizeof *t; k++)
                mix(&t[k], 10);
        }
        report("arithmetic");
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    for (int i = 0; i < 1000; i++) {
        double a = number(), b = fabs(number());
        double r[] = {sin(a), cos(a), tan(a), atan(a), exp(a / 1e5), log(b), log2(b), log10(b), pow(b, 0.3), cbrt(a), hypot(a, b), tanh(a),
                      erf(a), tgamma(b > 100 ? 1 : b + 0.1), fmod(a, b + 1e-9), asin(a / (fabs(a) + 1)), expm1(a / 1e6), log1p(b)};
        mix(r, sizeof r);
    }
    report("functions");
    for (int i = 0; i < 300; i++) {
        long double a = number(), b = fabsl(number());
        char text[64];
        snprintf(text, sizeof text, "%.18Lg %La", a, b);
        mix(text, strlen(text));
        snprintf(text, sizeof text, "%.17g %a %.3f", (double)a, (double)b, (double)a);
        mix(text, strlen(text));
    }
    report("printing");
    volatile double zero = 0, tiny = 4.9e-324, large = 1.7e308;
    double special[] = {1 / zero, -1 / zero, zero / zero < 1, large * 10, tiny / 2, tiny * 0.75, large + 1, fmin(zero, -zero), copysign(1, -zero)};
    mix(special, sizeof special);
    report("special");
    printf("flags %x\n", fetestexcept(FE_ALL_EXCEPT));
    return 0;
}
