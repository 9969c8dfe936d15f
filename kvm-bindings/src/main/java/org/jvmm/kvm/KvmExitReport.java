package org.jvmm.kvm;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmRun;
import org.jvmm.kvm.abi.KvmTranslation;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.NativeAccessException;
import org.jvmm.kvm.sys.StructBuffer;

/** Turns an exit that ends the machine into a report for people: what happened, the instruction, the key registers, what to do. */
final class KvmExitReport {
    private static final int INSTRUCTION_BYTES = 15;
    private static final String[] NAMES = { "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10", "R11", "R12", "R13",
        "R14", "R15" };

    private final ByteBuffer run;
    private final KvmFd fd;
    private final GuestMemory memory;
    private final Supplier<LinuxSyscalls> bindings;
    private final X86Regs regs = new X86Regs();
    private final X86Sregs sregs = new X86Sregs();

    KvmExitReport(ByteBuffer run, KvmFd fd, KvmVcpuRegisters registers, GuestMemory memory, Supplier<LinuxSyscalls> bindings) {
        this.bindings = bindings;
        this.run = run;
        this.fd = fd;
        this.memory = memory;
        try {
            registers.getRegs(regs);
            registers.getSregs(sregs);
        } catch (KvmException e) {
            // A vCPU that cannot even be read: the report is shorter.
            regs.rip = 0;
        }
    }

    /** @param reason {@code kvm_run.exit_reason} */
    VcpuExit describe(int reason) {
        return switch (reason) {
            case KvmConstants.EXIT_SHUTDOWN -> new VcpuExit.Shutdown(regs.rip, complete("Triple fault", instruction()));
            case KvmConstants.EXIT_DEBUG -> new VcpuExit.Debug(regs.rip, KvmDebug.cause(run));
            case KvmConstants.EXIT_SYSTEM_EVENT -> new VcpuExit.Shutdown(regs.rip, complete(
                    "KVM_EXIT_SYSTEM_EVENT type " + KvmRun.systemEventType(run, 0) + data(KvmRun.SYSTEM_EVENT_DATA,
                            KvmRun.systemEventNdata(run, 0)),
                    ""));
            case KvmConstants.EXIT_FAIL_ENTRY -> failed("KVM_EXIT_FAIL_ENTRY: the processor refused the guest's state, hardware reason 0x"
                    + Long.toHexString(KvmRun.failEntryHardwareEntryFailureReason(run, 0)), instruction());
            case KvmConstants.EXIT_INTERNAL_ERROR -> internalError();
            case KvmConstants.EXIT_UNKNOWN -> failed(
                    "KVM_EXIT_UNKNOWN, hardware reason 0x" + Long.toHexString(KvmRun.hwHardwareExitReason(run, 0)), instruction());
            default -> failed("Unexpected KVM exit reason " + reason, instruction());
        };
    }

    /** KVM_RUN itself failed. */
    VcpuExit callFailed(int errno) {
        return failed("KVM_RUN failed: " + Errno.name(errno), instruction());
    }

    private VcpuExit internalError() {
        int suberror = KvmRun.internalSuberror(run, 0);
        String what = "KVM_EXIT_INTERNAL_ERROR, suberror " + suberror + switch (suberror) {
            case KvmConstants.INTERNAL_ERROR_EMULATION -> " (emulation failure)";
            case KvmConstants.INTERNAL_ERROR_SIMUL_EX -> " (simultaneous exceptions)";
            case KvmConstants.INTERNAL_ERROR_DELIVERY_EV -> " (exit while an event was delivered)";
            case KvmConstants.INTERNAL_ERROR_UNEXPECTED_EXIT_REASON -> " (unexpected exit of the processor)";
            default -> "";
        };
        if (suberror != KvmConstants.INTERNAL_ERROR_EMULATION) {
            return failed(what + data(KvmRun.INTERNAL_DATA, KvmRun.internalNdata(run, 0)), instruction());
        }
        boolean hasBytes = KvmRun.emulationFailureNdata(run, 0) >= 3
                && (KvmRun.emulationFailureFlags(run, 0) & KvmConstants.INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0;
        if (!hasBytes) {
            return failed(what, instruction());
        }
        int size = Math.min(KvmRun.emulationFailureInsnSize(run, 0), INSTRUCTION_BYTES);
        byte[] bytes = new byte[size];
        run.get(KvmRun.EMULATION_FAILURE_INSN_BYTES, bytes, 0, size);
        return failed(what, hex(bytes, size));
    }

    private VcpuExit failed(String what, String instruction) {
        return new VcpuExit.Failed(regs.rip, complete(what, instruction));
    }

    private String complete(String what, String instruction) {
        StringBuilder text = new StringBuilder(what);
        if (!instruction.isEmpty()) {
            text.append("; instruction bytes ").append(instruction);
        }
        for (int i = 0; i < NAMES.length; i++) {
            text.append(i % 4 == 0 ? "\n  " : " ");
            field(text, NAMES[i], regs.gpr[i]);
        }
        text.append("\n  ");
        field(text, "RIP", regs.rip).append(' ');
        field(text, "RFLAGS", regs.rflags).append(' ');
        field(text, "CS", sregs.segments[X86Sregs.CS].selector).append(' ');
        field(text, "SS", sregs.segments[X86Sregs.SS].selector);
        text.append("\n  ");
        field(text, "CR0", sregs.cr0).append(' ');
        field(text, "CR2", sregs.cr2).append(' ');
        field(text, "CR3", sregs.cr3).append(' ');
        field(text, "CR4", sregs.cr4).append(' ');
        field(text, "EFER", sregs.efer);
        if (ringZeroIsEmulated()) {
            text.append("\n  This host's KVM emulates the guest's kernel mode and cannot run every kernel: use --accel=soft");
        }
        return text.toString();
    }

    private boolean ringZeroIsEmulated() {
        try {
            return KvmProbe.run(bindings) == KvmProbe.RingZero.EMULATED;
        } catch (KvmException | NativeAccessException e) {
            return false;
        }
    }

    private static StringBuilder field(StringBuilder text, String name, long value) {
        return text.append(name).append('=').append(Long.toHexString(value));
    }

    private String data(int at, int words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(words, 16); i++) {
            text.append(i == 0 ? "; data " : " ").append(Long.toHexString(run.getLong(at + i * Long.BYTES)));
        }
        return text.toString();
    }

    /** The bytes at RIP, as far as the guest's page tables and memory give them. */
    private String instruction() {
        StructBuffer walk = StructBuffer.allocate(KvmTranslation.SIZE);
        byte[] bytes = new byte[INSTRUCTION_BYTES];
        int length = 0;
        try {
            while (length < INSTRUCTION_BYTES) {
                KvmTranslation.linearAddress(walk.bytes(), 0, sregs.segments[X86Sregs.CS].base + regs.rip + length);
                if (fd.raw(VcpuIoctl.TRANSLATE, walk.address()) < 0 || KvmTranslation.valid(walk.bytes(), 0) == 0) {
                    break;
                }
                memory.read(KvmTranslation.physicalAddress(walk.bytes(), 0), bytes, length, 1);
                length++;
            }
        } catch (GuestMemoryException e) {
            // RIP points to where no memory is: that is why.
            return hex(bytes, length);
        }
        return hex(bytes, length);
    }

    private static String hex(byte[] bytes, int length) {
        StringBuilder text = new StringBuilder(length * 3);
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : " ").append(Character.forDigit(bytes[i] >> 4 & 15, 16)).append(Character.forDigit(bytes[i] & 15, 16));
        }
        return text.toString();
    }
}
