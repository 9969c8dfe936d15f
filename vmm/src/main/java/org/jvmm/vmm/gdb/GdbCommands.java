package org.jvmm.vmm.gdb;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.vmm.DebugGate;

/** The commands that look at and change a machine whose CPUs are held. Threads are CPUs, counted from 1. */
final class GdbCommands {
    private static final String OK = "OK";
    private static final String UNKNOWN = "";
    private static final String MALFORMED = "E01";
    /** ENOSPC: no debug register is free, or there is nothing to put an INT3 into. */
    private static final String NO_ROOM = "E1c";
    /** EFAULT. */
    private static final String NO_MEMORY = "E0e";
    /** Types of {@code Z} packets. */
    private static final int WATCH_WRITE = 2;
    private static final int WATCH_READ = 3;
    private static final int WATCH_ACCESS = 4;
    private static final int MAX_MEMORY = PacketReader.MAX_PACKET / 2 - 8;

    private final DebugGate gate;
    private final GuestView view;
    private final Breakpoints breakpoints;
    private final Amd64Registers registers = new Amd64Registers();
    private final byte[] description = Amd64Registers.description().getBytes(StandardCharsets.US_ASCII);
    /** The CPU that register and memory commands mean. */
    private int general;
    /** The CPU that {@code s} and {@code c} mean; -1 for all. */
    private int resumed = -1;

    GdbCommands(DebugGate gate) {
        this.gate = gate;
        this.view = new GuestView(gate.memory());
        this.breakpoints = new Breakpoints(view, gate.vcpu(0).maxBreakpoints());
    }

    /** A CPU met something: it is the one to look at. */
    void stoppedAt(int cpu) {
        general = cpu;
        resumed = -1;
    }

    /** Whether a CPU stands at a breakpoint of the hardware kind. */
    boolean isHardware(int cpu) {
        registers.load(gate.vcpu(cpu));
        return breakpoints.isHardware(registers.rip());
    }

    /** Takes all breakpoints away. */
    void clear() {
        breakpoints.clear();
    }

    /** The answer to a packet that is none of {@link GdbSession}'s. */
    String answer(byte[] packet, String text) {
        PacketText rest = new PacketText(packet, 1);
        return switch (packet[0]) {
            case 'g' -> readAll();
            case 'G' -> writeAll(rest);
            case 'p' -> readOne(rest);
            case 'P' -> writeOne(rest);
            case 'm' -> readMemory(rest);
            case 'M' -> writeMemory(rest, false);
            case 'X' -> writeMemory(rest, true);
            case 'Z' -> breakpoint(rest, true);
            case 'z' -> breakpoint(rest, false);
            case 'H' -> choose(rest);
            case 'T' -> cpu(rest.thread()) < 0 ? MALFORMED : OK;
            case 'q' -> query(text);
            default -> UNKNOWN;
        };
    }

    private String query(String text) {
        if (text.startsWith("qSupported")) {
            return "PacketSize=" + Integer.toHexString(PacketReader.MAX_PACKET)
                    + ";qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+";
        }
        if (text.startsWith("qXfer:features:read:" + Amd64Registers.DESCRIPTION + ":")) {
            return transfer(new PacketText(text.getBytes(StandardCharsets.ISO_8859_1), text.lastIndexOf(':') + 1));
        }
        if (text.startsWith("qThreadExtraInfo,")) {
            int cpu = cpu(new PacketText(text.getBytes(StandardCharsets.ISO_8859_1), text.indexOf(',') + 1).thread());
            return cpu < 0 ? MALFORMED : hex(("CPU " + cpu).getBytes(StandardCharsets.US_ASCII));
        }
        return switch (text) {
            case "qfThreadInfo" -> threads();
            case "qsThreadInfo" -> "l";
            case "qC" -> "QC" + (general + 1);
            // The machine was there before the debugger: it may leave without ending it.
            case "qAttached" -> "1";
            case "qSymbol::" -> OK;
            default -> UNKNOWN;
        };
    }

