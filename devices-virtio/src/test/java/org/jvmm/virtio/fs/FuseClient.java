package org.jvmm.virtio.fs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.fs.FuseMessage.Attr;
import org.jvmm.virtio.fs.FuseMessage.Dirent;
import org.jvmm.virtio.fs.FuseMessage.Direntplus;
import org.jvmm.virtio.fs.FuseMessage.EntryOut;
import org.jvmm.virtio.fs.FuseMessage.InitIn;

/** The kernel's side of FUSE for tests: makes requests byte by byte as linux/fs/fuse does and reads the answers. */
final class FuseClient implements AutoCloseable {
    static final long ALL_FLAGS = -1L & ~(1L << 31);
    static final int ROOM = 1 << 16;

    final FuseServer server;
    final BlockingQueue<Reply> late = new LinkedBlockingQueue<>();
    private final FsWorker worker;
    private long unique = 100;
    private int uid;
    private int gid;
    private int group = -1;
    private int piece = 4096;

    /** A server with a session begun by this thread, whose inodes have the descriptors of the budget. */
    FuseClient(FsOptions options, DescriptorBudget budget) {
        this(options, ALL_FLAGS, null, budget);
    }

    /** A server with a session begun by this thread. */
    FuseClient(FsOptions options) {
        this(options, ALL_FLAGS);
    }

    FuseClient(FsOptions options, long flags) {
        this(options, flags, null);
    }

    FuseClient(FsOptions options, long flags, DaxWindow window) {
        this(options, flags, window, DescriptorBudget.PROCESS);
    }

    FuseClient(FsOptions options, long flags, DaxWindow window, DescriptorBudget budget) {
        server = new FuseServer(options, FfmSyscalls::new,
                (buffers, written) -> late.add(new Reply(((MemoryBuffers) buffers).answer(written))), window, budget);
        worker = server.newWorker();
        Reply reply = init(FuseMessage.VERSION_MAJOR, 41, flags);
        if (reply.error != 0) {
            throw new IllegalStateException("INIT: " + reply.error);
        }
    }

    /** The answer of one request. */
    static final class Reply {
        final int length;
        final int error;
        final long unique;
        final ByteBuffer payload;

        Reply(byte[] bytes) {
            ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            length = bytes.length == 0 ? 0 : all.getInt(0);
            error = bytes.length == 0 ? 0 : -all.getInt(4);
            unique = bytes.length == 0 ? 0 : all.getLong(8);
            payload = bytes.length == 0 ? all : all.slice(16, bytes.length - 16).order(ByteOrder.LITTLE_ENDIAN);
            if (bytes.length != length) {
                throw new AssertionError("Answer of " + bytes.length + " bytes claims " + length);
            }
        }

        long nodeId() {
            return payload.getLong(EntryOut.NODEID);
        }

        int mode() {
            return payload.getInt(EntryOut.ATTR + Attr.MODE);
        }

        int attr(int field) {
            return payload.getInt(EntryOut.ATTR + field);
        }

        long fh() {
            return payload.getLong(0);
        }

        /** Of CREATE. */
        long createdFh() {
            return payload.getLong(EntryOut.SIZE);
        }

        byte[] data() {
            byte[] data = new byte[payload.capacity()];
            payload.get(0, data);
            return data;
        }

        String text() {
            return new String(data(), StandardCharsets.UTF_8);
        }
    }

    /** Builds the arguments of a request. */
    static final class Args {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Args u32(long... values) {
            for (long value : values) {
                for (int i = 0; i < 4; i++) {
                    bytes.write((int) (value >> 8 * i));
                }
            }
            return this;
        }

        Args u64(long... values) {
            for (long value : values) {
                u32(value, value >>> 32);
            }
            return this;
        }

        Args name(String... names) {
            for (String name : names) {
                bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
                bytes.write(0);
            }
            return this;
        }

        Args raw(byte[] data) {
            bytes.writeBytes(data);
            return this;
        }

        byte[] done() {
            return bytes.toByteArray();
        }
    }

    static Args args() {
        return new Args();
    }

    void as(int newUid, int newGid) {
        uid = newUid;
        gid = newGid;
    }

    void withGroup(int extra) {
        group = extra;
    }

    void piece(int bytes) {
        piece = bytes;
    }

    long lastUnique() {
        return unique;
    }

    Reply init(int major, int minor, long flags) {
        Args args = args().u32(major, minor, 1 << 17, flags, flags >>> 32).raw(new byte[InitIn.SIZE - 20]);
        return call(FuseOpcode.INIT, 0, args);
    }

    Reply call(int opcode, long node, Args args) {
        return call(opcode, node, args, ROOM);
    }

