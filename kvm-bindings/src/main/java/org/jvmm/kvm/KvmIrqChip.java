package org.jvmm.kvm;

import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.irq.IrqChip;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.kvm.abi.KvmIrqLevel;
import org.jvmm.kvm.abi.KvmIrqfd;
import org.jvmm.kvm.abi.KvmMsi;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * The interrupt controllers in the kernel. A pulse goes through an irqfd, made with a line's first; levels go through KVM_IRQ_LINE. This object's monitor
 * guards its system calls, which any thread may ask for.
 */
final class KvmIrqChip implements IrqChip {
    private final KvmFd vm;
    private final LinuxSyscalls syscalls;
    private final StructBuffer struct = StructBuffer.allocate(KvmIrqfd.SIZE + KvmMsi.SIZE);
    private final StructBuffer one = StructBuffer.allocate(Long.BYTES);
    private final Line[] lines = new Line[GuestLayout.IOAPIC_PINS];
    private boolean closed;

    /** @param vm the machine's descriptor with system calls of its own */
    KvmIrqChip(KvmFd vm) {
        this.vm = vm;
        this.syscalls = vm.syscalls();
        one.bytes().putLong(0, 1);
        for (int gsi = 0; gsi < lines.length; gsi++) {
            lines[gsi] = new Line(gsi);
        }
    }

    @Override
    public IrqLine line(int gsi) {
        return lines[gsi];
    }

    @Override
    public synchronized void signalMsi(long address, int data) {
        if (closed) {
            return;
        }
        KvmMsi.addressLo(struct.clear().bytes(), 0, (int) address);
        KvmMsi.addressHi(struct.bytes(), 0, (int) (address >>> 32));
        KvmMsi.data(struct.bytes(), 0, data);
        // 0 means that the guest has it blocked, which is its right; a negative value that the message makes no sense, which is its fault.
        vm.raw(VmIoctl.SIGNAL_MSI, struct.address());
    }

    private synchronized void level(int gsi, int level) {
        if (closed) {
            return;
        }
        KvmIrqLevel.irq(struct.clear().bytes(), 0, gsi);
        KvmIrqLevel.level(struct.bytes(), 0, level);
        vm.call("KVM_IRQ_LINE", gsi + ", " + level, VmIoctl.IRQ_LINE, struct.address());
    }

    private synchronized void signal(Line line) {
        if (closed) {
            return;
        }
        if (line.eventfd < 0) {
            line.eventfd = bind(line.gsi);
        }
        long written = syscalls.writeRaw(line.eventfd, one.address(), Long.BYTES);
        if (written < 0 && written != -Errno.EAGAIN) {
            throw new KvmException("write", "irqfd of line " + line.gsi, (int) -written, "");
        }
    }

    private int bind(int gsi) {
        int eventfd = syscalls.eventfd(0, LinuxSyscalls.NONBLOCK);
        KvmIrqfd.fd(struct.clear().bytes(), 0, eventfd);
        KvmIrqfd.gsi(struct.bytes(), 0, gsi);
        try {
            vm.call("KVM_IRQFD", "line " + gsi, VmIoctl.IRQFD, struct.address());
        } catch (KvmException e) {
            syscalls.close(eventfd);
            throw e;
        }
        return eventfd;
    }

    /** Lines are dead from now on; the kernel undoes its side when an eventfd goes. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            for (Line line : lines) {
                if (line.eventfd >= 0) {
                    syscalls.close(line.eventfd);
                }
            }
        }
    }

    private final class Line implements IrqLine {
        private final int gsi;
        private int eventfd = -1;

        Line(int gsi) {
            this.gsi = gsi;
        }

        @Override
        public void raise() {
            level(gsi, 1);
        }

        @Override
        public void lower() {
            level(gsi, 0);
        }

        @Override
        public void pulse() {
            signal(this);
        }
    }
}
