/** Virtio devices over virtio-mmio. */
module org.jvmm.virtio {
    requires transitive org.jvmm.core;

    exports org.jvmm.virtio;
}
