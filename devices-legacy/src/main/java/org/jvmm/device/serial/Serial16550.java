package org.jvmm.device.serial;

import java.util.ArrayDeque;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.irq.IrqLine;

/**
 * A 16550A UART (National Semiconductor PC16550D data sheet). It transmits at once, whatever the divisor says; input waits in a queue behind the 16-byte FIFO.
 * Registers are one byte wide; wider accesses are taken byte by byte.
 */
public final class Serial16550 implements BusDevice {
    private static final int DATA = 0;
    private static final int INTERRUPT_ENABLE = 1;
    private static final int INTERRUPT_ID = 2;
    private static final int LINE_CONTROL = 3;
    private static final int MODEM_CONTROL = 4;
    private static final int LINE_STATUS = 5;
    private static final int MODEM_STATUS = 6;

    private static final int IER_RECEIVED = 1;
    private static final int IER_TRANSMIT_EMPTY = 2;
    private static final int IIR_NONE = 1;
    private static final int IIR_TRANSMIT_EMPTY = 2;
    private static final int IIR_RECEIVED = 4;
    private static final int IIR_FIFO = 0xC0;
    private static final int LCR_DIVISOR = 0x80;
    private static final int MCR_LOOPBACK = 0x10;
    private static final int MCR_OUT2 = 8;
    private static final int LSR_DATA_READY = 1;
    private static final int LSR_TRANSMIT_EMPTY = 0x60;
    /** Carrier, data set ready, clear to send. */
    private static final int MSR_CONNECTED = 0xB0;
    /** Most input that waits for the guest, bytes; what comes on top is lost. */
    private static final int INPUT_LIMIT = 1 << 16;

    private final IrqLine irq;
    private final ByteSink output;
    private final ArrayDeque<Byte> input = new ArrayDeque<>();
    private int interruptEnable;
    private int lineControl = 3;
    private int modemControl = MCR_OUT2;
    private int divisor = 12;
    private int scratch;
    private boolean fifos;
    private boolean transmitEmptyPending;
    private boolean irqHigh;

    /**
     * @param irq the port's line
     * @param output where transmitted bytes go
     */
    public Serial16550(IrqLine irq, ByteSink output) {
        this.irq = irq;
        this.output = output;
    }

    /** Hands input to the guest; any thread. */
    public synchronized void receive(byte[] data, int offset, int length) {
        for (int i = 0; i < length && input.size() < INPUT_LIMIT; i++) {
            input.add(data[offset + i]);
        }
        updateIrq();
    }

    @Override
    public synchronized long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size && offset + i < 8; i++) {
            value |= (long) readByte((int) offset + i) << 8 * i;
        }
        return value;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        for (int i = 0; i < size && offset + i < 8; i++) {
            writeByte((int) offset + i, (int) (value >>> 8 * i) & 0xFF);
        }
    }

    private int readByte(int register) {
        boolean divisorAccess = (lineControl & LCR_DIVISOR) != 0;
        return switch (register) {
            case DATA -> divisorAccess ? divisor & 0xFF : readData();
            case INTERRUPT_ENABLE -> divisorAccess ? divisor >> 8 : interruptEnable;
            case INTERRUPT_ID -> readInterruptId();
            case LINE_CONTROL -> lineControl;
            case MODEM_CONTROL -> modemControl;
            case LINE_STATUS -> LSR_TRANSMIT_EMPTY | (input.isEmpty() ? 0 : LSR_DATA_READY);
            case MODEM_STATUS -> modemStatus();
            default -> scratch;
        };
    }

    private int readData() {
        Byte next = input.poll();
        updateIrq();
        return next == null ? 0 : next & 0xFF;
    }

    private int readInterruptId() {
        int id = pendingInterrupt();
        if (id == IIR_TRANSMIT_EMPTY) {
            // Reading the identification takes this interrupt back (data sheet, table V).
            transmitEmptyPending = false;
            updateIrq();
        }
        return id | (fifos ? IIR_FIFO : 0);
    }

    /** In loopback the modem control outputs appear as status inputs. */
    private int modemStatus() {
        if ((modemControl & MCR_LOOPBACK) == 0) {
            return MSR_CONNECTED;
        }
        return (modemControl & 2) << 3 | (modemControl & 1) << 5 | (modemControl & 0xC) << 4;
    }

    private void writeByte(int register, int value) {
        boolean divisorAccess = (lineControl & LCR_DIVISOR) != 0;
        switch (register) {
            case DATA -> {
                if (divisorAccess) {
                    divisor = divisor & 0xFF00 | value;
                } else {
                    transmit(value);
                }
            }
            case INTERRUPT_ENABLE -> {
                if (divisorAccess) {
                    divisor = divisor & 0xFF | value << 8;
                } else {
                    // Enabling the transmitter's interrupt raises it: the transmitter is always empty.
                    transmitEmptyPending |= (value & ~interruptEnable & IER_TRANSMIT_EMPTY) != 0;
                    interruptEnable = value & 0xF;
                    updateIrq();
                }
            }
            case INTERRUPT_ID -> {
                fifos = (value & 1) != 0;
                if ((value & 2) != 0) {
                    input.clear();
                    updateIrq();
                }
            }
            case LINE_CONTROL -> lineControl = value;
            case MODEM_CONTROL -> modemControl = value & 0x1F;
            case 7 -> scratch = value;
            default -> {
                // Status registers are read-only.
            }
        }
    }

    private void transmit(int value) {
        if ((modemControl & MCR_LOOPBACK) != 0) {
            if (input.size() < INPUT_LIMIT) {
                input.add((byte) value);
            }
        } else {
            output.write(value);
        }
        transmitEmptyPending = true;
        updateIrq();
    }

    private int pendingInterrupt() {
        if ((interruptEnable & IER_RECEIVED) != 0 && !input.isEmpty()) {
            return IIR_RECEIVED;
        }
        if ((interruptEnable & IER_TRANSMIT_EMPTY) != 0 && transmitEmptyPending) {
            return IIR_TRANSMIT_EMPTY;
        }
        return IIR_NONE;
    }

    private void updateIrq() {
        boolean high = pendingInterrupt() != IIR_NONE;
        if (high != irqHigh) {
            irqHigh = high;
            if (high) {
                irq.raise();
            } else {
                irq.lower();
            }
        }
    }
}
