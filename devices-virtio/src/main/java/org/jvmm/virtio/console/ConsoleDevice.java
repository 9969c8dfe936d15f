package org.jvmm.virtio.console;

import java.io.DataInput;
import java.io.IOException;
import org.jvmm.core.event.EventLoop;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/** A console with one port (virtio 1.3 §5.3), its size, and the emergency write for a kernel's first words. On the loop. */
public final class ConsoleDevice implements VirtioDevice {
    private final ConfigSpace config = ConsoleConfig.space();
    private final ConsoleMetrics metrics = new ConsoleMetrics();
    private final ConsoleOutput output;
    private final EventLoop loop;
    private final byte[] buffer = new byte[4096];
    private final byte[] input = new byte[ConsoleConfig.INPUT];
    private int inputStart;
    private int inputLength;
    private DeviceContext context;
    private DescriptorChain receiveChain;
    private DescriptorChain transmitChain;
    private boolean paused;

    /** @param output gets what the guest writes */
    public ConsoleDevice(ConsoleOutput output, EventLoop loop) {
        this.output = output;
        this.loop = loop;
    }

    /** What the device counts. */
    public ConsoleMetrics metrics() {
        return metrics;
    }

    /** Types bytes. What does not fit behind 64 KiB that wait is lost, as on a real line. Any thread. */
    public void type(byte[] bytes, int offset, int length) {
        byte[] copy = new byte[length];
        System.arraycopy(bytes, offset, copy, 0, length);
        loop.execute(() -> {
            append(copy);
            if (context != null) {
                context.run(this::receive);
            }
        });
    }

    private void append(byte[] bytes) {
        int taken = Math.min(bytes.length, input.length - inputLength);
        for (int i = 0; i < taken; i++) {
            input[(inputStart + inputLength + i) % input.length] = bytes[i];
        }
        inputLength += taken;
        metrics.lost.add(bytes.length - taken);
    }

    /** Tells the guest the size of the window, in characters: 0 to 65535. Any thread. */
    public void resize(int columns, int rows) {
        loop.execute(() -> {
            config.set(ConsoleConfig.COLUMNS, 2, columns);
            config.set(ConsoleConfig.ROWS, 2, rows);
            if (context != null && context.has(ConsoleConfig.F_SIZE)) {
                context.interrupt().configChanged();
            }
        });
    }

    @Override
    public int id() {
        return VirtioDeviceId.CONSOLE;
    }

    @Override
    public int queueCount() {
        return ConsoleConfig.QUEUES;
    }

    @Override
    public int queueSize(int index) {
        return ConsoleConfig.QUEUE_SIZE;
    }

    @Override
    public long features() {
        return ConsoleConfig.F_SIZE | ConsoleConfig.F_EMERG_WRITE;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void configWritten(int offset, int size) {
        // §5.3.4: the low byte of emerg_wr is a character.
        buffer[0] = (byte) config.get(ConsoleConfig.EMERGENCY, 1);
        metrics.output.increment();
        output.write(buffer, 0, 1);
    }

    @Override
    public void activate(DeviceContext newContext) {
        context = newContext;
        receiveChain = newContext.queue(ConsoleConfig.RECEIVE).newChain();
        transmitChain = newContext.queue(ConsoleConfig.TRANSMIT).newChain();
    }

    @Override
    public void handleQueue(int index) {
        if (context == null || paused) {
            return;
        }
        if (index == ConsoleConfig.TRANSMIT) {
            transmit();
        } else {
            receive();
        }
    }

    private void transmit() {
        VirtQueue queue = context.queue(ConsoleConfig.TRANSMIT);
        boolean any = false;
        long budget = ConsoleConfig.MAX_TURN;
        while (queue.pop(transmitChain)) {
            if (budget <= 0) {
                queue.undoPop(1);
                context.loop().execute(() -> handleQueue(ConsoleConfig.TRANSMIT));
                break;
            }
            if (!ConsoleRequest.isOutput(transmitChain)) {
                metrics.guestFaults.increment();
            }
            // A guest may offer 4 GiB in one buffer; it gets no more than its turn.
            long most = Math.min(transmitChain.readableLength(), ConsoleConfig.MAX_TURN);
            for (long left = most; left > 0;) {
                int n = transmitChain.read(buffer, 0, (int) Math.min(buffer.length, left));
                output.write(buffer, 0, n);
                metrics.output.add(n);
                left -= n;
            }
            budget -= Math.max(most, ConsoleConfig.MAX_TURN / queue.size());
            queue.addUsed(transmitChain.head(), 0);
            any = true;
        }
        if (any) {
            context.interrupt().queueUsed(queue);
        }
    }

    private void receive() {
        if (context == null || paused) {
            return;
        }
        VirtQueue queue = context.queue(ConsoleConfig.RECEIVE);
        boolean any = false;
        while (inputLength > 0 && queue.pop(receiveChain)) {
            if (!ConsoleRequest.isRoom(receiveChain)) {
                metrics.guestFaults.increment();
            }
            for (int n = 1; n > 0 && inputLength > 0;) {
                n = receiveChain.write(input, inputStart, Math.min(inputLength, input.length - inputStart));
                inputStart = (inputStart + n) % input.length;
                inputLength -= n;
            }
            metrics.input.add(receiveChain.written());
            queue.addUsed(receiveChain.head(), receiveChain.written());
            any = true;
        }
        if (any) {
            context.interrupt().queueUsed(queue);
        }
    }

    @Override
    public void reset() {
        context = null;
        paused = false;
        inputLength = 0;
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    @Override
    public DeviceState save() {
        byte[] pending = new byte[inputLength];
        for (int i = 0; i < pending.length; i++) {
            pending[i] = input[(inputStart + i) % input.length];
        }
        return new ConsoleState(pending);
    }

    @Override
    public void restore(DeviceState state) {
        inputLength = 0;
        append(((ConsoleState) state).pending());
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return ConsoleState.readFrom(version, in);
    }
}
