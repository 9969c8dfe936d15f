/** Linux system calls and KVM through the foreign-function API. */
module org.jvmm.kvm {
    requires transitive org.jvmm.core;

    requires static com.sun.jna;

    exports org.jvmm.kvm;
    exports org.jvmm.kvm.abi;
    exports org.jvmm.kvm.sys;
}
