/** Linux system calls and KVM through the foreign-function API. */
module org.jvmm.kvm {
    requires transitive org.jvmm.core;

    exports org.jvmm.kvm.sys;
}
