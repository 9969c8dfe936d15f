package org.jvmm.cpu;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.DirtyTracking;
import org.jvmm.core.cpu.SavableVm;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.irq.IrqChip;
import org.jvmm.core.irq.SoftwareIrqChip;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.time.VmClock;
import org.jvmm.cpu.mmu.CpuGroup;
import org.jvmm.cpu.state.CpuidModel;

/** A virtual machine of the software engine. */
final class SoftVm implements SavableVm, DirtyTracking {
    private final GuestMemory memory;
    private final SoftwareIrqChip chip;
    private final VmClock clock;
    private final long tscOrigin;
    private final CpuModel model;
    private final WriteLog log;
    private final int cpus;
    /** Null for a machine of one CPU, which then pays nothing for the others. */
    private final CpuGroup group;
    private final List<SoftVcpu> vcpus = new CopyOnWriteArrayList<>();

    SoftVm(GuestMemory memory, SoftwareIrqChip chip, VmClock clock, long tscOrigin, CpuModel model, int cpus) {
        this.memory = memory;
        this.chip = chip;
        this.clock = clock;
        this.tscOrigin = tscOrigin;
        this.model = model;
        this.log = new WriteLog(memory);
        this.cpus = cpus;
        this.group = cpus == 1 ? null : CpuGroup.of(cpus, memory);
        memory.observeWrites(this::deviceWrote);
    }

    @Override
    public Vcpu createVcpu(int id, VmOps ops) {
        if (id < 0 || id >= cpus) {
            throw new IllegalArgumentException("vCPU " + id + " of " + cpus);
        }
        SoftVcpu vcpu = new SoftVcpu(id, new CpuidModel(id, cpus, model), memory, ops, chip, clock, tscOrigin, log);
        if (group != null) {
            vcpu.join(group);
        }
        vcpus.add(vcpu);
        return vcpu;
    }

    @Override
    public IrqChip irqChip() {
        return chip;
    }

    @Override
    public boolean bindIoEvent(long gpa, int size, long value, Notifier notifier) {
        // A store reaches the device by a method call; there is nothing shorter.
        return false;
    }

    @Override
    public void saveState(VmState out) {
        chip.saveState(out);
    }

    @Override
    public void restoreState(VmState in) {
        chip.restoreState(in);
    }

    @Override
    public void trackDirtyPages(boolean on) {
        log.track(on, vcpus);
    }

    @Override
    public void collectDirtyPages(GuestRegion region, long[] bitmap) {
        log.collect(region, bitmap, vcpus);
    }

    private void deviceWrote(long gpa, long length) {
        log.deviceWrote(gpa, length);
        for (SoftVcpu vcpu : vcpus) {
            vcpu.deviceWrote(gpa, length);
        }
    }

    @Override
    public void close() {
        vcpus.forEach(SoftVcpu::end);
        memory.observeWrites((gpa, length) -> {
        });
    }
}
