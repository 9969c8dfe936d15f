/** The software engine: an x86-64 CPU. */
module org.jvmm.cpu {
    requires transitive org.jvmm.core;

    exports org.jvmm.cpu;
}
