package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_signal_mask}: Signals that end {@code KVM_RUN} ({@code KVM_SET_SIGNAL_MASK}). */
public final class KvmSignalMask {
    /** Size in bytes. */
    public static final int SIZE = 4;
    /** Offset of {@code len}, u32. */
    public static final int LEN = 0;
    /** Offset of {@code sigset}, as many as the header says. */
    public static final int SIGSET = 4;

    private KvmSignalMask() {}

    /** Reads {@code len} of the structure that begins at {@code at}. */
    public static int len(ByteBuffer struct, int at) {
        return struct.getInt(at + LEN);
    }

    /** Writes {@code len} of the structure that begins at {@code at}. */
    public static void len(ByteBuffer struct, int at, int value) {
        struct.putInt(at + LEN, value);
    }
}
