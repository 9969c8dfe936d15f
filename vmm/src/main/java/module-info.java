/** The machine, its lifecycle, the agent client and the command line. */
module org.jvmm.vmm {
    requires transitive org.jvmm.boot;
    requires transitive org.jvmm.core;
    requires org.jvmm.cpu;
    requires org.jvmm.device;
    requires org.jvmm.kvm;
    requires transitive org.jvmm.virtio;
    requires info.picocli;
    requires jdk.unsupported;

    exports org.jvmm.vmm;
    exports org.jvmm.vmm.agent;
    exports org.jvmm.vmm.agent.wire;
    exports org.jvmm.vmm.cli;
    exports org.jvmm.vmm.debug;
    exports org.jvmm.vmm.gdb;
    exports org.jvmm.vmm.host;
}
