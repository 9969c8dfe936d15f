package org.jvmm.cpu.x87;

/** Elementary functions by their series, to some 120 bits. */
final class WideMath {
    static final Wide PI = new Wide(false, 1, 0xC90FDAA22168C234L, 0xC4C6628B80DC1CD1L);
    static final Wide LN2 = new Wide(false, -1, 0xB17217F7D1CF79ABL, 0xC9E3B39803F2F6AFL);
    static final Wide LOG2_E = new Wide(false, 0, 0xB8AA3B295C17F0BBL, 0xBE87FED0691D3E88L);
    /** Below this exponent, relative to the sum, a term no longer counts. */
    private static final int NEGLIGIBLE = -130;

    private WideMath() {}

    /** sin x for |x| up to 1. */
    static Wide sine(Wide x) {
        return alternating(x, x, 1);
    }

    /** cos x for |x| up to 1. */
    static Wide cosine(Wide x) {
        return alternating(Wide.ONE, x, 0);
    }

    /** The sum of first * (-x^2)^k / ((n + 1) ... (n + 2k)). */
    private static Wide alternating(Wide first, Wide x, int n) {
        Wide square = x.multiply(x);
        Wide sum = first;
        Wide term = first;
        for (int k = n + 1; !term.isZero() && term.exp() - sum.exp() > NEGLIGIBLE; k += 2) {
            term = term.multiply(square).divide(k * (k + 1)).negate();
            sum = sum.add(term);
        }
        return sum;
    }

    /** e^x - 1 for |x| up to 1. */
    static Wide exponentialMinusOne(Wide x) {
        Wide sum = x;
        Wide term = x;
        for (int k = 2; !term.isZero() && term.exp() - sum.exp() > NEGLIGIBLE; k++) {
            term = term.multiply(x).divide(k);
            sum = sum.add(term);
        }
        return sum;
    }

    /** ln(1 + f) for 1 + f from 1/2 to 2: twice the inverse hyperbolic tangent of f / (2 + f). */
    static Wide logarithmOnePlus(Wide f) {
        Wide s = f.divide(Wide.of(2).add(f));
        Wide square = s.multiply(s);
        Wide sum = s;
        Wide power = s;
        for (int k = 3; !power.isZero() && power.exp() - sum.exp() > NEGLIGIBLE; k += 2) {
            power = power.multiply(square);
            sum = sum.add(power.divide(k));
        }
        return sum.scale(1);
    }

    /** log2 of a positive number. */
    static Wide logarithm2(Wide x) {
        // The significand is taken from sqrt(1/2) to sqrt(2), so that nothing cancels.
        int exp = x.exp() + (Long.compareUnsigned(x.hi(), 0xB504F333F9DE6484L) > 0 ? 1 : 0);
        Wide f = x.scale(-exp).subtract(Wide.ONE);
        Wide part = f.isZero() ? Wide.ZERO : logarithmOnePlus(f).multiply(LOG2_E);
        return Wide.of(exp).add(part);
    }

    /** The arc tangent of t, from 0 to 1. */
    static Wide arcTangent(Wide t) {
        if (t.exp() < -16) {
            return smallArcTangent(t);
        }
        // A double's arc tangent z is right to 50 bits; what is left is atan((t cos z - sin z) / (cos z + t sin z)).
        Wide near = Wide.of(Math.atan(t.toDouble()));
        Wide sine = sine(near);
        Wide cosine = cosine(near);
        Wide rest = t.multiply(cosine).subtract(sine);
        return rest.isZero() ? near : near.add(smallArcTangent(rest.divide(cosine.add(t.multiply(sine)))));
    }

    private static Wide smallArcTangent(Wide t) {
        Wide square = t.multiply(t);
        Wide sum = t;
        Wide power = t;
        for (int k = 3; !power.isZero() && power.exp() - sum.exp() > NEGLIGIBLE; k += 2) {
            power = power.multiply(square).negate();
            sum = sum.add(power.divide(k));
        }
        return sum;
    }
}
