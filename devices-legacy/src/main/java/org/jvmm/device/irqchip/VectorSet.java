package org.jvmm.device.irqchip;

/** A set of interrupt vectors 0 to 255: the shape of IRR, ISR and TMR. */
final class VectorSet {
    private final int[] words = new int[8];

    void add(int vector) {
        words[vector >> 5] |= 1 << (vector & 31);
    }

    void remove(int vector) {
        words[vector >> 5] &= ~(1 << (vector & 31));
    }

    boolean contains(int vector) {
        return (words[vector >> 5] & 1 << (vector & 31)) != 0;
    }

    /** The highest vector, or -1. */
    int highest() {
        for (int i = 7; i >= 0; i--) {
            if (words[i] != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(words[i]);
            }
        }
        return -1;
    }

    /** 32 vectors as a register shows them. */
    int word(int index) {
        return words[index];
    }

    void setWord(int index, int value) {
        words[index] = value;
    }

    void clear() {
        java.util.Arrays.fill(words, 0);
    }
}
