package org.jvmm.virtio.blk;

import java.io.DataInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.queue.DescriptorChain;

/** The block device (virtio 1.3 §5.2): parses requests, has a {@link BlockBackend} carry them out on the queues' workers, and answers. */
public final class BlockDevice implements VirtioDevice {
    /** Workers of one queue unless told otherwise. */
    public static final int DEFAULT_WORKERS = 4;
    /** Most queues. */
    public static final int MAX_QUEUES = 32;

    private final ConfigSpace config;
    private final CacheMode cache;
    private final byte[] serial;
    private final BlockMetrics metrics = new BlockMetrics();
    private final BlockQueue[] queues;
    private final BlockIo controlIo;
    private final Consumer<Throwable> onFailure;
    private volatile BlockBackend backend;
    private volatile RateLimiter limiter;
    private volatile DeviceContext context;
    private volatile boolean writeThrough;
    private boolean paused;

    /**
     * @param backend where the bytes are; closed with the device
     * @param serial what the guest sees as the disk's serial number, cut to 20 bytes
     * @param queueCount request queues, 1 to {@link #MAX_QUEUES}
     * @param workers threads per queue, up to 16; 0 has the loop do the work
     * @param syscalls gives each thread its system calls
     * @param onFailure told what a worker threw: a mistake of this program
     */
    public BlockDevice(BlockBackend backend, CacheMode cache, String serial, int queueCount, int workers, Supplier<LinuxSyscalls> syscalls,
            Consumer<Throwable> onFailure) {
        this(backend, cache, serial, queueCount, workers, false, syscalls, onFailure);
    }

    /**
     * A device whose requests are carried out as chosen.
     *
     * @throws BlockException when {@link AsyncIo#IO_URING} is wanted and cannot be had
     */
    public static BlockDevice of(BlockBackend backend, CacheMode cache, String serial, int queueCount, AsyncIo async,
            Supplier<LinuxSyscalls> syscalls, Consumer<Throwable> onFailure) {
        boolean ring = async != AsyncIo.THREADS && backend.asyncFd() >= 0 && IoUring.isAvailable(syscalls.get());
        if (async == AsyncIo.IO_URING && !ring) {
            throw new BlockException(backend.asyncFd() < 0
                    ? "Cannot use io_uring for this disk: it is for raw images without an overlay"
                    : "Cannot use io_uring: this host does not have it, or forbids it (sysctl kernel.io_uring_disabled)");
        }
        return new BlockDevice(backend, cache, serial, queueCount, DEFAULT_WORKERS, ring, syscalls, onFailure);
    }

    private BlockDevice(BlockBackend backend, CacheMode cache, String serial, int queueCount, int workers, boolean ring,
            Supplier<LinuxSyscalls> syscalls, Consumer<Throwable> onFailure) {
        if (queueCount < 1 || queueCount > MAX_QUEUES || workers < 0 || workers > 16) {
            throw new IllegalArgumentException("Block device with " + queueCount + " queues and " + workers + " workers");
        }
        this.backend = backend;
        this.cache = cache;
        this.serial = Arrays.copyOf(serial.getBytes(StandardCharsets.UTF_8), BlockRequest.ID_LENGTH);
        this.config = BlockConfig.space(backend.size(), queueCount);
        this.onFailure = onFailure;
        this.controlIo = new BlockIo(syscalls.get());
        this.queues = new BlockQueue[queueCount];
        for (int i = 0; i < queueCount; i++) {
            queues[i] = ring ? new RingQueue(this, i, syscalls) : new PoolQueue(this, i, workers, "blk", syscalls);
        }
    }

    /** Limits bytes and requests; before the device is used. Its retry calls {@link #retry}. */
    public void limit(RateLimiter newLimiter) {
        limiter = newLimiter;
    }

    /** Continues what a rate limiter held back. */
    public void retry() {
        for (BlockQueue queue : queues) {
            if (context != null) {
                queue.signal();
            }
        }
    }

    /** What the device counts. */
    public BlockMetrics metrics() {
        return metrics;
    }

    BlockBackend backend() {
        return backend;
    }

    RateLimiter limiter() {
        return limiter;
    }

    void failed(Throwable cause) {
        onFailure.accept(cause);
    }