    private String threads() {
        StringBuilder list = new StringBuilder("m");
        for (int i = 1; i <= gate.cpus(); i++) {
            list.append(i == 1 ? "" : ",").append(Integer.toHexString(i));
        }
        return list.toString();
    }

    private String transfer(PacketText range) {
        int from = range.number(Integer.MAX_VALUE);
        range.expect(',');
        int length = range.number(Integer.MAX_VALUE);
        if (from > description.length) {
            return MALFORMED;
        }
        int to = (int) Math.min(description.length, (long) from + Math.min(length, MAX_MEMORY));
        return (to == description.length ? "l" : "m") + new String(description, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Index of the CPU that a thread id names, the first for "any"; -1 when there is none. */
    private int cpu(long thread) {
        return thread == 0 ? 0 : thread >= 1 && thread <= gate.cpus() ? (int) thread - 1 : -1;
    }

    private String choose(PacketText text) {
        boolean forResume = text.accept('c');
        if (!forResume) {
            text.expect('g');
        }
        long thread = text.thread();
        int cpu = cpu(thread);
        if (thread != -1 && cpu < 0) {
            return MALFORMED;
        }
        if (forResume) {
            resumed = thread <= 0 ? -1 : cpu;
        } else {
            general = Math.max(cpu, 0);
        }
        return OK;
    }

    // ---- registers ------------------------------------------------------------------------------------------------------------------------

    private String readAll() {
        registers.load(gate.vcpu(general));
        StringBuilder text = new StringBuilder(1200);
        for (int i = 0; i < Amd64Registers.COUNT; i++) {
            text.append(hex(registers.get(i)));
        }
        return text.toString();
    }

    private String writeAll(PacketText text) {
        DebuggableVcpu vcpu = gate.vcpu(general);
        registers.load(vcpu);
        for (int i = 0; i < Amd64Registers.COUNT && !text.atEnd(); i++) {
            registers.set(i, bytes(text, Amd64Registers.size(i)));
        }
        registers.store(vcpu);
        return OK;
    }

    private String readOne(PacketText text) {
        int number = text.number(Integer.MAX_VALUE);
        if (number >= Amd64Registers.COUNT) {
            return MALFORMED;
        }
        registers.load(gate.vcpu(general));
        return hex(registers.get(number));
    }

    private String writeOne(PacketText text) {
        int number = text.number(Integer.MAX_VALUE);
        text.expect('=');
        if (number >= Amd64Registers.COUNT) {
            return MALFORMED;
        }
        byte[] value = bytes(text, Amd64Registers.size(number));
        DebuggableVcpu vcpu = gate.vcpu(general);
        registers.load(vcpu);
        registers.set(number, value);
        registers.store(vcpu);
        return OK;
    }

    // ---- memory ---------------------------------------------------------------------------------------------------------------------------

    private String readMemory(PacketText text) {
        long address = text.number();
        text.expect(',');
        byte[] data = new byte[Math.min(text.number(Integer.MAX_VALUE), MAX_MEMORY)];
        registers.load(gate.vcpu(general));
        int done = view.read(registers.sregs(), address, data);
        return done == 0 && data.length > 0 ? NO_MEMORY : hex(data).substring(0, 2 * done);
    }

    private String writeMemory(PacketText text, boolean binary) {
        long address = text.number();
        text.expect(',');
        int length = text.number(PacketReader.MAX_PACKET);
        text.expect(':');
        byte[] data = binary ? new byte[length] : bytes(text, length);
        for (int i = 0; binary && i < length; i++) {
            data[i] = (byte) text.rawByte();
        }
        if (!text.atEnd()) {
            return MALFORMED;
        }
        registers.load(gate.vcpu(general));
        return view.write(registers.sregs(), address, data) ? OK : NO_MEMORY;
    }

    private String breakpoint(PacketText text, boolean insert) {
        int type = text.number(9);
        text.expect(',');
        long address = text.number();
        text.expect(',');
        int length = text.number(Integer.MAX_VALUE);
        if (type > 1) {
            return watchpoint(type, address, length, insert);
        }
        if (!insert) {
            breakpoints.remove(type == 1, address);
            return OK;
        }
        registers.load(gate.vcpu(general));
        return breakpoints.insert(type == 1, address, registers.sregs()) ? OK : NO_ROOM;
    }

    private String watchpoint(int type, long address, int length, boolean insert) {
        if (type > WATCH_ACCESS || !gate.vcpu(0).watchesData()) {
            // gdb steps and looks for itself.
            return UNKNOWN;
        }
        if (length == 0) {
            return MALFORMED;
        }
        DebugWatch watch = new DebugWatch(address, length, type != WATCH_WRITE, type != WATCH_READ);
        if (insert) {
            breakpoints.watches().add(watch);
        } else {
            breakpoints.watches().remove(watch);
        }
        return OK;
    }

    // ---- going on -------------------------------------------------------------------------------------------------------------------------

    /** One plan for all CPUs. */
    DebugPlan[] plans(DebugPlan plan) {
        DebugPlan[] plans = new DebugPlan[gate.cpus()];
        Arrays.fill(plans, plan);
        return plans;
    }

    /** {@code c [address]} and {@code s [address]}: the chosen CPU, or all; who steps, steps alone. */
    DebugPlan[] resumeAll(byte[] packet, boolean step) {
        PacketText text = new PacketText(packet, 1);
        int cpu = resumed < 0 ? general : resumed;
        if (!text.atEnd()) {
            DebuggableVcpu vcpu = gate.vcpu(cpu);
            registers.load(vcpu);
            registers.setRip(text.number());
            registers.store(vcpu);
        }
        DebugPlan[] plans = step || resumed >= 0 ? new DebugPlan[gate.cpus()] : plans(going());
        if (step || resumed >= 0) {
            plans[cpu] = step ? stepping() : going();
        }
        return plans;
    }

    private DebugPlan going() {
        return DebugPlan.at(breakpoints.addresses()).watching(breakpoints.watches());
    }

    private DebugPlan stepping() {
        return DebugPlan.oneStep().watching(breakpoints.watches());
    }

    /** {@code vCont;action[:thread]...}: the first action that names a CPU, or all, is its. */
    DebugPlan[] resumeByThread(byte[] packet) {
        DebugPlan[] plans = new DebugPlan[gate.cpus()];
        PacketText text = new PacketText(packet, "vCont".length());
        while (text.accept(';')) {
            DebugPlan plan;
            if (text.accept('c')) {
                plan = going();
            } else if (text.accept('s')) {
                plan = stepping();
            } else {
                boolean go = text.accept('C');
                if (!go) {
                    text.expect('S');
                }
                // There are no signals to deliver.
                text.hexByte();
                plan = go ? going() : stepping();
            }
            long thread = text.accept(':') ? text.thread() : -1;
            for (int i = 0; i < plans.length; i++) {
                if (plans[i] == null && (thread <= 0 || thread == i + 1)) {
                    plans[i] = plan;
                }
            }
        }
        for (DebugPlan plan : plans) {
            if (plan != null && text.atEnd()) {
                return plans;
            }
        }
        throw new PacketText.MalformedPacketException();
    }

    private static byte[] bytes(PacketText text, int length) {
        if (text.remaining() < 2 * length) {
            throw new PacketText.MalformedPacketException();
        }
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) text.hexByte();
        }
        return data;
    }

    private static String hex(byte[] data) {
        StringBuilder text = new StringBuilder(2 * data.length);
        for (byte value : data) {
            text.append(Character.forDigit(value >> 4 & 15, 16)).append(Character.forDigit(value & 15, 16));
        }
        return text.toString();
    }
}
