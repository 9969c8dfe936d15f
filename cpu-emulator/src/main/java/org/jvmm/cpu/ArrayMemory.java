package org.jvmm.cpu;

import org.jvmm.cpu.x87.X87Exec;

/** A byte array as the memory of FXSAVE, XSAVE and their counterparts. */
record ArrayMemory(byte[] bytes) implements X87Exec.X87Memory {
    @Override
    public long load(long address, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[(int) address + i] & 0xFF;
        }
        return value;
    }

    @Override
    public void store(long address, int size, long value) {
        for (int i = 0; i < size; i++) {
            bytes[(int) address + i] = (byte) (value >>> 8 * i);
        }
    }
}