    Reply call(int opcode, long node, Args args, int room) {
        byte[] body = args.done();
        byte[] extension = group == -1 || opcode == FuseOpcode.INIT
                ? new byte[0]
                : args().u32(16, FuseFlags.EXT_GROUPS, 1, group).done();
        byte[] padding = new byte[extension.length == 0 ? 0 : FuseMessage.align(body.length) - body.length];
        int total = 40 + body.length + padding.length + extension.length;
        byte[] request = args().u32(total, opcode).u64(++unique, node).u32(uid, gid, 4711)
                .raw(new byte[] { (byte) (extension.length / 8), 0, 0, 0 })
                .raw(body).raw(padding).raw(extension).done();
        return raw(request, room);
    }

    /** Null when the answer comes later. */
    Reply raw(byte[] request, int room) {
        MemoryBuffers buffers = new MemoryBuffers(request, room, piece);
        int written = server.handle(worker, buffers);
        return written == FuseServer.PARKED ? null : new Reply(buffers.answer(written));
    }

    Reply lookup(long parent, String name) {
        return call(FuseOpcode.LOOKUP, parent, args().name(name));
    }

    /** Looks a path up from the root, component by component. */
    long node(String path) {
        long node = FuseMessage.ROOT_ID;
        for (String name : path.split("/")) {
            Reply reply = lookup(node, name);
            if (reply.error != 0) {
                throw new AssertionError(path + ": errno " + reply.error);
            }
            node = reply.nodeId();
        }
        return node;
    }

    Reply create(long parent, String name, int flags, int mode) {
        return call(FuseOpcode.CREATE, parent, args().u32(flags, mode, 022, 0).name(name));
    }

    Reply mkdir(long parent, String name, int mode) {
        return call(FuseOpcode.MKDIR, parent, args().u32(mode, 022).name(name));
    }

    Reply open(long node, int flags) {
        return call(FuseOpcode.OPEN, node, args().u32(flags, 0));
    }

    Reply opendir(long node) {
        return call(FuseOpcode.OPENDIR, node, args().u32(0, 0));
    }

    Reply read(long node, long fh, long offset, int size) {
        return call(FuseOpcode.READ, node, args().u64(fh, offset).u32(size, 0).u64(0).u32(0, 0), 16 + size);
    }

    Reply write(long node, long fh, long offset, byte[] data, int writeFlags, int flags) {
        return call(FuseOpcode.WRITE, node, args().u64(fh, offset).u32(data.length, writeFlags).u64(0).u32(flags, 0).raw(data));
    }

    Reply setattr(long node, int valid, long size, int mode, int owner, int newGroup) {
        return call(FuseOpcode.SETATTR, node,
                args().u32(valid, 0).u64(0, size, 0, 11, 22, 33).u32(44, 55, 66).u32(mode, 0).u32(owner, newGroup, 0));
    }

    Reply getattr(long node) {
        return call(FuseOpcode.GETATTR, node, args().u32(0, 0).u64(0));
    }

    Reply lock(int opcode, long node, long fh, long owner, long start, long end, int type, int flags) {
        return call(opcode, node, args().u64(fh, owner, start, end).u32(type, 0, flags, 0));
    }

    /** All names of a directory with their inode numbers (READDIR) or node numbers (READDIRPLUS). */
    Map<String, Long> list(long node, boolean plus, int size) {
        long fh = opendir(node).fh();
        Map<String, Long> names = new LinkedHashMap<>();
        long offset = 0;
        while (true) {
            Reply reply = call(plus ? FuseOpcode.READDIRPLUS : FuseOpcode.READDIR, node,
                    args().u64(fh, offset).u32(size, 0).u64(0).u32(0, 0), 16 + size);
            if (reply.error != 0) {
                throw new AssertionError("READDIR: errno " + reply.error);
            }
            if (reply.payload.capacity() == 0) {
                break;
            }
            int at = 0;
            while (at < reply.payload.capacity()) {
                int dirent = plus ? at + Direntplus.DIRENT : at;
                int length = reply.payload.getInt(dirent + Dirent.NAMELEN);
                byte[] name = new byte[length];
                reply.payload.get(dirent + Dirent.SIZE, name);
                Long before = names.put(new String(name, StandardCharsets.UTF_8), reply.payload.getLong(at));
                if (before != null) {
                    throw new AssertionError(new String(name, StandardCharsets.UTF_8) + " was there twice");
                }
                offset = reply.payload.getLong(dirent + Dirent.OFF);
                at = dirent + FuseMessage.align(Dirent.SIZE + length);
            }
        }
        call(FuseOpcode.RELEASEDIR, node, args().u64(fh).u32(0, 0).u64(0));
        return names;
    }

    void forget(long node, long count) {
        Reply reply = call(FuseOpcode.FORGET, node, args().u64(count), 0);
        if (reply.length != 0) {
            throw new AssertionError("FORGET was answered");
        }
    }

    @Override
    public void close() {
        server.close();
        // This thread makes files of tests too.
        worker.host.umask(022);
    }
}
