package org.jvmm.kvm;

import java.nio.ByteBuffer;
import org.jvmm.core.cpu.VmState;
import org.jvmm.kvm.abi.KvmClockData;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmIoapicState;
import org.jvmm.kvm.abi.KvmIrqchip;
import org.jvmm.kvm.abi.KvmPicState;
import org.jvmm.kvm.abi.KvmPitChannelState;
import org.jvmm.kvm.abi.KvmPitState2;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/** Saves and restores the interrupt controllers, the timer and the clock of a machine. */
final class KvmVmState {
    private static final int AT = KvmIrqchip.CHIP;

    private final KvmFd vm;
    private final StructBuffer chip = StructBuffer.allocate(KvmIrqchip.SIZE);
    private final StructBuffer pit = StructBuffer.allocate(KvmPitState2.SIZE);
    private final StructBuffer clock = StructBuffer.allocate(KvmClockData.SIZE);

    KvmVmState(KvmFd vm) {
        this.vm = vm;
    }

    void save(VmState out) {
        savePic(KvmConstants.IRQCHIP_PIC_MASTER, out.firstPic);
        savePic(KvmConstants.IRQCHIP_PIC_SLAVE, out.secondPic);
        ByteBuffer in = get(KvmConstants.IRQCHIP_IOAPIC);
        out.ioApicSelect = KvmIoapicState.ioregsel(in, AT);
        out.ioApicId = KvmIoapicState.id(in, AT);
        out.ioApicIrr = KvmIoapicState.irr(in, AT);
        for (int pin = 0; pin < out.ioApicRedirections.length; pin++) {
            out.ioApicRedirections[pin] = in.getLong(AT + KvmIoapicState.REDIRTBL + pin * Long.BYTES);
        }
        vm.call("KVM_GET_PIT2", VmIoctl.GET_PIT2, pit.address());
        for (int i = 0; i < out.pit.length; i++) {
            saveChannel(KvmPitState2.CHANNELS + i * KvmPitChannelState.SIZE, out.pit[i]);
        }
        out.pitFlags = KvmPitState2.flags(pit.bytes(), 0);
        vm.call("KVM_GET_CLOCK", VmIoctl.GET_CLOCK, clock.address());
        out.clock = KvmClockData.clock(clock.bytes(), 0);
    }

    void restore(VmState in) {
        restorePic(KvmConstants.IRQCHIP_PIC_MASTER, in.firstPic);
        restorePic(KvmConstants.IRQCHIP_PIC_SLAVE, in.secondPic);
        // The base address is not part of the neutral state: it is the same on every machine.
        ByteBuffer out = get(KvmConstants.IRQCHIP_IOAPIC);
        KvmIoapicState.ioregsel(out, AT, in.ioApicSelect);
        KvmIoapicState.id(out, AT, in.ioApicId);
        KvmIoapicState.irr(out, AT, in.ioApicIrr);
        for (int pin = 0; pin < in.ioApicRedirections.length; pin++) {
            out.putLong(AT + KvmIoapicState.REDIRTBL + pin * Long.BYTES, in.ioApicRedirections[pin]);
        }
        set(KvmConstants.IRQCHIP_IOAPIC);
        pit.clear();
        for (int i = 0; i < in.pit.length; i++) {
            restoreChannel(KvmPitState2.CHANNELS + i * KvmPitChannelState.SIZE, in.pit[i]);
        }
        KvmPitState2.flags(pit.bytes(), 0, in.pitFlags);
        vm.call("KVM_SET_PIT2", VmIoctl.SET_PIT2, pit.address());
        KvmClockData.clock(clock.clear().bytes(), 0, in.clock);
        vm.call("KVM_SET_CLOCK", VmIoctl.SET_CLOCK, clock.address());
    }

    private ByteBuffer get(int id) {
        KvmIrqchip.chipId(chip.clear().bytes(), 0, id);
        vm.call("KVM_GET_IRQCHIP", Integer.toString(id), VmIoctl.GET_IRQCHIP, chip.address());
        return chip.bytes();
    }

    private void set(int id) {
        KvmIrqchip.chipId(chip.bytes(), 0, id);
        vm.call("KVM_SET_IRQCHIP", Integer.toString(id), VmIoctl.SET_IRQCHIP, chip.address());
    }

