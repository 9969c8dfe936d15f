package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/**
 * The MP configuration table (Intel MultiProcessor Specification 1.4, chapter 4): CPUs, one ISA bus, one I/O APIC and how interrupts reach it.
 * Linux looks for it in the last KiB below 640 KiB, where {@link GuestLayout#MP_TABLE} is.
 */
public final class MpTable {
    /** Pin of the I/O APIC that the timer (ISA IRQ 0) is wired to, as on PCs; every other IRQ has the pin of its own number. */
    public static final int TIMER_PIN = 2;

    private static final int FLOATING_POINTER_SIZE = 16;
    private static final int HEADER_SIZE = 44;
    private static final int CPU_SIZE = 20;
    private static final int SMALL_SIZE = 8;
    private static final int ROUTES = GuestLayout.IOAPIC_PINS - 1;

    private static final int SPECIFICATION_1_4 = 4;
    private static final int ENTRY_CPU = 0;
    private static final int ENTRY_BUS = 1;
    private static final int ENTRY_IOAPIC = 2;
    private static final int ENTRY_INTERRUPT = 3;
    private static final int ENTRY_LOCAL_INTERRUPT = 4;
    private static final int CPU_ENABLED = 1;
    private static final int CPU_BOOT_PROCESSOR = 2;
    private static final int IOAPIC_USABLE = 1;
    private static final int TYPE_INT = 0;
    private static final int TYPE_NMI = 1;
    private static final int TYPE_EXTINT = 3;
    private static final int ALL_LOCAL_APICS = 0xFF;
    private static final int ISA_BUS = 0;
    /** Version of an integrated local APIC (SDM vol. 3 §11.4.8). */
    private static final int LOCAL_APIC_VERSION = 0x14;
    /** Version register of the 82093AA. */
    private static final int IOAPIC_VERSION = 0x11;
    /** Family 6 (§4.3.1); the guest asks CPUID for the truth. */
    private static final int CPU_SIGNATURE = 0x600;
    /** FPU and APIC (§4.3.1, table 4-6). */
    private static final int CPU_FEATURES = 0x201;

    private MpTable() {}

    /**
     * Writes the table.
     *
     * @param cpus number of CPUs; their APIC ids are 0 to cpus - 1, and the I/O APIC's is cpus
     */
    public static void write(GuestMemory memory, int cpus) {
        int length = HEADER_SIZE + cpus * CPU_SIZE + (2 + ROUTES + 2) * SMALL_SIZE;
        ByteBuffer out = ByteBuffer.allocate(FLOATING_POINTER_SIZE + length).order(ByteOrder.LITTLE_ENDIAN);
        floatingPointer(out);
        header(out, length, cpus + 2 + ROUTES + 2);
        for (int cpu = 0; cpu < cpus; cpu++) {
            out.put((byte) ENTRY_CPU).put((byte) cpu).put((byte) LOCAL_APIC_VERSION);
            out.put((byte) (CPU_ENABLED | (cpu == 0 ? CPU_BOOT_PROCESSOR : 0)));
            out.putInt(CPU_SIGNATURE).putInt(CPU_FEATURES).putLong(0);
        }
        out.put((byte) ENTRY_BUS).put((byte) ISA_BUS);
        ascii(out, "ISA   ");
        out.put((byte) ENTRY_IOAPIC).put((byte) cpus).put((byte) IOAPIC_VERSION).put((byte) IOAPIC_USABLE);
        out.putInt((int) GuestLayout.IOAPIC);
        interrupts(out, cpus);
        checksum(out, 0, FLOATING_POINTER_SIZE, 10);
        checksum(out, FLOATING_POINTER_SIZE, length, FLOATING_POINTER_SIZE + 7);
        memory.write(GuestLayout.MP_TABLE, out.array());
    }

    /** §4.1; the feature bytes say that a configuration table is present and that there is no IMCR. */
    private static void floatingPointer(ByteBuffer out) {
        ascii(out, "_MP_");
        out.putInt((int) (GuestLayout.MP_TABLE + FLOATING_POINTER_SIZE));
        out.put((byte) 1).put((byte) SPECIFICATION_1_4);
        out.position(FLOATING_POINTER_SIZE);
    }

    /** §4.2. */
    private static void header(ByteBuffer out, int length, int entries) {
        ascii(out, "PCMP");
        out.putShort((short) length).put((byte) SPECIFICATION_1_4).put((byte) 0);
        ascii(out, "JVMM    ");
        ascii(out, "JVMM        ");
        out.putInt(0).putShort((short) 0).putShort((short) entries);
        out.putInt((int) GuestLayout.LAPIC).putInt(0);
    }

    /** §4.3.4 and §4.3.5; flags 0 mean polarity and trigger mode of the bus: ISA is edge-triggered and active high. */
    private static void interrupts(ByteBuffer out, int ioapic) {
        for (int irq = 0; irq < GuestLayout.IOAPIC_PINS; irq++) {
            // IRQ 2 is the cascade of the second 8259A; its pin is the timer's.
            if (irq != TIMER_PIN) {
                out.put((byte) ENTRY_INTERRUPT).put((byte) TYPE_INT).putShort((short) 0);
                out.put((byte) ISA_BUS).put((byte) irq).put((byte) ioapic).put((byte) (irq == 0 ? TIMER_PIN : irq));
            }
        }
        out.put((byte) ENTRY_LOCAL_INTERRUPT).put((byte) TYPE_EXTINT).putShort((short) 0);
        out.put((byte) ISA_BUS).put((byte) 0).put((byte) 0).put((byte) 0);
        out.put((byte) ENTRY_LOCAL_INTERRUPT).put((byte) TYPE_NMI).putShort((short) 0);
        out.put((byte) ISA_BUS).put((byte) 0).put((byte) ALL_LOCAL_APICS).put((byte) 1);
    }

    private static void ascii(ByteBuffer out, String text) {
        for (int i = 0; i < text.length(); i++) {
            out.put((byte) text.charAt(i));
        }
    }

    /** All bytes sum up to 0 modulo 256. */
    private static void checksum(ByteBuffer out, int start, int length, int at) {
        int sum = 0;
        for (int i = start; i < start + length; i++) {
            sum += out.get(i);
        }
        out.put(at, (byte) (out.get(at) - sum));
    }
}