    @Override
    public int id() {
        return VirtioDeviceId.BLOCK;
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public int queueSize(int index) {
        return BlockConfig.QUEUE_SIZE;
    }

    @Override
    public long features() {
        long features = BlockConfig.F_SEG_MAX | BlockConfig.F_BLK_SIZE | BlockConfig.F_TOPOLOGY;
        if (queues.length > 1) {
            features |= BlockConfig.F_MQ;
        }
        if (cache == CacheMode.WRITEBACK) {
            features |= BlockConfig.F_FLUSH | BlockConfig.F_CONFIG_WCE;
        }
        if (backend.isReadOnly()) {
            features |= BlockConfig.F_RO;
        } else if (backend.canDiscard()) {
            features |= BlockConfig.F_DISCARD | BlockConfig.F_WRITE_ZEROES;
        }
        return features;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public Notifier queueNotifier(int index) {
        return queues[index].hasWorkers() ? queues[index] : null;
    }

    @Override
    public void configWritten(int offset, int size) {
        cacheChanged();
    }

    /** §5.2.5.2 and §5.2.6.2: a driver that does not flush, or chose so, has every write on the disk when it is answered. */
    private void cacheChanged() {
        DeviceContext now = context;
        boolean flushes = now != null && now.has(BlockConfig.F_FLUSH);
        boolean chosen = now != null && now.has(BlockConfig.F_CONFIG_WCE) && config.get(BlockConfig.WRITEBACK, 1) == 0;
        writeThrough = cache == CacheMode.WRITEBACK && (!flushes || chosen);
    }

    @Override
    public void activate(DeviceContext newContext) {
        context = newContext;
        cacheChanged();
        for (BlockQueue queue : queues) {
            queue.start(newContext);
        }
    }

    @Override
    public void handleQueue(int index) {
        queues[index].signal();
    }

    @Override
    public void reset() {
        quiesce();
        context = null;
        paused = false;
        config.set(BlockConfig.WRITEBACK, 1, 1);
        if (limiter != null) {
            limiter.reset();
        }
    }

    private void quiesce() {
        for (BlockQueue queue : queues) {
            queue.quiesce();
        }
    }

    @Override
    public void pause() {
        paused = true;
        quiesce();
    }

    @Override
    public void resume() {
        paused = false;
        if (context != null) {
            for (BlockQueue queue : queues) {
                queue.resume();
            }
        }
    }

    @Override
    public DeviceState save() {
        return new BlockState(backend.size());
    }

    @Override
    public void restore(DeviceState state) {
        // An image of another size is another disk: the guest is told by the capacity, as after a re-open.
        if (((BlockState) state).bytes() != backend.size()) {
            BlockConfig.capacity(config, backend.size());
        }
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return BlockState.readFrom(version, in);
    }

    /**
     * Exchanges the image while the guest runs, and tells it of the new capacity (§5.2.5, a configuration change). Requests see the old image or the new one, never both. On the loop.
     *
     * @param replacement the old one is closed
     * @throws BlockException when one is read-only and the other is not, which a driver cannot learn
     */
    public void reopen(BlockBackend replacement) {
        BlockBackend old = backend;
        if (old.isReadOnly() != replacement.isReadOnly()) {
            throw new BlockException("Cannot exchange a " + (old.isReadOnly() ? "read-only" : "writable") + " disk for one that is not");
        }
        quiesce();
        backend = replacement;
        BlockConfig.capacity(config, replacement.size());
        metrics.updates.increment();
        old.close(controlIo);
        if (context != null) {
            context.interrupt().configChanged();
            if (!paused) {
                resume();
            }
        }
    }

    /** Ends workers and closes the image; after the last reset. */
    public void close() {
        for (BlockQueue queue : queues) {
            queue.close();
        }
        backend.close(controlIo);
    }

    /** Whether a flush has anything to do. */
    boolean flushes() {
        return cache != CacheMode.UNSAFE && !backend.isReadOnly();
    }

    /** Whether every write is on the disk when it is answered. */
    boolean writesThrough() {
        return writeThrough;
    }

    /** Carries a request out that was accepted. On a worker. Returns the bytes written into the chain. */
    int execute(BlockRequest request, DescriptorChain chain, BlockIo io) {
        return finish(request, chain, carryOut(request, chain, io));
    }

    /** The same without the answer. Returns 0 or {@code -errno}. */
    int carryOut(BlockRequest request, DescriptorChain chain, BlockIo io) {
        switch (request.type()) {
            case BlockRequest.T_IN -> {
                io.intoGuest(chain);
                return backend.read(io, 0, request.offset(), request.length());
            }
            case BlockRequest.T_OUT -> {
                io.fromGuest(chain, BlockRequest.HEADER);
                return backend.write(io, 0, request.offset(), request.length(), writeThrough);
            }
            case BlockRequest.T_FLUSH -> {
                return flushes() ? backend.flush(io) : 0;
            }
            case BlockRequest.T_GET_ID -> {
                chain.write(serial, 0, serial.length);
                return 0;
            }
            default -> {
                return zero(request, io);
            }
        }
    }

    /** Answers a request that may not be carried out; -1 is one without a place for the answer. Returns the bytes written. */
    int refuse(DescriptorChain chain, int status) {
        if (status != BlockRequest.S_UNSUPP) {
            metrics.guestFaults.increment();
        }
        return status >= 0 && chain.writeByteAt(chain.writableLength() - 1, status) ? 1 : 0;
    }

    /** Counts and answers a request that has been carried out, with 0 or {@code -errno}. Returns the bytes written into the chain. */
    int finish(BlockRequest request, DescriptorChain chain, int result) {
        long written = 0;
        switch (request.type()) {
            case BlockRequest.T_IN -> {
                written = result == 0 ? request.length() : 0;
                metrics.reads.increment();
                metrics.readBytes.add(written);
            }
            case BlockRequest.T_OUT -> {
                metrics.writes.increment();
                metrics.writeBytes.add(result == 0 ? request.length() : 0);
            }
            case BlockRequest.T_FLUSH -> metrics.flushes.increment();
            case BlockRequest.T_GET_ID -> written = chain.written();
            default -> metrics.zeroes.increment();
        }
        if (result != 0) {
            metrics.hostFailures.increment();
        }
        // The status is the last byte of the writable part, wherever the data ended (§5.2.6).
        chain.writeByteAt(chain.writableLength() - 1, result == 0 ? BlockRequest.S_OK : BlockRequest.S_IOERR);
        return (int) Math.min(chain.writableLength(), written + 1);
    }

    private int zero(BlockRequest request, BlockIo io) {
        int result = 0;
        for (int i = 0; i < request.ranges() && result == 0; i++) {
            if (request.rangeLength(i) > 0) {
                result = backend.zero(io, request.rangeOffset(i), request.rangeLength(i), request.rangeUnmap(i));
            }
        }
        return result;
    }
}
