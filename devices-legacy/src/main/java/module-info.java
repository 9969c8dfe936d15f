/** Legacy PC devices, and the interrupt controllers of the software engine. */
module org.jvmm.device {
    requires transitive org.jvmm.core;

    exports org.jvmm.device;
}
