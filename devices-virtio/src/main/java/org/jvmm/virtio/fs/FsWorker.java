package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.fs.FuseMessage.OutHeader;

/** What one thread needs to serve requests: made on the thread, used by it alone, allocates nothing afterwards. */
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

    FsWorker(LinuxSyscalls sys) {
        host = new HostFiles(sys, true);
    }

    /** Payload bytes the driver has room for. */
    int room() {
        return (int) Math.min(Math.max(buffers.writable() - OutHeader.SIZE, 0), Integer.MAX_VALUE);
    }
}
