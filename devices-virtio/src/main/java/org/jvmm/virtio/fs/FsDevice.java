package org.jvmm.virtio.fs;

import java.io.DataInput;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.SharedMemoryRegion;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;

/**
 * The file system device (virtio 1.3 §5.11): a directory of the host that the guest mounts by a tag. Each queue has a thread, since file system calls of
 * the host may block.
 */
public final class FsDevice implements VirtioDevice, AutoCloseable {
    /** Linux takes at most as many pages for a request as a queue has entries, less four for headers. */
    private static final int QUEUE_SIZE = 512;

    private final ConfigSpace config;
    private final FuseServer server;
    private final FsQueue[] queues;
    private final DaxWindow window;

    /**
     * Opens the directory.
     *
     * @param tag what the guest mounts by, at most {@link FsConfig#MAX_TAG} bytes
     * @param options the directory and how it is seen
     * @param requestQueues queues beside the one for urgent requests; Linux uses one a CPU
     * @param syscalls makes an instance for the thread that calls it
     * @param onFailure told of a mistake of this program in a worker
     * @throws org.jvmm.core.host.SyscallException when the directory cannot be opened
     */
    public FsDevice(String tag, FsOptions options, int requestQueues, Supplier<LinuxSyscalls> syscalls, Consumer<Throwable> onFailure) {
        this(tag, options, requestQueues, syscalls, onFailure, null);
    }

    /**
     * The same with a DAX window.
     *
     * @param window where the guest has files mapped, or null
     */
    public FsDevice(String tag, FsOptions options, int requestQueues, Supplier<LinuxSyscalls> syscalls, Consumer<Throwable> onFailure,
            DaxWindow window) {
        config = FsConfig.space(tag, requestQueues);
        this.window = window;
        server = new FuseServer(options, syscalls, FsQueue::completed, window);
        queues = new FsQueue[FsConfig.FIRST_REQUEST_QUEUE + requestQueues];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new FsQueue("fs-" + tag + "-" + i, server, onFailure);
        }
    }

    @Override
    public int id() {
        return VirtioDeviceId.FS;
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public int queueSize(int index) {
        return QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    /** The DAX window is region 0 (virtio 1.3 §5.11.6, "DAX Window"). */
    @Override
    public SharedMemoryRegion sharedMemory(int id) {
        return id == 0 && window != null ? window.shared() : null;
    }

    @Override
    public Notifier queueNotifier(int index) {
        return queues[index]::signal;
    }

    @Override
    public void activate(DeviceContext context) {
        for (int i = 0; i < queues.length; i++) {
            queues[i].start(context, context.queue(i));
        }
    }

    @Override
    public void handleQueue(int index) {
        queues[index].signal();
    }

    @Override
    public void reset() {
        for (FsQueue queue : queues) {
            queue.worker().quiesce();
        }
        // No worker is at it any more, and afterwards no waiting request is answered.
        server.reset();
        for (FsQueue queue : queues) {
            queue.forget();
        }
    }

    @Override
    public void pause() {
        for (FsQueue queue : queues) {
            queue.worker().quiesce();
        }
        // A request for a lock may wait for ever: it is answered as a signal would have it, and then nothing is in flight.
        server.interruptAll();
        for (FsQueue queue : queues) {
            queue.deliver();
        }
    }

    @Override
    public void resume() {
        for (FsQueue queue : queues) {
            queue.worker().resume();
        }
    }

    @Override
    public DeviceState save() {
        return server.save();
    }

    @Override
    public void restore(DeviceState state) {
        server.restore((FsState) state);
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return FsState.readFrom(version, in);
    }

    /** What the device counts. */
    public FsMetrics metrics() {
        return server.metrics();
    }

    /** The server behind the queues. */
    FuseServer server() {
        return server;
    }

    /** Ends the threads and closes all files; after the loop has ended. */
    @Override
    public void close() {
        for (FsQueue queue : queues) {
            queue.worker().close();
        }
        server.close();
    }
}
