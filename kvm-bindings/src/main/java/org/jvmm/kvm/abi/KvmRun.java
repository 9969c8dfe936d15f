package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_run}: The page that a vCPU shares with its owner; {@code mmap}ed from the vCPU descriptor. The members from {@code io.direction} on are one union, chosen by {@code exit_reason}. */
public final class KvmRun {
    /** Size in bytes. */
    public static final int SIZE = 2352;
    /** Offset of {@code request_interrupt_window}, u8. */
    public static final int REQUEST_INTERRUPT_WINDOW = 0;
    /** Offset of {@code immediate_exit}, u8. */
    public static final int IMMEDIATE_EXIT = 1;
    /** Offset of {@code exit_reason}, u32. */
    public static final int EXIT_REASON = 8;
    /** Offset of {@code ready_for_interrupt_injection}, u8. */
    public static final int READY_FOR_INTERRUPT_INJECTION = 12;
    /** Offset of {@code if_flag}, u8. */
    public static final int IF_FLAG = 13;
    /** Offset of {@code flags}, u16. */
    public static final int FLAGS = 14;
    /** Offset of {@code cr8}, u64. */
    public static final int CR8 = 16;
    /** Offset of {@code apic_base}, u64. */
    public static final int APIC_BASE = 24;
    /** Offset of {@code hw.hardware_exit_reason}, u64. */
    public static final int HW_HARDWARE_EXIT_REASON = 32;
    /** Offset of {@code fail_entry.hardware_entry_failure_reason}, u64. */
    public static final int FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON = 32;
    /** Offset of {@code fail_entry.cpu}, u32. */
    public static final int FAIL_ENTRY_CPU = 40;
    /** Offset of {@code ex.exception}, u32. */
    public static final int EX_EXCEPTION = 32;
    /** Offset of {@code ex.error_code}, u32. */
    public static final int EX_ERROR_CODE = 36;
    /** Offset of {@code io.direction}, u8. */
    public static final int IO_DIRECTION = 32;
    /** Offset of {@code io.size}, u8. */
    public static final int IO_SIZE = 33;
    /** Offset of {@code io.port}, u16. */
    public static final int IO_PORT = 34;
    /** Offset of {@code io.count}, u32. */
    public static final int IO_COUNT = 36;
    /** Offset of {@code io.data_offset}, u64. */
    public static final int IO_DATA_OFFSET = 40;
    /** Offset of {@code debug.arch}, 32 bytes. */
    public static final int DEBUG_ARCH = 32;
    /** Offset of {@code mmio.phys_addr}, u64. */
    public static final int MMIO_PHYS_ADDR = 32;
    /** Offset of {@code mmio.data}, 8 bytes. */
    public static final int MMIO_DATA = 40;
    /** Offset of {@code mmio.len}, u32. */
    public static final int MMIO_LEN = 48;
    /** Offset of {@code mmio.is_write}, u8. */
    public static final int MMIO_IS_WRITE = 52;
    /** Offset of {@code hypercall.nr}, u64. */
    public static final int HYPERCALL_NR = 32;
    /** Offset of {@code hypercall.args}, 48 bytes. */
    public static final int HYPERCALL_ARGS = 40;
    /** Offset of {@code hypercall.ret}, u64. */
    public static final int HYPERCALL_RET = 88;
    /** Offset of {@code hypercall.longmode}, u32. */
    public static final int HYPERCALL_LONGMODE = 96;
    /** Offset of {@code tpr_access.rip}, u64. */
    public static final int TPR_ACCESS_RIP = 32;
    /** Offset of {@code tpr_access.is_write}, u32. */
    public static final int TPR_ACCESS_IS_WRITE = 40;
    /** Offset of {@code internal.suberror}, u32. */
    public static final int INTERNAL_SUBERROR = 32;
    /** Offset of {@code internal.ndata}, u32. */
    public static final int INTERNAL_NDATA = 36;
    /** Offset of {@code internal.data}, 128 bytes. */
    public static final int INTERNAL_DATA = 40;
    /** Offset of {@code emulation_failure.suberror}, u32. */
    public static final int EMULATION_FAILURE_SUBERROR = 32;
    /** Offset of {@code emulation_failure.ndata}, u32. */
    public static final int EMULATION_FAILURE_NDATA = 36;
    /** Offset of {@code emulation_failure.flags}, u64. */
    public static final int EMULATION_FAILURE_FLAGS = 40;
    /** Offset of {@code emulation_failure.insn_size}, u8. */
    public static final int EMULATION_FAILURE_INSN_SIZE = 48;
    /** Offset of {@code emulation_failure.insn_bytes}, 15 bytes. */
    public static final int EMULATION_FAILURE_INSN_BYTES = 49;
    /** Offset of {@code system_event.type}, u32. */
    public static final int SYSTEM_EVENT_TYPE = 32;
    /** Offset of {@code system_event.ndata}, u32. */
    public static final int SYSTEM_EVENT_NDATA = 36;
    /** Offset of {@code system_event.data}, 128 bytes. */
    public static final int SYSTEM_EVENT_DATA = 40;
    /** Offset of {@code eoi.vector}, u8. */
    public static final int EOI_VECTOR = 32;
    /** Offset of {@code msr.error}, u8. */
    public static final int MSR_ERROR = 32;
    /** Offset of {@code msr.reason}, u32. */
    public static final int MSR_REASON = 40;
    /** Offset of {@code msr.index}, u32. */
    public static final int MSR_INDEX = 44;
    /** Offset of {@code msr.data}, u64. */
    public static final int MSR_DATA = 48;
    /** Offset of {@code notify.flags}, u32. */
    public static final int NOTIFY_FLAGS = 32;
    /** Offset of {@code kvm_valid_regs}, u64. */
    public static final int KVM_VALID_REGS = 288;
    /** Offset of {@code kvm_dirty_regs}, u64. */
    public static final int KVM_DIRTY_REGS = 296;
    /** Offset of {@code s.regs}, 520 bytes. */
    public static final int S_REGS = 304;

