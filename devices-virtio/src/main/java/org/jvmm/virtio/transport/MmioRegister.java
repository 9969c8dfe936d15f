package org.jvmm.virtio.transport;

/** Register offsets of virtio-mmio version 2 (virtio 1.3 §4.2.2, table 4.1). All are 32 bits wide and little-endian. */
public final class MmioRegister {
    /** R: "virt". */
    public static final int MAGIC_VALUE = 0x000;
    /** R: 2. */
    public static final int VERSION = 0x004;
    /** R: device type. */
    public static final int DEVICE_ID = 0x008;
    /** R: vendor. */
    public static final int VENDOR_ID = 0x00C;
    /** R: 32 offered features, chosen by {@link #DEVICE_FEATURES_SEL}. */
    public static final int DEVICE_FEATURES = 0x010;
    /** W: which 32 offered features. */
    public static final int DEVICE_FEATURES_SEL = 0x014;
    /** W: 32 accepted features, chosen by {@link #DRIVER_FEATURES_SEL}. */
    public static final int DRIVER_FEATURES = 0x020;
    /** W: which 32 accepted features. */
    public static final int DRIVER_FEATURES_SEL = 0x024;
    /** W: which queue the queue registers mean. */
    public static final int QUEUE_SEL = 0x030;
    /** R: largest size of the queue, 0 when it does not exist. */
    public static final int QUEUE_SIZE_MAX = 0x034;
    /** W: size of the queue. */
    public static final int QUEUE_SIZE = 0x038;
    /** RW: 1 when the queue may be used. */
    public static final int QUEUE_READY = 0x044;
    /** W: number of a queue with new buffers. */
    public static final int QUEUE_NOTIFY = 0x050;
    /** R: reasons of the interrupt. */
    public static final int INTERRUPT_STATUS = 0x060;
    /** W: reasons that were handled. */
    public static final int INTERRUPT_ACK = 0x064;
    /** RW: {@link DeviceStatus}; writing 0 resets. */
    public static final int STATUS = 0x070;
    /** W: descriptor table, low half. */
    public static final int QUEUE_DESC_LOW = 0x080;
    /** W: descriptor table, high half. */
    public static final int QUEUE_DESC_HIGH = 0x084;
    /** W: available ring, low half. */
    public static final int QUEUE_DRIVER_LOW = 0x090;
    /** W: available ring, high half. */
    public static final int QUEUE_DRIVER_HIGH = 0x094;
    /** W: used ring, low half. */
    public static final int QUEUE_DEVICE_LOW = 0x0A0;
    /** W: used ring, high half. */
    public static final int QUEUE_DEVICE_HIGH = 0x0A4;
    /** W: which shared memory region. */
    public static final int SHM_SEL = 0x0AC;
    /** R: length of the region, low half. */
    public static final int SHM_LEN_LOW = 0x0B0;
    /** R: length of the region, high half. */
    public static final int SHM_LEN_HIGH = 0x0B4;
    /** R: address of the region, low half. */
    public static final int SHM_BASE_LOW = 0x0B8;
    /** R: address of the region, high half. */
    public static final int SHM_BASE_HIGH = 0x0BC;
    /** RW: 1 resets the queue. */
    public static final int QUEUE_RESET = 0x0C0;
    /** R: changes when the configuration does. */
    public static final int CONFIG_GENERATION = 0x0FC;
    /** First byte of the device's configuration space. */
    public static final int CONFIG = 0x100;

    /** {@link #MAGIC_VALUE}: "virt". */
    public static final int MAGIC = 0x7472_6976;
    /** {@link #VERSION}. */
    public static final int VERSION_2 = 2;
    /** {@link #INTERRUPT_STATUS}: buffers were used. */
    public static final int INTERRUPT_USED_BUFFER = 1;
    /** {@link #INTERRUPT_STATUS}: the configuration or the status changed. */
    public static final int INTERRUPT_CONFIG_CHANGE = 2;

    private MmioRegister() {}
}
