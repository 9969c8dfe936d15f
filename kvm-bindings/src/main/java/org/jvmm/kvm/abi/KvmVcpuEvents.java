package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_vcpu_events}: Exceptions, interrupts and NMIs in flight ({@code KVM_GET_VCPU_EVENTS}). */
public final class KvmVcpuEvents {
    /** Size in bytes. */
    public static final int SIZE = 64;
    /** Offset of {@code exception.injected}, u8. */
    public static final int EXCEPTION_INJECTED = 0;
    /** Offset of {@code exception.nr}, u8. */
    public static final int EXCEPTION_NR = 1;
    /** Offset of {@code exception.has_error_code}, u8. */
    public static final int EXCEPTION_HAS_ERROR_CODE = 2;
    /** Offset of {@code exception.pending}, u8. */
    public static final int EXCEPTION_PENDING = 3;
    /** Offset of {@code exception.error_code}, u32. */
    public static final int EXCEPTION_ERROR_CODE = 4;
    /** Offset of {@code interrupt.injected}, u8. */
    public static final int INTERRUPT_INJECTED = 8;
    /** Offset of {@code interrupt.nr}, u8. */
    public static final int INTERRUPT_NR = 9;
    /** Offset of {@code interrupt.soft}, u8. */
    public static final int INTERRUPT_SOFT = 10;
    /** Offset of {@code interrupt.shadow}, u8. */
    public static final int INTERRUPT_SHADOW = 11;
    /** Offset of {@code nmi.injected}, u8. */
    public static final int NMI_INJECTED = 12;
    /** Offset of {@code nmi.pending}, u8. */
    public static final int NMI_PENDING = 13;
    /** Offset of {@code nmi.masked}, u8. */
    public static final int NMI_MASKED = 14;
    /** Offset of {@code sipi_vector}, u32. */
    public static final int SIPI_VECTOR = 16;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 20;
    /** Offset of {@code smi.smm}, u8. */
    public static final int SMI_SMM = 24;
    /** Offset of {@code smi.pending}, u8. */
    public static final int SMI_PENDING = 25;
    /** Offset of {@code smi.smm_inside_nmi}, u8. */
    public static final int SMI_SMM_INSIDE_NMI = 26;
    /** Offset of {@code smi.latched_init}, u8. */
    public static final int SMI_LATCHED_INIT = 27;
    /** Offset of {@code triple_fault.pending}, u8. */
    public static final int TRIPLE_FAULT_PENDING = 28;
    /** Offset of {@code exception_has_payload}, u8. */
    public static final int EXCEPTION_HAS_PAYLOAD = 55;
    /** Offset of {@code exception_payload}, u64. */
    public static final int EXCEPTION_PAYLOAD = 56;

    private KvmVcpuEvents() {}

    /** Reads {@code exception.injected} of the structure that begins at {@code at}. */
    public static int exceptionInjected(ByteBuffer struct, int at) {
        return struct.get(at + EXCEPTION_INJECTED) & 0xFF;
    }

    /** Writes {@code exception.injected} of the structure that begins at {@code at}. */
    public static void exceptionInjected(ByteBuffer struct, int at, int value) {
        struct.put(at + EXCEPTION_INJECTED, (byte) value);
    }

    /** Reads {@code exception.nr} of the structure that begins at {@code at}. */
    public static int exceptionNr(ByteBuffer struct, int at) {
        return struct.get(at + EXCEPTION_NR) & 0xFF;
    }

    /** Writes {@code exception.nr} of the structure that begins at {@code at}. */
    public static void exceptionNr(ByteBuffer struct, int at, int value) {
        struct.put(at + EXCEPTION_NR, (byte) value);
    }

    /** Reads {@code exception.has_error_code} of the structure that begins at {@code at}. */
    public static int exceptionHasErrorCode(ByteBuffer struct, int at) {
        return struct.get(at + EXCEPTION_HAS_ERROR_CODE) & 0xFF;
    }