    private KvmRun() {}

    /** Reads {@code request_interrupt_window} of the structure that begins at {@code at}. */
    public static int requestInterruptWindow(ByteBuffer struct, int at) {
        return struct.get(at + REQUEST_INTERRUPT_WINDOW) & 0xFF;
    }

    /** Writes {@code request_interrupt_window} of the structure that begins at {@code at}. */
    public static void requestInterruptWindow(ByteBuffer struct, int at, int value) {
        struct.put(at + REQUEST_INTERRUPT_WINDOW, (byte) value);
    }

    /** Reads {@code immediate_exit} of the structure that begins at {@code at}. */
    public static int immediateExit(ByteBuffer struct, int at) {
        return struct.get(at + IMMEDIATE_EXIT) & 0xFF;
    }

    /** Writes {@code immediate_exit} of the structure that begins at {@code at}. */
    public static void immediateExit(ByteBuffer struct, int at, int value) {
        struct.put(at + IMMEDIATE_EXIT, (byte) value);
    }

    /** Reads {@code exit_reason} of the structure that begins at {@code at}. */
    public static int exitReason(ByteBuffer struct, int at) {
        return struct.getInt(at + EXIT_REASON);
    }

    /** Writes {@code exit_reason} of the structure that begins at {@code at}. */
    public static void exitReason(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EXIT_REASON, value);
    }

    /** Reads {@code ready_for_interrupt_injection} of the structure that begins at {@code at}. */
    public static int readyForInterruptInjection(ByteBuffer struct, int at) {
        return struct.get(at + READY_FOR_INTERRUPT_INJECTION) & 0xFF;
    }

    /** Writes {@code ready_for_interrupt_injection} of the structure that begins at {@code at}. */
    public static void readyForInterruptInjection(ByteBuffer struct, int at, int value) {
        struct.put(at + READY_FOR_INTERRUPT_INJECTION, (byte) value);
    }

    /** Reads {@code if_flag} of the structure that begins at {@code at}. */
    public static int ifFlag(ByteBuffer struct, int at) {
        return struct.get(at + IF_FLAG) & 0xFF;
    }

    /** Writes {@code if_flag} of the structure that begins at {@code at}. */
    public static void ifFlag(ByteBuffer struct, int at, int value) {
        struct.put(at + IF_FLAG, (byte) value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getShort(at + FLAGS) & 0xFFFF;
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putShort(at + FLAGS, (short) value);
    }

    /** Reads {@code cr8} of the structure that begins at {@code at}. */
    public static long cr8(ByteBuffer struct, int at) {
        return struct.getLong(at + CR8);
    }

    /** Writes {@code cr8} of the structure that begins at {@code at}. */
    public static void cr8(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CR8, value);
    }

    /** Reads {@code apic_base} of the structure that begins at {@code at}. */
    public static long apicBase(ByteBuffer struct, int at) {
        return struct.getLong(at + APIC_BASE);
    }

    /** Writes {@code apic_base} of the structure that begins at {@code at}. */
    public static void apicBase(ByteBuffer struct, int at, long value) {
        struct.putLong(at + APIC_BASE, value);
    }

    /** Reads {@code hw.hardware_exit_reason} of the structure that begins at {@code at}. */
    public static long hwHardwareExitReason(ByteBuffer struct, int at) {
        return struct.getLong(at + HW_HARDWARE_EXIT_REASON);
    }

    /** Writes {@code hw.hardware_exit_reason} of the structure that begins at {@code at}. */
    public static void hwHardwareExitReason(ByteBuffer struct, int at, long value) {
        struct.putLong(at + HW_HARDWARE_EXIT_REASON, value);
    }

    /** Reads {@code fail_entry.hardware_entry_failure_reason} of the structure that begins at {@code at}. */
    public static long failEntryHardwareEntryFailureReason(ByteBuffer struct, int at) {
        return struct.getLong(at + FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON);
    }

    /** Writes {@code fail_entry.hardware_entry_failure_reason} of the structure that begins at {@code at}. */
    public static void failEntryHardwareEntryFailureReason(ByteBuffer struct, int at, long value) {
        struct.putLong(at + FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON, value);
    }

    /** Reads {@code fail_entry.cpu} of the structure that begins at {@code at}. */
    public static int failEntryCpu(ByteBuffer struct, int at) {
        return struct.getInt(at + FAIL_ENTRY_CPU);
    }

    /** Writes {@code fail_entry.cpu} of the structure that begins at {@code at}. */
    public static void failEntryCpu(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FAIL_ENTRY_CPU, value);
    }

    /** Reads {@code ex.exception} of the structure that begins at {@code at}. */
    public static int exException(ByteBuffer struct, int at) {
        return struct.getInt(at + EX_EXCEPTION);
    }

    /** Writes {@code ex.exception} of the structure that begins at {@code at}. */
    public static void exException(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EX_EXCEPTION, value);
    }

    /** Reads {@code ex.error_code} of the structure that begins at {@code at}. */
    public static int exErrorCode(ByteBuffer struct, int at) {
        return struct.getInt(at + EX_ERROR_CODE);
    }

    /** Writes {@code ex.error_code} of the structure that begins at {@code at}. */
    public static void exErrorCode(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EX_ERROR_CODE, value);
    }

    /** Reads {@code io.direction} of the structure that begins at {@code at}. */
    public static int ioDirection(ByteBuffer struct, int at) {
        return struct.get(at + IO_DIRECTION) & 0xFF;
    }

    /** Writes {@code io.direction} of the structure that begins at {@code at}. */
    public static void ioDirection(ByteBuffer struct, int at, int value) {
        struct.put(at + IO_DIRECTION, (byte) value);
    }

    /** Reads {@code io.size} of the structure that begins at {@code at}. */
    public static int ioSize(ByteBuffer struct, int at) {
        return struct.get(at + IO_SIZE) & 0xFF;
    }

    /** Writes {@code io.size} of the structure that begins at {@code at}. */
    public static void ioSize(ByteBuffer struct, int at, int value) {
        struct.put(at + IO_SIZE, (byte) value);
    }

    /** Reads {@code io.port} of the structure that begins at {@code at}. */
    public static int ioPort(ByteBuffer struct, int at) {
        return struct.getShort(at + IO_PORT) & 0xFFFF;
    }

    /** Writes {@code io.port} of the structure that begins at {@code at}. */
    public static void ioPort(ByteBuffer struct, int at, int value) {
        struct.putShort(at + IO_PORT, (short) value);
    }

    /** Reads {@code io.count} of the structure that begins at {@code at}. */
    public static int ioCount(ByteBuffer struct, int at) {
        return struct.getInt(at + IO_COUNT);
    }

    /** Writes {@code io.count} of the structure that begins at {@code at}. */
    public static void ioCount(ByteBuffer struct, int at, int value) {
        struct.putInt(at + IO_COUNT, value);
    }

    /** Reads {@code io.data_offset} of the structure that begins at {@code at}. */
    public static long ioDataOffset(ByteBuffer struct, int at) {
        return struct.getLong(at + IO_DATA_OFFSET);
    }

    /** Writes {@code io.data_offset} of the structure that begins at {@code at}. */
    public static void ioDataOffset(ByteBuffer struct, int at, long value) {
        struct.putLong(at + IO_DATA_OFFSET, value);
    }

    /** Reads {@code mmio.phys_addr} of the structure that begins at {@code at}. */
    public static long mmioPhysAddr(ByteBuffer struct, int at) {
        return struct.getLong(at + MMIO_PHYS_ADDR);
    }

    /** Writes {@code mmio.phys_addr} of the structure that begins at {@code at}. */
    public static void mmioPhysAddr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + MMIO_PHYS_ADDR, value);
    }

    /** Reads {@code mmio.len} of the structure that begins at {@code at}. */
    public static int mmioLen(ByteBuffer struct, int at) {
        return struct.getInt(at + MMIO_LEN);
    }

    /** Writes {@code mmio.len} of the structure that begins at {@code at}. */
    public static void mmioLen(ByteBuffer struct, int at, int value) {
        struct.putInt(at + MMIO_LEN, value);
    }

    /** Reads {@code mmio.is_write} of the structure that begins at {@code at}. */
    public static int mmioIsWrite(ByteBuffer struct, int at) {
        return struct.get(at + MMIO_IS_WRITE) & 0xFF;
    }

    /** Writes {@code mmio.is_write} of the structure that begins at {@code at}. */
    public static void mmioIsWrite(ByteBuffer struct, int at, int value) {
        struct.put(at + MMIO_IS_WRITE, (byte) value);
    }

    /** Reads {@code hypercall.nr} of the structure that begins at {@code at}. */
    public static long hypercallNr(ByteBuffer struct, int at) {
        return struct.getLong(at + HYPERCALL_NR);
    }

    /** Writes {@code hypercall.nr} of the structure that begins at {@code at}. */
    public static void hypercallNr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + HYPERCALL_NR, value);
    }

    /** Reads {@code hypercall.ret} of the structure that begins at {@code at}. */
    public static long hypercallRet(ByteBuffer struct, int at) {
        return struct.getLong(at + HYPERCALL_RET);
    }

    /** Writes {@code hypercall.ret} of the structure that begins at {@code at}. */
    public static void hypercallRet(ByteBuffer struct, int at, long value) {
        struct.putLong(at + HYPERCALL_RET, value);
    }

    /** Reads {@code hypercall.longmode} of the structure that begins at {@code at}. */
    public static int hypercallLongmode(ByteBuffer struct, int at) {
        return struct.getInt(at + HYPERCALL_LONGMODE);
    }

    /** Writes {@code hypercall.longmode} of the structure that begins at {@code at}. */
    public static void hypercallLongmode(ByteBuffer struct, int at, int value) {
        struct.putInt(at + HYPERCALL_LONGMODE, value);
    }

    /** Reads {@code tpr_access.rip} of the structure that begins at {@code at}. */
    public static long tprAccessRip(ByteBuffer struct, int at) {
        return struct.getLong(at + TPR_ACCESS_RIP);
    }

    /** Writes {@code tpr_access.rip} of the structure that begins at {@code at}. */
    public static void tprAccessRip(ByteBuffer struct, int at, long value) {
        struct.putLong(at + TPR_ACCESS_RIP, value);
    }

    /** Reads {@code tpr_access.is_write} of the structure that begins at {@code at}. */
    public static int tprAccessIsWrite(ByteBuffer struct, int at) {
        return struct.getInt(at + TPR_ACCESS_IS_WRITE);
    }

    /** Writes {@code tpr_access.is_write} of the structure that begins at {@code at}. */
    public static void tprAccessIsWrite(ByteBuffer struct, int at, int value) {
        struct.putInt(at + TPR_ACCESS_IS_WRITE, value);
    }

    /** Reads {@code internal.suberror} of the structure that begins at {@code at}. */
    public static int internalSuberror(ByteBuffer struct, int at) {
        return struct.getInt(at + INTERNAL_SUBERROR);
    }

    /** Writes {@code internal.suberror} of the structure that begins at {@code at}. */
    public static void internalSuberror(ByteBuffer struct, int at, int value) {
        struct.putInt(at + INTERNAL_SUBERROR, value);
    }

    /** Reads {@code internal.ndata} of the structure that begins at {@code at}. */
    public static int internalNdata(ByteBuffer struct, int at) {
        return struct.getInt(at + INTERNAL_NDATA);
    }

    /** Writes {@code internal.ndata} of the structure that begins at {@code at}. */
    public static void internalNdata(ByteBuffer struct, int at, int value) {
        struct.putInt(at + INTERNAL_NDATA, value);
    }

    /** Reads {@code emulation_failure.suberror} of the structure that begins at {@code at}. */
    public static int emulationFailureSuberror(ByteBuffer struct, int at) {
        return struct.getInt(at + EMULATION_FAILURE_SUBERROR);
    }

    /** Writes {@code emulation_failure.suberror} of the structure that begins at {@code at}. */
    public static void emulationFailureSuberror(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EMULATION_FAILURE_SUBERROR, value);
    }

    /** Reads {@code emulation_failure.ndata} of the structure that begins at {@code at}. */
    public static int emulationFailureNdata(ByteBuffer struct, int at) {
        return struct.getInt(at + EMULATION_FAILURE_NDATA);
    }

    /** Writes {@code emulation_failure.ndata} of the structure that begins at {@code at}. */
    public static void emulationFailureNdata(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EMULATION_FAILURE_NDATA, value);
    }

    /** Reads {@code emulation_failure.flags} of the structure that begins at {@code at}. */
    public static long emulationFailureFlags(ByteBuffer struct, int at) {
        return struct.getLong(at + EMULATION_FAILURE_FLAGS);
    }

    /** Writes {@code emulation_failure.flags} of the structure that begins at {@code at}. */
    public static void emulationFailureFlags(ByteBuffer struct, int at, long value) {
        struct.putLong(at + EMULATION_FAILURE_FLAGS, value);
    }

    /** Reads {@code emulation_failure.insn_size} of the structure that begins at {@code at}. */
    public static int emulationFailureInsnSize(ByteBuffer struct, int at) {
        return struct.get(at + EMULATION_FAILURE_INSN_SIZE) & 0xFF;
    }

    /** Writes {@code emulation_failure.insn_size} of the structure that begins at {@code at}. */
    public static void emulationFailureInsnSize(ByteBuffer struct, int at, int value) {
        struct.put(at + EMULATION_FAILURE_INSN_SIZE, (byte) value);
    }

    /** Reads {@code system_event.type} of the structure that begins at {@code at}. */
    public static int systemEventType(ByteBuffer struct, int at) {
        return struct.getInt(at + SYSTEM_EVENT_TYPE);
    }

    /** Writes {@code system_event.type} of the structure that begins at {@code at}. */
    public static void systemEventType(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SYSTEM_EVENT_TYPE, value);
    }

    /** Reads {@code system_event.ndata} of the structure that begins at {@code at}. */
    public static int systemEventNdata(ByteBuffer struct, int at) {
        return struct.getInt(at + SYSTEM_EVENT_NDATA);
    }

    /** Writes {@code system_event.ndata} of the structure that begins at {@code at}. */
    public static void systemEventNdata(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SYSTEM_EVENT_NDATA, value);
    }

    /** Reads {@code eoi.vector} of the structure that begins at {@code at}. */
    public static int eoiVector(ByteBuffer struct, int at) {
        return struct.get(at + EOI_VECTOR) & 0xFF;
    }

    /** Writes {@code eoi.vector} of the structure that begins at {@code at}. */
    public static void eoiVector(ByteBuffer struct, int at, int value) {
        struct.put(at + EOI_VECTOR, (byte) value);
    }

    /** Reads {@code msr.error} of the structure that begins at {@code at}. */
    public static int msrError(ByteBuffer struct, int at) {
        return struct.get(at + MSR_ERROR) & 0xFF;
    }

    /** Writes {@code msr.error} of the structure that begins at {@code at}. */
    public static void msrError(ByteBuffer struct, int at, int value) {
        struct.put(at + MSR_ERROR, (byte) value);
    }

    /** Reads {@code msr.reason} of the structure that begins at {@code at}. */
    public static int msrReason(ByteBuffer struct, int at) {
        return struct.getInt(at + MSR_REASON);
    }

    /** Writes {@code msr.reason} of the structure that begins at {@code at}. */
    public static void msrReason(ByteBuffer struct, int at, int value) {
        struct.putInt(at + MSR_REASON, value);
    }

    /** Reads {@code msr.index} of the structure that begins at {@code at}. */
    public static int msrIndex(ByteBuffer struct, int at) {
        return struct.getInt(at + MSR_INDEX);
    }

    /** Writes {@code msr.index} of the structure that begins at {@code at}. */
    public static void msrIndex(ByteBuffer struct, int at, int value) {
        struct.putInt(at + MSR_INDEX, value);
    }

    /** Reads {@code msr.data} of the structure that begins at {@code at}. */
    public static long msrData(ByteBuffer struct, int at) {
        return struct.getLong(at + MSR_DATA);
    }

    /** Writes {@code msr.data} of the structure that begins at {@code at}. */
    public static void msrData(ByteBuffer struct, int at, long value) {
        struct.putLong(at + MSR_DATA, value);
    }

    /** Reads {@code notify.flags} of the structure that begins at {@code at}. */
    public static int notifyFlags(ByteBuffer struct, int at) {
        return struct.getInt(at + NOTIFY_FLAGS);
    }

    /** Writes {@code notify.flags} of the structure that begins at {@code at}. */
    public static void notifyFlags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NOTIFY_FLAGS, value);
    }

    /** Reads {@code kvm_valid_regs} of the structure that begins at {@code at}. */
    public static long kvmValidRegs(ByteBuffer struct, int at) {
        return struct.getLong(at + KVM_VALID_REGS);
    }

    /** Writes {@code kvm_valid_regs} of the structure that begins at {@code at}. */
    public static void kvmValidRegs(ByteBuffer struct, int at, long value) {
        struct.putLong(at + KVM_VALID_REGS, value);
    }

    /** Reads {@code kvm_dirty_regs} of the structure that begins at {@code at}. */
    public static long kvmDirtyRegs(ByteBuffer struct, int at) {
        return struct.getLong(at + KVM_DIRTY_REGS);
    }

    /** Writes {@code kvm_dirty_regs} of the structure that begins at {@code at}. */
    public static void kvmDirtyRegs(ByteBuffer struct, int at, long value) {
        struct.putLong(at + KVM_DIRTY_REGS, value);
    }
}
