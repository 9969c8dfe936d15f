/** Legacy PC devices, and the interrupt controllers of the software engine. */
module org.jvmm.device {
    requires transitive org.jvmm.core;

    exports org.jvmm.device.debug;
    exports org.jvmm.device.i8042;
    exports org.jvmm.device.irqchip;
    exports org.jvmm.device.rtc;
    exports org.jvmm.device.serial;
    exports org.jvmm.device.timer;
}
