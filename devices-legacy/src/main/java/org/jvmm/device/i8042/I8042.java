package org.jvmm.device.i8042;

import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.irq.IrqLine;

/**
 * The keyboard controller, as far as a machine without a keyboard needs it: self test, configuration byte, and above all the reset line, which is how Linux
 * reboots with {@code reboot=k}.
 */
public final class I8042 {
    private static final int STATUS_OUTPUT_FULL = 1;
    private static final int STATUS_SYSTEM = 4;
    private static final int STATUS_COMMAND = 8;
    private static final int CONFIG_IRQ = 1;

    private final IrqLine irq;
    private final Runnable onReset;
    private int output = -1;
    private int config = 0x14;
    private int outputPort = 3;
    private int pendingCommand;
    private boolean lastWasCommand;

    /**
     * @param irq GSI 1
     * @param onReset told when the guest pulses the reset line; called on a vCPU thread
     */
    public I8042(IrqLine irq, Runnable onReset) {
        this.irq = irq;
        this.onReset = onReset;
    }

    /** Port 0x60. */
    public BusDevice dataPort() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return readData();
            }

            @Override
            public void write(long offset, int size, long value) {
                writeData((int) value & 0xFF);
            }
        };
    }

    /** Port 0x64. */
    public BusDevice commandPort() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return status();
            }

            @Override
            public void write(long offset, int size, long value) {
                command((int) value & 0xFF);
            }
        };
    }

    private synchronized int status() {
        return STATUS_SYSTEM | (lastWasCommand ? STATUS_COMMAND : 0) | (output >= 0 ? STATUS_OUTPUT_FULL : 0);
    }

    private synchronized int readData() {
        int value = Math.max(0, output);
        output = -1;
        irq.lower();
        return value;
    }

    private synchronized void writeData(int value) {
        lastWasCommand = false;
        int command = pendingCommand;
        pendingCommand = 0;
        switch (command) {
            case 0x60 -> config = value;
            case 0xD1 -> {
                outputPort = value;
                if ((value & 1) == 0) {
                    onReset.run();
                }
            }
            case 0xD2 -> answer(value);
            default -> {
                // Sent to a keyboard that is not there.
            }
        }
    }

    private synchronized void command(int value) {
        lastWasCommand = true;
        pendingCommand = 0;
        switch (value) {
            case 0x20 -> answer(config);
            case 0x60, 0xD1, 0xD2 -> pendingCommand = value;
            case 0xAA -> answer(0x55);
            case 0xAB, 0xA9 -> answer(0);
            case 0xAD -> config |= 0x10;
            case 0xAE -> config &= ~0x10;
            case 0xA7 -> config |= 0x20;
            case 0xA8 -> config &= ~0x20;
            case 0xD0 -> answer(outputPort);
            default -> {
                // 0xF0 to 0xFF pulse the output lines whose bits are clear; bit 0 is the reset line.
                if (value >= 0xF0 && (value & 1) == 0) {
                    onReset.run();
                }
            }
        }
    }

    private void answer(int value) {
        output = value;
        if ((config & CONFIG_IRQ) != 0) {
            irq.raise();
        }
    }
}
