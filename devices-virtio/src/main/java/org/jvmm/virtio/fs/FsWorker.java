package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.fs.FuseMessage.OutHeader;

/** What one thread needs to serve requests: made on the thread, used by it alone, or by one at a time when it serves at once; allocates nothing afterwards. */
public final class FsWorker {
    /** Bytes of directory entries read at a time. */
    static final int ENTRIES = 32 << 10;

    final HostFiles host;
    final FuseRequest request = new FuseRequest();
    final FuseReply reply = new FuseReply();
    final MemorySegment entries = Arena.ofAuto().allocate(ENTRIES, 8);
    /** Of the request that is being served. */
    FuseBuffers buffers;
    /** Payload bytes that an operation put into guest memory itself. */
    int direct;

    /** Whether only what needs no waiting is served, on whatever thread. */
    final boolean atOnce;

    /** @param atOnce leaves the thread as it is, and requests that make files or may wait to another worker */
    FsWorker(LinuxSyscalls sys, boolean atOnce) {
        this.atOnce = atOnce;
        host = new HostFiles(sys, !atOnce);
    }

    /** Payload bytes the driver has room for. */
    int room() {
        return (int) Math.min(Math.max(buffers.writable() - OutHeader.SIZE, 0), Integer.MAX_VALUE);
    }
}
