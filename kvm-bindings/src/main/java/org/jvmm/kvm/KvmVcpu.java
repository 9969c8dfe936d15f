package org.jvmm.kvm;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.SavableVcpu;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmRun;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.KickSignal;

/**
 * A vCPU of KVM. {@link #run()} answers device accesses from the page that the kernel shares, without allocation.
 *
 * <p>Kick: {@code immediate_exit} makes the next KVM_RUN return at once, after it has finished a device access that is half done (api.rst §5); a signal
 * ends the one that runs. A vCPU that is kicked therefore never stops between an access and its completion.
 */
public final class KvmVcpu implements SavableVcpu, DebuggableVcpu {
    private final KvmFd fd;
    private final LinuxSyscalls syscalls;
    private final int id;
    private final VmOps ops;
    private final KvmVcpuRegisters registers;
    private final KvmHypervisor hypervisor;
    private final GuestMemory memory;
    private final long mapping;
    private final int mappingSize;
    private final ByteBuffer run;

    /** Whether {@link #run()} shall come back. */
    private volatile boolean kicked;
    /** The thread to signal; 0 before the first run. */
    private volatile int tid;
    private Thread thread;
    private long exits;
    private long deviceAccesses;

    /** Guards the mapping's end against kicks, and {@link #kicker}. */
    private final Object kickLock = new Object();
    private final LinuxSyscalls kicker;
    private final int process;
    private boolean closed;

    private KvmVcpu(KvmFd fd, int id, VmOps ops, KvmHypervisor hypervisor, GuestMemory memory) {
        this.fd = fd;
        this.syscalls = fd.syscalls();
        this.id = id;
        this.ops = ops;
        this.hypervisor = hypervisor;
        this.memory = memory;
        this.registers = new KvmVcpuRegisters(fd);
        this.kicker = hypervisor.newSyscalls();
        this.process = syscalls.getpid();
        this.mappingSize = hypervisor.mappingSize();
        this.mapping = syscalls.mmap(0, mappingSize, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED,
                fd.number(), 0);
        this.run = NativeMemory.buffer(mapping, mappingSize);
    }

