/** Loading kernels: ELF, bzImage, PVH, boot_params, MP table. */
module org.jvmm.boot {
    requires transitive org.jvmm.core;

    exports org.jvmm.boot;
}