    private void savePic(int id, VmState.Pic out) {
        ByteBuffer in = get(id);
        out.lastIrr = KvmPicState.lastIrr(in, AT);
        out.irr = KvmPicState.irr(in, AT);
        out.imr = KvmPicState.imr(in, AT);
        out.isr = KvmPicState.isr(in, AT);
        out.priorityAdd = KvmPicState.priorityAdd(in, AT);
        out.irqBase = KvmPicState.irqBase(in, AT);
        out.readRegisterSelect = KvmPicState.readRegSelect(in, AT);
        out.poll = KvmPicState.poll(in, AT);
        out.specialMask = KvmPicState.specialMask(in, AT);
        out.initState = KvmPicState.initState(in, AT);
        out.autoEoi = KvmPicState.autoEoi(in, AT);
        out.rotateOnAutoEoi = KvmPicState.rotateOnAutoEoi(in, AT);
        out.specialFullyNestedMode = KvmPicState.specialFullyNestedMode(in, AT);
        out.init4 = KvmPicState.init4(in, AT);
        out.elcr = KvmPicState.elcr(in, AT);
        out.elcrMask = KvmPicState.elcrMask(in, AT);
    }

    private void restorePic(int id, VmState.Pic in) {
        ByteBuffer out = chip.clear().bytes();
        KvmPicState.lastIrr(out, AT, in.lastIrr);
        KvmPicState.irr(out, AT, in.irr);
        KvmPicState.imr(out, AT, in.imr);
        KvmPicState.isr(out, AT, in.isr);
        KvmPicState.priorityAdd(out, AT, in.priorityAdd);
        KvmPicState.irqBase(out, AT, in.irqBase);
        KvmPicState.readRegSelect(out, AT, in.readRegisterSelect);
        KvmPicState.poll(out, AT, in.poll);
        KvmPicState.specialMask(out, AT, in.specialMask);
        KvmPicState.initState(out, AT, in.initState);
        KvmPicState.autoEoi(out, AT, in.autoEoi);
        KvmPicState.rotateOnAutoEoi(out, AT, in.rotateOnAutoEoi);
        KvmPicState.specialFullyNestedMode(out, AT, in.specialFullyNestedMode);
        KvmPicState.init4(out, AT, in.init4);
        KvmPicState.elcr(out, AT, in.elcr);
        KvmPicState.elcrMask(out, AT, in.elcrMask);
        set(id);
    }

    private void saveChannel(int at, VmState.PitChannel out) {
        ByteBuffer in = pit.bytes();
        out.count = KvmPitChannelState.count(in, at);
        out.latchedCount = KvmPitChannelState.latchedCount(in, at);
        out.countLatched = KvmPitChannelState.countLatched(in, at);
        out.statusLatched = KvmPitChannelState.statusLatched(in, at);
        out.status = KvmPitChannelState.status(in, at);
        out.readState = KvmPitChannelState.readState(in, at);
        out.writeState = KvmPitChannelState.writeState(in, at);
        out.writeLatch = KvmPitChannelState.writeLatch(in, at);
        out.rwMode = KvmPitChannelState.rwMode(in, at);
        out.mode = KvmPitChannelState.mode(in, at);
        out.bcd = KvmPitChannelState.bcd(in, at);
        out.gate = KvmPitChannelState.gate(in, at);
        out.countLoadTime = KvmPitChannelState.countLoadTime(in, at);
    }

    private void restoreChannel(int at, VmState.PitChannel in) {
        ByteBuffer out = pit.bytes();
        KvmPitChannelState.count(out, at, in.count);
        KvmPitChannelState.latchedCount(out, at, in.latchedCount);
        KvmPitChannelState.countLatched(out, at, in.countLatched);
        KvmPitChannelState.statusLatched(out, at, in.statusLatched);
        KvmPitChannelState.status(out, at, in.status);
        KvmPitChannelState.readState(out, at, in.readState);
        KvmPitChannelState.writeState(out, at, in.writeState);
        KvmPitChannelState.writeLatch(out, at, in.writeLatch);
        KvmPitChannelState.rwMode(out, at, in.rwMode);
        KvmPitChannelState.mode(out, at, in.mode);
        KvmPitChannelState.bcd(out, at, in.bcd);
        KvmPitChannelState.gate(out, at, in.gate);
        KvmPitChannelState.countLoadTime(out, at, in.countLoadTime);
    }
}