    /** Sets a fresh vCPU descriptor up; closes it when that fails. */
    static KvmVcpu make(KvmFd fd, int id, VmOps ops, KvmHypervisor hypervisor, GuestMemory memory) {
        KvmVcpu vcpu = null;
        try {
            vcpu = new KvmVcpu(fd, id, ops, hypervisor, memory);
            hypervisor.cpuid().apply(fd, id);
            KvmBootState.apply(fd, vcpu.registers, id);
            return vcpu;
        } catch (RuntimeException e) {
            if (vcpu != null) {
                vcpu.close();
            } else {
                fd.close();
            }
            throw e;
        }
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public VcpuExit run() {
        if (Thread.currentThread() != thread) {
            thread = Thread.currentThread();
            tid = syscalls.gettid();
        }
        while (true) {
            long result = syscalls.ioctlRaw(fd.number(), VcpuIoctl.RUN, 0);
            exits++;
            if (result == 0) {
                int reason = KvmRun.exitReason(run, 0);
                if (reason == KvmConstants.EXIT_IO) {
                    portAccess();
                } else if (reason == KvmConstants.EXIT_MMIO) {
                    memoryAccess();
                } else if (reason != KvmConstants.EXIT_INTR && reason != KvmConstants.EXIT_IRQ_WINDOW_OPEN) {
                    return new KvmExitReport(run, fd, registers, memory, hypervisor::newSyscalls).describe(reason);
                }
            } else if (result == -Errno.EINTR) {
                KvmRun.immediateExit(run, 0, 0);
                // The store above must be seen before the flag is read: otherwise a kick in between would be lost.
                VarHandle.fullFence();
                if (kicked) {
                    kicked = false;
                    return VcpuExit.Interrupted.INSTANCE;
                }
            } else if (result != -Errno.EAGAIN) {
                // EAGAIN: a vCPU that waited for its start-up IPI was woken.
                return new KvmExitReport(run, fd, registers, memory, hypervisor::newSyscalls).callFailed((int) -result);
            }
        }
    }

    /** KVM_EXIT_IO: one access, or many of a string instruction. */
    private void portAccess() {
        deviceAccesses++;
        int size = KvmRun.ioSize(run, 0);
        int port = KvmRun.ioPort(run, 0);
        int at = (int) KvmRun.ioDataOffset(run, 0);
        boolean out = KvmRun.ioDirection(run, 0) == KvmConstants.EXIT_IO_OUT;
        for (int left = KvmRun.ioCount(run, 0); left > 0; left--) {
            if (out) {
                ops.pioWrite(port, size, load(at, size));
            } else {
                store(at, size, ops.pioRead(port, size));
            }
            at += size;
        }
    }

    /** KVM_EXIT_MMIO: up to 8 bytes; odd lengths come from accesses that cross a page and are split into powers of two. */
    private void memoryAccess() {
        deviceAccesses++;
        long gpa = KvmRun.mmioPhysAddr(run, 0);
        int length = Math.min(KvmRun.mmioLen(run, 0), Long.BYTES);
        boolean write = KvmRun.mmioIsWrite(run, 0) != 0;
        for (int done = 0; done < length;) {
            int size = Integer.highestOneBit(length - done);
            int at = KvmRun.MMIO_DATA + done;
            if (write) {
                ops.mmioWrite(gpa + done, size, load(at, size));
            } else {
                store(at, size, ops.mmioRead(gpa + done, size));
            }
            done += size;
        }
    }

    private long load(int at, int size) {
        return switch (size) {
            case 1 -> run.get(at) & 0xFFL;
            case 2 -> run.getShort(at) & 0xFFFFL;
            case 4 -> run.getInt(at) & 0xFFFF_FFFFL;
            default -> run.getLong(at);
        };
    }

    private void store(int at, int size, long value) {
        switch (size) {
            case 1 -> run.put(at, (byte) value);
            case 2 -> run.putShort(at, (short) value);
            case 4 -> run.putInt(at, (int) value);
            default -> run.putLong(at, value);
        }
    }

    @Override
    public void kick() {
        synchronized (kickLock) {
            if (closed) {
                return;
            }
            kicked = true;
            KvmRun.immediateExit(run, 0, 1);
            VarHandle.fullFence();
            int target = tid;
            if (target != 0) {
                // ESRCH: the thread has ended, so it does not run.
                kicker.tgkillRaw(process, target, KickSignal.NUMBER);
            }
        }
    }

    @Override
    public void getRegs(X86Regs out) {
        registers.getRegs(out);
    }

    @Override
    public void setRegs(X86Regs in) {
        registers.setRegs(in);
    }

    @Override
    public void getSregs(X86Sregs out) {
        registers.getSregs(out);
    }

    @Override
    public void setSregs(X86Sregs in) {
        registers.setSregs(in);
    }

    @Override
    public long getMsr(int index) {
        return registers.getMsr(index);
    }

    @Override
    public void setMsr(int index, long value) {
        registers.setMsr(index, value);
    }

    @Override
    public void getFpu(byte[] fxsave) {
        registers.getFpu(fxsave);
    }

    @Override
    public void setFpu(byte[] fxsave) {
        registers.setFpu(fxsave);
    }

    @Override
    public long instructionsRetired() {
        return 0;
    }

    @Override
    public void addCounters(VcpuCounters sum) {
        sum.exits += exits;
        sum.deviceAccesses += deviceAccesses;
    }

    @Override
    public int maxBreakpoints() {
        return KvmDebug.BREAKPOINTS;
    }

    @Override
    public boolean stopsInRanges() {
        return false;
    }

    @Override
    public void debug(DebugPlan plan) {
        new KvmDebug(fd).apply(plan);
    }

    @Override
    public void saveState(VcpuState out) {
        new KvmVcpuState(fd, registers, hypervisor).save(out);
    }

    @Override
    public void restoreState(VcpuState in) {
        new KvmVcpuState(fd, registers, hypervisor).restore(in);
    }

    /** Ends the mapping and the vCPU. It does not run. */
    void close() {
        synchronized (kickLock) {
            if (!closed) {
                closed = true;
                syscalls.munmap(mapping, mappingSize);
                fd.close();
            }
        }
    }
}
