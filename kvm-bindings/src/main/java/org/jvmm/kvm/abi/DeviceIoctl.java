package org.jvmm.kvm.abi;

/** Requests of a device, VM or vCPU descriptor, for attributes (Linux Documentation/virt/kvm/api.rst): {@code KVM_} and the name. */
public final class DeviceIoctl {
    /** Sets an attribute. */
    public static final long SET_DEVICE_ATTR = IoctlNumber.write(0xe1, KvmDeviceAttr.SIZE);
    /** Reads an attribute. */
    public static final long GET_DEVICE_ATTR = IoctlNumber.write(0xe2, KvmDeviceAttr.SIZE);
    /** Asks for an attribute. */
    public static final long HAS_DEVICE_ATTR = IoctlNumber.write(0xe3, KvmDeviceAttr.SIZE);

    private DeviceIoctl() {}
}
