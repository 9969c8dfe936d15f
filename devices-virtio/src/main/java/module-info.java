/** Virtio devices over virtio-mmio. */
module org.jvmm.virtio {
    requires transitive io.netty.buffer;
    requires io.netty.common;
    requires transitive org.jvmm.core;

    exports org.jvmm.virtio.balloon;
    exports org.jvmm.virtio.blk;
    exports org.jvmm.virtio.console;
    exports org.jvmm.virtio.device;
    exports org.jvmm.virtio.fs;
    exports org.jvmm.virtio.limit;
    exports org.jvmm.virtio.net;
    exports org.jvmm.virtio.net.user;
    exports org.jvmm.virtio.pmem;
    exports org.jvmm.virtio.queue;
    exports org.jvmm.virtio.rng;
    exports org.jvmm.virtio.transport;
    exports org.jvmm.virtio.vsock;
}