    /** Writes {@code exception.has_error_code} of the structure that begins at {@code at}. */
    public static void exceptionHasErrorCode(ByteBuffer struct, int at, int value) {
        struct.put(at + EXCEPTION_HAS_ERROR_CODE, (byte) value);
    }

    /** Reads {@code exception.pending} of the structure that begins at {@code at}. */
    public static int exceptionPending(ByteBuffer struct, int at) {
        return struct.get(at + EXCEPTION_PENDING) & 0xFF;
    }

    /** Writes {@code exception.pending} of the structure that begins at {@code at}. */
    public static void exceptionPending(ByteBuffer struct, int at, int value) {
        struct.put(at + EXCEPTION_PENDING, (byte) value);
    }

    /** Reads {@code exception.error_code} of the structure that begins at {@code at}. */
    public static int exceptionErrorCode(ByteBuffer struct, int at) {
        return struct.getInt(at + EXCEPTION_ERROR_CODE);
    }

    /** Writes {@code exception.error_code} of the structure that begins at {@code at}. */
    public static void exceptionErrorCode(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EXCEPTION_ERROR_CODE, value);
    }

    /** Reads {@code interrupt.injected} of the structure that begins at {@code at}. */
    public static int interruptInjected(ByteBuffer struct, int at) {
        return struct.get(at + INTERRUPT_INJECTED) & 0xFF;
    }

    /** Writes {@code interrupt.injected} of the structure that begins at {@code at}. */
    public static void interruptInjected(ByteBuffer struct, int at, int value) {
        struct.put(at + INTERRUPT_INJECTED, (byte) value);
    }

    /** Reads {@code interrupt.nr} of the structure that begins at {@code at}. */
    public static int interruptNr(ByteBuffer struct, int at) {
        return struct.get(at + INTERRUPT_NR) & 0xFF;
    }

    /** Writes {@code interrupt.nr} of the structure that begins at {@code at}. */
    public static void interruptNr(ByteBuffer struct, int at, int value) {
        struct.put(at + INTERRUPT_NR, (byte) value);
    }

    /** Reads {@code interrupt.soft} of the structure that begins at {@code at}. */
    public static int interruptSoft(ByteBuffer struct, int at) {
        return struct.get(at + INTERRUPT_SOFT) & 0xFF;
    }

    /** Writes {@code interrupt.soft} of the structure that begins at {@code at}. */
    public static void interruptSoft(ByteBuffer struct, int at, int value) {
        struct.put(at + INTERRUPT_SOFT, (byte) value);
    }

    /** Reads {@code interrupt.shadow} of the structure that begins at {@code at}. */
    public static int interruptShadow(ByteBuffer struct, int at) {
        return struct.get(at + INTERRUPT_SHADOW) & 0xFF;
    }

    /** Writes {@code interrupt.shadow} of the structure that begins at {@code at}. */
    public static void interruptShadow(ByteBuffer struct, int at, int value) {
        struct.put(at + INTERRUPT_SHADOW, (byte) value);
    }

    /** Reads {@code nmi.injected} of the structure that begins at {@code at}. */
    public static int nmiInjected(ByteBuffer struct, int at) {
        return struct.get(at + NMI_INJECTED) & 0xFF;
    }

    /** Writes {@code nmi.injected} of the structure that begins at {@code at}. */
    public static void nmiInjected(ByteBuffer struct, int at, int value) {
        struct.put(at + NMI_INJECTED, (byte) value);
    }

    /** Reads {@code nmi.pending} of the structure that begins at {@code at}. */
    public static int nmiPending(ByteBuffer struct, int at) {
        return struct.get(at + NMI_PENDING) & 0xFF;
    }

    /** Writes {@code nmi.pending} of the structure that begins at {@code at}. */
    public static void nmiPending(ByteBuffer struct, int at, int value) {
        struct.put(at + NMI_PENDING, (byte) value);
    }

    /** Reads {@code nmi.masked} of the structure that begins at {@code at}. */
    public static int nmiMasked(ByteBuffer struct, int at) {
        return struct.get(at + NMI_MASKED) & 0xFF;
    }

    /** Writes {@code nmi.masked} of the structure that begins at {@code at}. */
    public static void nmiMasked(ByteBuffer struct, int at, int value) {
        struct.put(at + NMI_MASKED, (byte) value);
    }

    /** Reads {@code sipi_vector} of the structure that begins at {@code at}. */
    public static int sipiVector(ByteBuffer struct, int at) {
        return struct.getInt(at + SIPI_VECTOR);
    }

    /** Writes {@code sipi_vector} of the structure that begins at {@code at}. */
    public static void sipiVector(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SIPI_VECTOR, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code smi.smm} of the structure that begins at {@code at}. */
    public static int smiSmm(ByteBuffer struct, int at) {
        return struct.get(at + SMI_SMM) & 0xFF;
    }

    /** Writes {@code smi.smm} of the structure that begins at {@code at}. */
    public static void smiSmm(ByteBuffer struct, int at, int value) {
        struct.put(at + SMI_SMM, (byte) value);
    }

    /** Reads {@code smi.pending} of the structure that begins at {@code at}. */
    public static int smiPending(ByteBuffer struct, int at) {
        return struct.get(at + SMI_PENDING) & 0xFF;
    }

    /** Writes {@code smi.pending} of the structure that begins at {@code at}. */
    public static void smiPending(ByteBuffer struct, int at, int value) {
        struct.put(at + SMI_PENDING, (byte) value);
    }

    /** Reads {@code smi.smm_inside_nmi} of the structure that begins at {@code at}. */
    public static int smiSmmInsideNmi(ByteBuffer struct, int at) {
        return struct.get(at + SMI_SMM_INSIDE_NMI) & 0xFF;
    }

    /** Writes {@code smi.smm_inside_nmi} of the structure that begins at {@code at}. */
    public static void smiSmmInsideNmi(ByteBuffer struct, int at, int value) {
        struct.put(at + SMI_SMM_INSIDE_NMI, (byte) value);
    }

    /** Reads {@code smi.latched_init} of the structure that begins at {@code at}. */
    public static int smiLatchedInit(ByteBuffer struct, int at) {
        return struct.get(at + SMI_LATCHED_INIT) & 0xFF;
    }

    /** Writes {@code smi.latched_init} of the structure that begins at {@code at}. */
    public static void smiLatchedInit(ByteBuffer struct, int at, int value) {
        struct.put(at + SMI_LATCHED_INIT, (byte) value);
    }

    /** Reads {@code triple_fault.pending} of the structure that begins at {@code at}. */
    public static int tripleFaultPending(ByteBuffer struct, int at) {
        return struct.get(at + TRIPLE_FAULT_PENDING) & 0xFF;
    }

    /** Writes {@code triple_fault.pending} of the structure that begins at {@code at}. */
    public static void tripleFaultPending(ByteBuffer struct, int at, int value) {
        struct.put(at + TRIPLE_FAULT_PENDING, (byte) value);
    }

    /** Reads {@code exception_has_payload} of the structure that begins at {@code at}. */
    public static int exceptionHasPayload(ByteBuffer struct, int at) {
        return struct.get(at + EXCEPTION_HAS_PAYLOAD) & 0xFF;
    }

    /** Writes {@code exception_has_payload} of the structure that begins at {@code at}. */
    public static void exceptionHasPayload(ByteBuffer struct, int at, int value) {
        struct.put(at + EXCEPTION_HAS_PAYLOAD, (byte) value);
    }

    /** Reads {@code exception_payload} of the structure that begins at {@code at}. */
    public static long exceptionPayload(ByteBuffer struct, int at) {
        return struct.getLong(at + EXCEPTION_PAYLOAD);
    }

    /** Writes {@code exception_payload} of the structure that begins at {@code at}. */
    public static void exceptionPayload(ByteBuffer struct, int at, long value) {
        struct.putLong(at + EXCEPTION_PAYLOAD, value);
    }
}
